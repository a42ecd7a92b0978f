"""The hook inside somebody's session: quick, silent, and it lets nothing private out."""

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from claude_exporter.claude_code.events import EventError, EventReader, drained
from claude_exporter.claude_code.facts import Failed
from claude_exporter.claude_code.failure_signs import SIGN_OF_ERROR
from claude_exporter.claude_code.hook import ERRORS, SPOOL_LIMIT, event_of, spool
from claude_exporter.claude_code.hook import __file__ as hook_file
from claude_exporter.core.model import Sign

NOW = 1_700_000_003.25
SAID = {
    "session_id": "planted-secret",
    "transcript_path": "/planted-secret",
    "cwd": "/planted-secret",
    "hook_event_name": "StopFailure",
    "error": "rate_limit",
    "error_details": "429 Too Many Requests planted-secret",
    "last_assistant_message": "API Error: planted-secret",
}


def said(**more):
    return json.dumps({**SAID, **more}).encode()


EVENTS = {
    "the kind and the status leave": (said(), {"error": "rate_limit", "status": 429}),
    "the status may stand in what the user saw": (
        said(error="server_error", error_details="", last_assistant_message="API Error: 529 Over"),
        {"error": "server_error", "status": 529},
    ),
    "without a status there is none": (said(error_details=None), {"error": "rate_limit"}),
    "a number that is no status is none": (said(error_details="4290 x"), {"error": "rate_limit"}),
    "a kind that is new is unknown": (
        said(error="planted-secret", error_details=""),
        {"error": "unknown"},
    ),
    "a kind that is no text is unknown": (said(error=[1], error_details=""), {"error": "unknown"}),
    "a model leaves": (
        said(model="claude-opus-4-6", error_details=""),
        {"error": "rate_limit", "model": "claude-opus-4-6"},
    ),
    "a model that is no name does not": (
        said(model="Planted Secret!", error_details=""),
        {"error": "rate_limit"},
    ),
}


@pytest.mark.parametrize(("text", "event"), EVENTS.values(), ids=EVENTS)
def test_what_leaves(text, event):
    assert event_of(text, NOW) == {"at": NOW, **event}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"{}", b"[" * 100_000, b'{"a": 1}'])
def test_anything_else_is_no_event(text):
    assert event_of(text, NOW) is None


def run_hook(tmp_path, text, **environ):
    known = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CLAUDE_EXPORTER_ADDRESS": "x:1"}
    command = [sys.executable, "-m", "claude_exporter", "hook"]
    return subprocess.run(
        command, input=text, env={**known, **environ}, capture_output=True, timeout=20, check=False
    )


def test_it_spools_where_no_exporter_is(tmp_path):
    """Status 0, not a word, and one line for this user alone, without anything private."""
    done = run_hook(tmp_path, said())

    path = tmp_path / ".local/state/claude-exporter/claude-code.spool"
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    event = json.loads(path.read_text())
    assert (event.pop("at") > NOW, event) == (True, {"error": "rate_limit", "status": 429})
    assert "planted-secret" not in path.read_text()


@pytest.mark.parametrize("text", [b"", b"nonsense", b"{}"])
def test_it_never_fails(tmp_path, text):
    """Nor where nothing can be written."""
    done = run_hook(tmp_path, text, HOME="/dev/null")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_it_does_not_wait_for_input(tmp_path):
    """A pipe that nobody closes holds nobody up."""
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "claude_exporter", "hook"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    try:
        done = subprocess.run(command, stdin=reader, env=environ, timeout=20, check=False)
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 0


LIGHT = {"json", "re", "select", "signal", "socket", "fcntl", "time", "stat", "os", "sys"}
"""What the hook may import of itself; nothing of it starts a thread or reads a package."""

HEAVY = {"typing", "asyncio", "pathlib", "subprocess", "logging", "http", "email", "inspect"}


def test_it_imports_nothing_heavy(tmp_path):
    """Run as it is installed: its own file, a bare interpreter, neither site nor package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", hook_file],
        input=said(),
        env={"HOME": str(tmp_path), "CLAUDE_EXPORTER_ADDRESS": "127.0.0.1:1"},
        capture_output=True,
        check=True,
    )
    names = (line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines())
    loaded = {name.partition(".")[0] for name in names} - {"imported package"}
    assert {"json", "socket", "fcntl"} <= loaded
    assert loaded - sys.stdlib_module_names == set()
    assert loaded & HEAVY == set()
    source = Path(hook_file).read_text(encoding="utf-8")
    named = set(re.findall(r"^ *import (\w+)", source, re.MULTILINE))
    assert named <= LIGHT


def test_the_command_line_imports_no_click_for_it():
    """`claude-exporter hook` is the same hook, for settings that were written by hand."""
    code = (
        "import sys; import claude_exporter.cli.entry, claude_exporter.claude_code.hook;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    ours = set(done.stdout.split()) - sys.stdlib_module_names - {"__main__"}
    assert {name for name in ours if not name.startswith(("_", "sitecustomize"))} == {
        "claude_exporter"
    }


async def test_it_delivers_to_a_running_exporter(tmp_path):
    """And then spools nothing."""
    requests = []

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        requests.append((head.split(b"\r\n")[0], json.loads(await reader.readexactly(length))))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        address = {"CLAUDE_EXPORTER_ADDRESS": f"127.0.0.1:{port}"}
        # A machine that is busy may make it late: then it spools, which is right as well.
        for _ in range(5):
            await asyncio.to_thread(run_hook, tmp_path, said(), **address)
            if requests:
                break
    line, event = requests[0]
    assert line == b"POST /api/v1/claude-code/events HTTP/1.1"
    assert (event.pop("at") > NOW, event) == (True, {"error": "rate_limit", "status": 429})


def test_every_kind_has_a_sign():
    assert set(ERRORS) == set(SIGN_OF_ERROR)


def test_the_spool_is_bounded(tmp_path):
    path = tmp_path / "spool"
    path.write_bytes(b"x" * (SPOOL_LIMIT - 10))
    assert not spool({"at": NOW, "error": "unknown"}, str(path), time.monotonic() + 1)
    assert path.stat().st_size == SPOOL_LIMIT - 10


def test_the_spool_is_emptied_once(tmp_path):
    path = str(tmp_path / "deeper" / "spool")
    assert spool({"at": NOW, "error": "overloaded"}, path, time.monotonic() + 1)
    assert spool({"at": NOW + 1, "error": "unknown"}, path, time.monotonic() + 1)
    assert [json.loads(line)["error"] for line in drained(path)] == ["overloaded", "unknown"]
    assert drained(path) == ()
    assert drained(str(tmp_path / "none")) == ()


def test_a_link_is_no_spool(tmp_path):
    """Somebody else's file is neither read nor written."""
    (tmp_path / "other").write_text("theirs")
    (tmp_path / "spool").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match=r"levels of symbolic links"):
        drained(str(tmp_path / "spool"))
    assert (tmp_path / "other").read_text() == "theirs"


def event(**more):
    return json.dumps({"at": NOW, "error": "server_error", **more})


READ = {
    "the status decides": (event(status=529), Failed(NOW, Sign.OVERLOADED)),
    "without one the kind does": (event(), Failed(NOW, Sign.INTERNAL_ERROR)),
    "a status that is none says nothing": (event(status=7), Failed(NOW, Sign.INTERNAL_ERROR)),
}


@pytest.mark.parametrize(("text", "failed"), READ.values(), ids=READ)
def test_reading_an_event(text, failed):
    assert EventReader().read(text, NOW) == failed


def test_an_event_that_came_twice_counts_once():
    """The answer to a delivery may be late, and the hook spools it too."""
    reader = EventReader()
    assert [reader.read(event(), NOW), reader.read(event(), NOW)] == [
        Failed(NOW, Sign.INTERNAL_ERROR),
        None,
    ]


REFUSED = {
    "no JSON": ("{", "expected a JSON object"),
    "no object": ("[]", "expected an object"),
    "a key of somebody's own": (event(cwd="/planted-secret"), "expected an object with"),
    "an unknown kind": (event(error="planted-secret"), r"\$.error: expected one of"),
    "no moment": (event(at="now"), r"\$.at: expected a moment"),
    "a moment to come": (event(at=NOW + 301), r"\$.at: expected a moment"),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused_events(text, problem):
    with pytest.raises(EventError, match=problem) as caught:
        EventReader().read(text, NOW)
    assert "planted-secret" not in str(caught.value)
