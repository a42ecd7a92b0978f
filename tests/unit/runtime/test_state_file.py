"""The state file survives whatever happens to it, and says what did."""

import json
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from claude_exporter.runtime.state_file import (
    StateFile,
    StateHealth,
    chosen_state_file,
    default_state_file,
)

OK = StateHealth(ok=True)
DOCUMENTS = {"target/api": {"failing_since": 1700000003.5, "sign": "ok"}, "version": 7}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "er" / "state.db"


def saved(path, documents=DOCUMENTS, at=1700000011.0):
    state = StateFile(path)
    state.save(documents, at)
    assert state.health == OK
    state.close()


def loaded(path):
    state = StateFile(path)
    documents = dict(state.load())
    state.close()
    return documents, state.health


def rows(path):
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT key, json, saved_at FROM documents").fetchall()
    connection.close()
    return found


def run_python(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, **options
    )


def test_what_was_saved_is_loaded(path):
    """Every document comes back as it was, from a file that only its owner can read."""
    assert loaded(path) == ({}, OK)
    saved(path)

    assert loaded(path) == (DOCUMENTS, OK)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_the_log_is_private_too(path):
    """The write-ahead log holds the same and has the same permissions; nothing else is there."""
    state = StateFile(path)
    state.save(DOCUMENTS, 1.0)

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600}
    state.close()


def test_an_open_file_is_made_private(path):
    """A file that others could read is closed to them."""
    saved(path)
    path.chmod(0o644)
    loaded(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_what_changed_is_written(path):
    """A document that stayed keeps its moment; None removes one; one not given stays."""
    state = StateFile(path)
    state.save({"a": 2, "b": 3, "c": 5, "d": 7}, 11.0)
    state.save({"a": 2, "b": 13, "c": None, "e": None}, 17.0)
    state.close()

    assert rows(path) == [("a", "2", 11.0), ("b", "13", 17.0), ("d", "7", 11.0)]


def test_what_is_no_json_is_our_fault(path):
    """A value that cannot be written raises, and nothing of its call is written."""
    state = StateFile(path)
    with pytest.raises(TypeError):
        state.save({"a": 2, "b": {1, 2}}, 3.0)
    with pytest.raises(ValueError, match="not JSON compliant"):
        state.save({"a": 2, "b": float("nan")}, 3.0)

    assert dict(state.load()) == {}
    state.close()


def test_without_a_path_nothing_is_kept():
    """No file is no fault."""
    state = StateFile(None)
    state.save(DOCUMENTS, 1.0)

    assert (dict(state.load()), state.health) == ({}, OK)
    state.close()


def overwrite(start, content):
    def spoil(path):
        with path.open("r+b") as file:
            file.seek(start)
            file.write(content)

    return spoil


SPOILERS = {
    "text instead of a database": lambda path: path.write_text("not a database at all " * 99),
    "a few letters": lambda path: path.write_text("hello"),
    "a header that is gone": overwrite(0, b"\0" * 100),
    "a page that is noise": overwrite(4096, b"\xff" * 4096),
    "a file cut in the middle": lambda path: os.truncate(path, 4096),
    "a schema that is noise": overwrite(100, b"\xa5" * 3800),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_a_corrupt_file_is_moved_aside(path, spoil, caplog):
    """It is kept beside, said in the log and in the health, and a new one works."""
    saved(path, DOCUMENTS | {"big": "x" * 9000})
    spoil(path)
    content = path.read_bytes()

    state = StateFile(path)
    assert dict(state.load()) == {}
    state.save(DOCUMENTS, 13.0)
    health = state.health
    state.close()

    (aside,) = path.parent.glob("state.db.corrupt-*Z")
    assert aside.read_bytes() == content
    assert health.ok
    assert health.reason.startswith(f"{path}: corrupt (")
    assert health.reason.endswith(f"moved aside to {aside.name}")
    assert [(r.message, r.moved_to) for r in caplog.records] == [
        ("state file was corrupt and was moved aside", str(aside))
    ]
    assert loaded(path) == (DOCUMENTS, OK)


def test_an_empty_file_is_a_new_one(path):
    """What a touch or a mount leaves there is no corruption."""
    path.parent.mkdir(parents=True)
    path.touch()
    saved(path)

    assert loaded(path) == (DOCUMENTS, OK)


def test_one_document_that_cannot_be_read(path, caplog):
    """It is left out and said; the others are there."""
    saved(path, {"a": 2, "b": 3, "c": 5})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE documents SET json = '{' WHERE key = 'b'")
    connection.close()

    assert loaded(path) == ({"a": 2, "c": 5}, OK)
    assert [(r.message, r.document) for r in caplog.records] == [
        ("state document cannot be read", "b")
    ]


def test_removed_while_in_use(path):
    """A file that somebody removed is written again, whole."""
    state = StateFile(path)
    state.save({"a": 2}, 3.0)
    for each in path.parent.iterdir():
        each.unlink()
    state.save({"b": 5}, 7.0)
    state.close()

    assert loaded(path) == ({"a": 2, "b": 5}, OK)


def a_newer_layout(path):
    saved(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def a_foreign_database(path):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cookies (name)")
    connection.close()


def a_parent_that_is_a_file(path):
    path.parent.parent.mkdir()
    path.parent.touch()


REFUSED = {
    "a directory": (
        lambda path: path.mkdir(parents=True),
        "expected a file, not a directory, pipe or device",
    ),
    "a pipe": (
        lambda path: (path.parent.mkdir(parents=True), os.mkfifo(path)),
        "expected a file, not a directory, pipe or device",
    ),
    "a newer layout": (
        a_newer_layout,
        "expected layout 1, not 2 of a newer version; nothing is saved",
    ),
    "the database of somebody else": (
        a_foreign_database,
        "expected a state file, not another program's database",
    ),
    "a parent that is a file": (a_parent_that_is_a_file, "Not a directory"),
}


@pytest.mark.parametrize(("prepare", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_left_alone(path, prepare, reason, caplog):
    """Nothing is loaded, saved or touched, it is said once, and the exporter goes on."""
    prepare(path)
    before = path.read_bytes() if path.is_file() else None

    state = StateFile(path)
    assert dict(state.load()) == {}
    state.save(DOCUMENTS, 1.0)
    state.save(DOCUMENTS, 2.0)
    state.close()

    assert state.health == StateHealth(ok=False, reason=f"{path}: {reason}")
    assert [record.message for record in caplog.records] == ["state file cannot be used"]
    assert before == (path.read_bytes() if path.is_file() else None)
    assert not list(path.parent.glob("*corrupt*"))


HOLD = """
import sys
from pathlib import Path
from claude_exporter.runtime.state_file import StateFile
state = StateFile(Path(sys.argv[1]))
state.save({"owner": "first"}, 1.0)
print(state.health.ok, flush=True)
sys.stdin.read()
"""


def test_a_second_exporter_is_refused(path, caplog):
    """Two with one file would mix their states; once the first ends, the second takes over."""
    caplog.set_level(logging.INFO)
    second = StateFile(path)
    with run_python(HOLD, path, stdin=subprocess.PIPE) as first:
        assert first.stdout.readline() == b"True\n"
        second.save({"owner": "second"}, 2.0)
        refused = second.health
        first.stdin.close()
        first.wait(10)
    second.save({"owner": "second"}, 3.0)
    second.close()

    assert refused == StateHealth(
        ok=False, reason=f"{path}: in use by another process; give each its own --state.file"
    )
    assert second.health == OK
    assert rows(path) == [("owner", '"second"', 3.0)]
    assert [record.message for record in caplog.records] == [
        "state file cannot be used",
        "state file is in use again",
    ]


WRITE = """
import sys
from itertools import count
from pathlib import Path
from claude_exporter.runtime.state_file import StateFile
state = StateFile(Path(sys.argv[1]))
first = state.load().get("a", 0)
for number in count(first + 1):
    state.save({"a": number, "b": number, "filling": str(number) * 5000}, float(number))
    print(number, state.health.ok, state.health.reason, flush=True)
"""


def test_killed_in_the_middle_of_writing(path):
    """After kill -9 the file loads, whole documents only, and nothing confirmed is lost."""
    for lines in (1, 2, 3, 5, 7, 11, 13, 17):
        with run_python(WRITE, path) as writer:
            last = [writer.stdout.readline() for _ in range(lines)][-1]
            writer.send_signal(signal.SIGKILL)
            writer.wait(10)
        number, ok, *_ = last.decode().split()
        documents, health = loaded(path)

        assert (ok, health) == ("True", OK)
        assert documents["a"] == documents["b"] >= int(number)
        assert documents["filling"] == str(documents["a"]) * 5000


FILL = """
import json, resource, signal, sys
from pathlib import Path
from claude_exporter.runtime.state_file import StateFile
state = StateFile(Path(sys.argv[1]))
state.save({"a": 2}, 3.0)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
state.save({"a": 5, "big": "x" * 1_000_000}, 7.0)
full = state.health
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
loaded = dict(state.load())
state.save({"a": 11, "big": "y"}, 13.0)
print(json.dumps([full.ok, full.reason, loaded, state.health.ok]))
"""


def test_a_full_disk(path):
    """What does not fit is not written, not even in part; with space again all is well."""
    with run_python(FILL, path) as program:
        out, _ = program.communicate(timeout=20)
    ok, reason, during, ok_after = json.loads(out)

    assert (ok, ok_after) == (False, True)
    assert reason.startswith(f"{path}: ")
    assert "full" in reason or "disk I/O error" in reason
    assert during == {"a": 2}
    assert loaded(path) == ({"a": 11, "big": "y"}, OK)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only directories")
def test_a_read_only_directory(path):
    """Without the right to write there is no persistence, and that is said."""
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o500)

    assert loaded(path) == ({}, StateHealth(ok=False, reason=f"{path}: Permission denied"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux")
def test_a_file_system_that_takes_no_files():
    """Where not even root can write there is no persistence, and that is said."""
    path = Path("/proc/self/state.db")
    documents, health = loaded(path)

    assert (documents, health.ok) == ({}, False)
    assert health.reason.startswith("/proc/self/state.db: ")


def test_threads_take_turns(path):
    """Savers in many threads neither lose a document nor disturb each other."""
    state = StateFile(path)
    threads = [
        threading.Thread(target=lambda n=n: [state.save({f"{n}": i}, 1.0) for i in range(11)])
        for n in range(7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.health == OK
    state.close()

    assert loaded(path) == ({f"{n}": 10 for n in range(7)}, OK)


HOME = Path("/home/x")
PLACES = {
    "systemd's directory comes first": (
        {"STATE_DIRECTORY": "/var/lib/a", "XDG_STATE_HOME": "/b"},
        "/var/lib/a/state.db",
    ),
    "of several the first": ({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, "/var/lib/a/state.db"),
    "then XDG's": ({"XDG_STATE_HOME": "/b"}, "/b/claude-exporter/state.db"),
    "a relative one is ignored": (
        {"XDG_STATE_HOME": "b"},
        "/home/x/.local/state/claude-exporter/state.db",
    ),
    "then the home's": ({}, "/home/x/.local/state/claude-exporter/state.db"),
}


@pytest.mark.parametrize(("environ", "place"), PLACES.values(), ids=PLACES)
def test_default_place(environ, place):
    """The file lies where the platform keeps state."""
    assert default_state_file(environ, HOME) == Path(place)


@pytest.mark.parametrize(
    ("flag", "configured", "chosen"),
    [
        pytest.param(None, None, HOME / ".local/state/claude-exporter/state.db", id="neither"),
        pytest.param(None, Path("c.db"), Path("c.db"), id="the configuration's"),
        pytest.param("", Path("c.db"), None, id="an empty flag means none"),
        pytest.param("x.db", Path("c.db"), Path("x.db"), id="the flag goes first"),
    ],
)
def test_flag(flag, configured, chosen):
    """The flag decides before anything else, then the configuration."""
    assert chosen_state_file(flag, configured, {}, HOME) == chosen
