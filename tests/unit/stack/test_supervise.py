"""Starting, watching and stopping real processes."""

import asyncio
import signal
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

from claude_exporter.stack.supervise import (
    DiedError,
    Launch,
    NotReadyError,
    all_ready,
    quote_end,
    started,
    stop,
    watched,
)

SERVER = """
import http.server, signal, sys
port, ending = int(sys.argv[1]), sys.argv[2]
if ending == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("listening", flush=True)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 503)
        self.end_headers()
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""

DEADLINE = 20.0
"""Seconds after which a test is stuck; nothing waits for it where all is well."""


def launch(tmp_path, port, *, path="/ready", ending="polite", code=SERVER):
    return Launch(
        name="server",
        command=(sys.executable, "-c", code, str(port), ending),
        log=tmp_path / "log" / "server.log",
        ready_url=f"http://127.0.0.1:{port}{path}",
    )


@pytest.fixture
def port(unused_tcp_port):
    return unused_tcp_port


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False, timeout=5) as made:
        yield made


def is_alive(pid):
    """A zombie is as good as gone: only its parent still knows it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def wait_until(condition):
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 -- another process has no event of ours
            await asyncio.sleep(0.02)


async def test_a_program_is_ready_when_it_answers_and_gone_afterwards(tmp_path, port, client):
    """Ready means the URL answers; leaving the block ends the process."""
    async with started([launch(tmp_path, port)]) as (server,):
        await all_ready([server], client, within=DEADLINE)
        assert is_alive(server.process.pid)
    assert server.process.returncode == -signal.SIGTERM
    assert (tmp_path / "log" / "server.log").read_text().startswith("listening\n")


async def test_a_program_that_never_becomes_ready_is_named_with_its_log(tmp_path, port, client):
    """The message says where, what was wanted and what was found."""
    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012 -- the block is the claim
        async with started([launch(tmp_path, port, path="/never")]) as (server,):
            await wait_until((tmp_path / "log" / "server.log").read_text)
            await all_ready([server], client, within=1)
    (error,) = caught.value.exceptions
    assert isinstance(error, NotReadyError)
    url = f"http://127.0.0.1:{port}/never"
    assert str(error).startswith(f"server: expected 200 from {url} within 1 s, got 503; its last")
    assert "    listening" in str(error)


async def test_a_program_that_dies_ends_the_rest_and_its_last_words_are_quoted(tmp_path, port):
    dying = launch(tmp_path, port, code="print('out of luck'); raise SystemExit(7)")
    with pytest.raises(DiedError) as caught:
        async with started([dying]) as programs, watched(programs, asyncio.Event()):
            await asyncio.sleep(DEADLINE)
    assert str(caught.value) == (
        f"server ended by itself (exit code 7); its last lines ({dying.log}):\n    out of luck"
    )


async def test_a_program_that_is_killed_is_told_from_one_that_exits(tmp_path, port):
    suicidal = launch(tmp_path, port, code="import os; os.kill(os.getpid(), 9)")
    with pytest.raises(DiedError, match=r"killed by SIGKILL"):
        async with started([suicidal]) as programs, watched(programs, asyncio.Event()):
            await asyncio.sleep(DEADLINE)


async def test_a_stop_ends_the_body_quietly(tmp_path, port):
    asked = asyncio.Event()
    async with started([launch(tmp_path, port)]) as programs, watched(programs, asked):
        asked.set()
        await asyncio.sleep(DEADLINE)
        pytest.fail("the body went on after the stop")
    assert programs[0].process.returncode == -signal.SIGTERM


async def test_the_body_that_is_done_ends_the_watch(tmp_path, port):
    async with started([launch(tmp_path, port)]) as programs:
        async with watched(programs, asyncio.Event()):
            pass
        assert is_alive(programs[0].process.pid)


async def test_a_program_that_ignores_sigterm_is_killed_in_the_end(tmp_path, port, client):
    """Nobody waits for it longer than the grace that was given."""
    before = time.monotonic()
    async with started([launch(tmp_path, port, ending="stubborn")]) as programs:
        await all_ready(programs, client, within=DEADLINE)
        await stop(programs, within=0.5)
        assert programs[0].process.returncode == -signal.SIGKILL
    assert time.monotonic() - before < DEADLINE


async def test_what_a_program_started_itself_is_stopped_too(tmp_path, port):
    """The signal goes to the whole process group."""
    code = """
        import subprocess, sys, time
        child = subprocess.Popen(["sleep", "1000"])
        print(child.pid, flush=True)
        time.sleep(1000)
    """
    log = tmp_path / "log" / "server.log"
    async with started([launch(tmp_path, port, code=textwrap.dedent(code))]):
        await wait_until(lambda: log.read_text().endswith("\n"))
        child = int(log.read_text())
        assert is_alive(child)
    await wait_until(lambda: not is_alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's tie exists on Linux only")
async def test_a_program_ends_when_its_starter_is_killed(tmp_path, port):
    """kill -9 of `up` leaves no orphan."""
    code = f"""
        import asyncio, sys
        from pathlib import Path
        from claude_exporter.stack.supervise import Launch, started
        running = "import time; print('tied', flush=True); time.sleep(1000)"
        command = (sys.executable, "-c", running)
        log = Path({str(tmp_path)!r}) / "child.log"
        launch = Launch(name="child", command=command, log=log, ready_url="http://127.0.0.1:{port}/")
        async def main():
            async with started([launch]) as (child,):
                print(child.process.pid, flush=True)
                await asyncio.sleep(1000)
        asyncio.run(main())
    """
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(code), stdout=asyncio.subprocess.PIPE
    )
    child = int(await starter.stdout.readline())
    # Only once the program itself runs does the tie have to hold by itself.
    await wait_until((tmp_path / "child.log").read_text)
    starter.kill()
    await starter.wait()
    await wait_until(lambda: not is_alive(child))


async def test_the_log_of_the_run_before_is_kept_aside(tmp_path, port):
    log = tmp_path / "log" / "server.log"
    log.parent.mkdir()
    log.write_text("yesterday\n")
    async with started([launch(tmp_path, port)]):
        await wait_until(log.read_text)
    assert log.with_suffix(".log.old").read_text() == "yesterday\n"


def test_only_the_end_of_a_long_log_is_quoted(tmp_path):
    log = tmp_path / "long.log"
    log.write_text("".join(f"line {number}\n" for number in range(5003)))
    assert quote_end(log).splitlines() == [f"    line {number}" for number in range(4993, 5003)]
