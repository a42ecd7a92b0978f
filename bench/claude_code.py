"""
What a busy day of Claude Code costs the exporter: `python bench/claude_code.py`.

100,000 lines of transcripts, and as many events of telemetry as protobuf and as JSON, built from
the documented shapes. Each is processed in a process of its own; what was counted must be what was
written. Prints seconds of the exporter's CPU, what went by, and the memory above idle; exit status
1 above 5 s of CPU or 50 MiB.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from claude_code_lines import Expected, as_protobuf, lines, payloads

from claude_exporter.claude_code.watch import ClaudeCode
from claude_exporter.config.claude_code import ClaudeCodeConfig
from claude_exporter.runtime.clock import SystemClock

SECONDS: Final = 5.0
MIB: Final = 50.0
FILES: Final = 40
BATCH: Final = 500
KINDS: Final = ("transcripts", "OTLP protobuf", "OTLP JSON")


def main() -> int:
    """Measure each kind in a process of its own and print; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--kind", choices=KINDS, help="only this one, in this very process")
    options = parser.parse_args()
    if options.kind:
        print(json.dumps(asyncio.run(_measured(options.kind, options.lines))))
        return 0
    print(f"{options.lines} lines, load {os.getloadavg()[0]:.1f}")
    print(f"{'':16} CPU s  elapsed s  MiB above idle")
    late = False
    for kind in KINDS:
        command = [sys.executable, __file__, f"--lines={options.lines}", f"--kind={kind}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        cpu, elapsed, mib = json.loads(done.stdout)
        late |= cpu > SECONDS or mib > MIB
        print(f"{kind:16} {cpu:5.2f} {elapsed:10.2f} {mib:15.1f}")
    return int(late)


async def _measured(kind: str, count: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / ".claude" / "projects" / "p").mkdir(parents=True)
        config = ClaudeCodeConfig(hook=False, otlp=True, transcripts=True)
        claude = ClaudeCode(config, SystemClock(), {"XDG_STATE_HOME": home}, Path(home))
        expected = Expected()
        await claude.poll()
        if kind == "transcripts":
            _write(Path(home) / ".claude" / "projects" / "p", count, expected)
            found = await _timed(lambda: _read(claude))
        else:
            bodies = Path(home) / "bodies"
            bodies.mkdir()
            _prepare(bodies, kind, count, expected)
            found = await _served(claude, bodies, kind)
        _compare(claude, expected)
    return found


async def _timed(act: Callable[[], Awaitable[None]]) -> tuple[float, float, float]:
    _forget_peak()
    idle, began, used = _status("VmRSS"), time.perf_counter(), time.process_time()
    await act()
    cpu, elapsed = time.process_time() - used, time.perf_counter() - began
    return cpu, elapsed, _status("VmHWM") - idle


def _forget_peak() -> None:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(field: str) -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{field}:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def _write(folder: Path, count: int, expected: Expected) -> None:
    files = [(folder / f"{number}.jsonl").open("w", encoding="utf-8") for number in range(FILES)]
    for number, line in enumerate(lines(count, time.time(), expected)):
        files[number * FILES // count].write(line + "\n")
    for file in files:
        file.close()


async def _read(claude: ClaudeCode) -> None:
    while True:
        before = claude.counters.shown()
        await claude.poll()
        if claude.counters.shown() == before:
            return


def _prepare(folder: Path, kind: str, count: int, expected: Expected) -> None:
    for number, payload in enumerate(payloads(count, BATCH, time.time(), expected)):
        body = as_protobuf(payload) if "protobuf" in kind else json.dumps(payload).encode()
        (folder / f"{number:06}").write_bytes(body)


async def _served(claude: ClaudeCode, bodies: Path, kind: str) -> tuple[float, float, float]:
    app = web.Application(client_max_size=2**23)
    app.add_routes(claude.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/logs"
    content = "application/x-protobuf" if "protobuf" in kind else "application/json"
    try:
        return await _timed(lambda: _send(url, content, bodies))
    finally:
        await runner.cleanup()


async def _send(url: str, content: str, bodies: Path) -> None:
    """Send them all from another process: its work is Claude Code's, not the exporter's."""
    command = (sys.executable, "-c", _SENDER, url, content, str(bodies))
    sender = await asyncio.create_subprocess_exec(*command)
    if await sender.wait():
        raise SystemExit("the sender was refused")


_SENDER: Final = """
import http.client, os, sys, urllib.parse
url, content, folder = sys.argv[1:]
where = urllib.parse.urlsplit(url)
connection = http.client.HTTPConnection(where.netloc)
for name in sorted(os.listdir(folder)):
    body = open(os.path.join(folder, name), "rb").read()
    connection.request("POST", where.path, body, {"Content-Type": content})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        sys.exit(1)
"""


def _compare(claude: ClaudeCode, expected: Expected) -> None:
    counted: dict[str, float] = {}
    for (kind, *_), value in claude.counters.shown().items():
        counted[kind] = counted.get(kind, 0.0) + value
    wrong = {kind: (counted.get(kind), n) for kind, n in expected.items() if counted.get(kind) != n}
    if wrong:
        raise SystemExit(f"counted and expected differ: {wrong}")


if __name__ == "__main__":
    sys.exit(main())
