"""Events of the hook, as they come by HTTP or out of the spool."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Final

from claude_exporter.claude_code.facts import Failed
from claude_exporter.claude_code.failure_signs import SIGN_OF_ERROR, sign_of_failure
from claude_exporter.claude_code.hook import SPOOL_LIMIT, locked
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.values import status_of

KEYS: Final = frozenset(("at", "error", "status", "model"))
_FUTURE: Final = 300.0


class EventError(ValueError):
    """Not an event of the hook; the text says why, without a value of it."""


class EventReader:
    """Reads events; one that came before, because its first answer was late, is none."""

    def __init__(self) -> None:
        self._seen = Seen(1024)

    def read(self, text: bytes | str, now: float) -> Failed | None:
        """The failure of one event, None for a repetition. Raises EventError."""
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            raise EventError("expected a JSON object, not this text") from None
        if not isinstance(event, dict) or not event.keys() <= KEYS:
            raise EventError(f"expected an object with {', '.join(sorted(KEYS))} alone")
        error, at = event.get("error"), event.get("at")
        if not isinstance(error, str) or error not in SIGN_OF_ERROR:
            raise EventError(f"$.error: expected one of {', '.join(SIGN_OF_ERROR)}")
        if isinstance(at, bool) or not isinstance(at, (int, float)) or not 0 < at < now + _FUTURE:
            raise EventError("$.at: expected a moment that has been, in Unix seconds")
        status = status_of(event.get("status"))
        if not self._seen.add(repr(at), error, str(status)):
            return None
        return Failed(float(at), sign_of_failure(status, "", error), event.get("model"))


def drained(path: str) -> Iterable[bytes]:
    """
    Take every line out of the spool at *path*, nothing where there is none.

    Raises OSError where it cannot be read, or is not this user's own file.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ()
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
            raise OSError("the spool is not a file of this user's own")
        if not found.st_size or not locked(file):
            return ()
        lines = tuple(_lines(file))
        os.ftruncate(file, 0)
        return lines
    finally:
        os.close(file)


def _lines(file: int) -> Iterator[bytes]:
    # The hook keeps to the limit; whoever else wrote more gets no more of it read.
    text = os.pread(file, SPOOL_LIMIT, 0)
    return (line for line in text.split(b"\n") if line)
