"""
How long the hook holds up a session of Claude Code: `python bench/hook.py`.

Runs the command that `claude-exporter hook install` writes, as Claude Code does, 50 times with an
exporter that takes the event, 50 times with none (it spools), and 50 times with one that never
answers. Prints median and longest, and the median of CPU time, on which a busy machine has least
influence; exit status 1 where a median is above the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from claude_exporter.claude_code.hook_install import own_command

LIMIT: Final = 0.100
SAID: Final = json.dumps(
    {
        "session_id": "s",
        "transcript_path": "/t",
        "cwd": "/c",
        "hook_event_name": "StopFailure",
        "error": "overloaded",
        "error_details": "529 Overloaded",
        "last_assistant_message": "API Error: 529 Overloaded",
    }
).encode()
_ANSWER: Final = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def main() -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=50)
    runs = parser.parse_args().runs
    command, slow = shlex.split(own_command()), False
    print(
        f"{'':32} {'median':>8} {'longest':>8}   of {runs} runs, ms; load {os.getloadavg()[0]:.1f}"
    )
    with _listening(answer=True) as taking, _listening(answer=False) as silent:
        for what, address in (
            ("a bare interpreter that does nothing", None),
            ("an exporter takes the event", taking),
            ("no exporter: into the spool", "127.0.0.1:1"),
            ("an exporter that never answers", silent),
        ):
            found = _measured(command, address, runs)
            spans = [took for took, _ in found]
            median, cpu = statistics.median(spans), statistics.median(cpu for _, cpu in found)
            slow |= address is not None and median > LIMIT
            print(f"{what:36} {median * 1e3:6.0f} {max(spans) * 1e3:8.0f} {cpu * 1e3:4.0f}")
    return int(slow)


def _measured(command: list[str], address: str | None, runs: int) -> list[tuple[float, float]]:
    run = command if address else [*command[:-1], "-c", "pass"]
    with tempfile.TemporaryDirectory() as home:
        environ = {"HOME": home, "CLAUDE_EXPORTER_ADDRESS": address or ""}
        return [_once(run, environ) for _ in range(runs)]


def _once(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    began, used = time.perf_counter(), _cpu()
    done = subprocess.run(  # our own command
        command, input=SAID, env=environ, capture_output=True, check=False
    )
    took = time.perf_counter() - began
    if (done.returncode, done.stdout, done.stderr) != (0, b"", b""):
        raise SystemExit(f"expected status 0 and silence, not {done}")
    return took, _cpu() - used


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _listening(*, answer: bool) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        serve: Callable[[], None] = lambda: _serve(server, answer=answer)  # noqa: E731
        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _serve(server: socket.socket, *, answer: bool) -> None:
    kept = []
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        if answer:
            connection.recv(4096)
            connection.sendall(_ANSWER)
            connection.close()
        kept.append(connection)


if __name__ == "__main__":
    sys.exit(main())
