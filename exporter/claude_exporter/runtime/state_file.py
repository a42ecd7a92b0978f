"""What must survive a restart: named JSON documents in one SQLite file."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

SCHEMA: Final = 1
"""Version of the file's layout; a file with a higher one is left alone."""

# "CLDX": tells our file from any other SQLite file that somebody names by mistake.
_APPLICATION: Final = 0x434C4458
_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_COMPANIONS: Final = ("", "-wal", "-shm", "-journal")
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS documents (
    key TEXT PRIMARY KEY, json TEXT NOT NULL, saved_at REAL NOT NULL
) WITHOUT ROWID
"""
_UPSERT: Final = "INSERT OR REPLACE INTO documents (key, json, saved_at) VALUES (?, ?, ?)"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateHealth:
    """
    Whether what is saved survives a restart; `reason` says why not, or what was lost.

    A file that was corrupt and was moved aside is `ok` again, with a reason.
    """

    ok: bool
    reason: str = ""


class _UnusableError(Exception):
    """The file is not one to write into; its text says why."""


class StateFile:
    """
    Documents that survive a restart, a crash and a power cut.

    Only one process has the file at a time. Nothing here raises for the disk's fault: see `health`.
    With no path nothing is kept. Blocking; safe to call from any thread.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._saved: dict[str, str] = {}
        self._moved = ""
        self._health = StateHealth(ok=True)

    @property
    def health(self) -> StateHealth:
        """How the latest `load` or `save` went."""
        return self._health

    @property
    def keeps(self) -> bool:
        """Whether there is a file at all."""
        return self._path is not None

    def load(self) -> Mapping[str, object]:
        """Read every document; those that cannot be read are not there."""
        with self._lock:
            if self._path is None or not self._tried(self._path, {}, 0.0):
                return MappingProxyType({})
            documents = {key: json.loads(text) for key, text in self._saved.items()}
            return MappingProxyType(documents)

    def save(self, documents: Mapping[str, object], at: float) -> None:
        """
        Write the documents that changed, all or none; None removes one, one not given stays.

        `at` is Unix seconds. What could not be written is tried again by the next call that gives
        it. Raises TypeError or ValueError for what is no JSON.
        """
        texts = {key: None if value is None else _json(value) for key, value in documents.items()}
        with self._lock:
            if self._path is not None:
                self._tried(self._path, texts, at)

    def close(self) -> None:
        """Let another process have the file."""
        with self._lock:
            self._disconnect()

    def _tried(self, path: Path, texts: Mapping[str, str | None], at: float) -> bool:
        try:
            self._write_through(path, texts, at)
        except (OSError, sqlite3.Error, _UnusableError) as exc:
            self._report(StateHealth(ok=False, reason=f"{path}: {_reason_of(exc)}"))
            return False
        self._report(StateHealth(ok=True, reason=self._moved))
        return True

    def _write_through(self, path: Path, texts: Mapping[str, str | None], at: float) -> None:
        if self._connection and not path.exists():
            # Somebody removed it: go on writing into nowhere would lose all at the next restart.
            texts = {**self._saved, **texts}
            self._disconnect()
        for attempt in (1, 2):
            try:
                self._write(self._connection or self._connect(path), texts, at)
            except sqlite3.DatabaseError as exc:
                if _code_of(exc) not in _CORRUPT or attempt == 2:
                    raise
                # What is known is written again by the second attempt, into a new file.
                texts = {**self._saved, **texts}
                self._moved = self._move_aside(path, str(exc))
            else:
                return

    def _write(
        self, connection: sqlite3.Connection, texts: Mapping[str, str | None], at: float
    ) -> None:
        changed = {key: text for key, text in texts.items() if self._saved.get(key) != text}
        if not changed:
            return
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for key, text in changed.items():
                if text is None:
                    connection.execute("DELETE FROM documents WHERE key = ?", (key,))
                else:
                    connection.execute(_UPSERT, (key, text, at))
        merged = self._saved | changed
        self._saved = {key: text for key, text in merged.items() if text is not None}

    def _connect(self, path: Path) -> sqlite3.Connection:
        _make_place(path)
        # Autocommit: transactions are begun by hand. No waiting: whoever has it keeps it.
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            saved = _opened(connection)
        except BaseException:
            connection.close()
            raise
        self._saved, self._connection = saved, connection
        return connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _move_aside(self, path: Path, problem: str) -> str:
        self._disconnect()
        self._saved = {}
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = path.with_name(f"{path.name}.corrupt-{stamp}")
        for companion in _COMPANIONS:
            with suppress(FileNotFoundError):
                Path(f"{path}{companion}").replace(f"{aside}{companion}")
        facts = {"file": str(path), "moved_to": str(aside), "error": problem}
        log.error("state file was corrupt and was moved aside", extra=facts)
        return f"{path}: corrupt ({problem}), moved aside to {aside.name}"

    def _report(self, health: StateHealth) -> None:
        before, self._health = self._health, health
        if not health.ok and health != before:
            log.error("state file cannot be used", extra={"error": health.reason})
        if health.ok and not before.ok:
            log.info("state file is in use again", extra={"file": str(self._path)})


def default_state_file(environ: Mapping[str, str], home: Path) -> Path:
    """Give the place that systemd or the XDG base directories name."""
    if directory := environ.get("STATE_DIRECTORY"):
        return Path(directory.split(":")[0]) / "state.db"
    state_home = environ.get("XDG_STATE_HOME", "")
    # The specification wants a relative one ignored.
    base = Path(state_home) if state_home.startswith("/") else home / ".local" / "state"
    return base / "claude-exporter" / "state.db"


def chosen_state_file(
    flag: str | None, configured: Path | None, environ: Mapping[str, str], home: Path
) -> Path | None:
    """Give `--state.file`, else the configuration's, else the default; None for an empty flag."""
    if flag is None:
        return configured or default_state_file(environ, home)
    return Path(flag) if flag else None


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)


def _make_place(path: Path) -> None:
    missing = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and not path.is_file():
        raise _UnusableError("expected a file, not a directory, pipe or device")
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # By name: to open and close it would drop the lock of another connection in this process.
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _opened(connection: sqlite3.Connection) -> dict[str, str]:
    # Set before the first read, so that the lock is held until the connection is closed and the
    # log needs no shared memory.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = _refuse_foreign(connection)
    _refuse_corrupt(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN EXCLUSIVE")
    if version < SCHEMA:
        connection.execute(_CREATE)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("COMMIT")
    rows = connection.execute("SELECT key, json FROM documents").fetchall()
    problems = {key: problem for key, text in rows if (problem := _problem_of(text))}
    for key, problem in problems.items():
        log.error("state document cannot be read", extra={"document": key, "error": problem})
    return {key: text for key, text in rows if key not in problems}


def _refuse_corrupt(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        corrupt = sqlite3.DatabaseError(verdict)
        corrupt.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise corrupt


def _refuse_foreign(connection: sqlite3.Connection) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != _APPLICATION:
        raise _UnusableError("expected a state file, not another program's database")
    if version > SCHEMA:
        newer = f"expected layout {SCHEMA}, not {version} of a newer version; nothing is saved"
        raise _UnusableError(newer)
    return int(version)


def _problem_of(text: str | bytes | float) -> str:
    try:
        json.loads(text)  # type: ignore[arg-type]  # SQLite keeps a number where it was given one
    except (TypeError, ValueError) as exc:
        return str(exc)
    return ""


def _code_of(exc: sqlite3.Error) -> int:
    # The low byte is the error, the rest its variety.
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF


def _reason_of(exc: Exception) -> str:
    if isinstance(exc, sqlite3.Error) and _code_of(exc) in _LOCKED:
        return "in use by another process; give each its own --state.file"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return str(exc)
