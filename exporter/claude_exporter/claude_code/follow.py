"""One growing file of lines, read from where it was left, in bounded memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

CHUNK: Final = 2**20
LINE_LIMIT: Final = 4 * 2**20
"""A longer line is passed over."""

_HEAD: Final = 256
_TAIL: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """
    How far a file has been read: all before *offset* is done with.

    *head* is a digest of its first bytes, by which another file under the same inode is known;
    *passing* says that the line at *offset* is too long and its end has not come yet.
    """

    offset: int = 0
    head: str = ""
    passing: bool = False


class Read(NamedTuple):
    """Where reading stopped, whether there is more now, and how many lines were too long."""

    place: Place
    more: bool
    too_long: int


def read_on(path: Path, place: Place, take: Callable[[bytes], None], budget: int) -> Read:
    """
    Give *take* every whole line since *place*, about *budget* bytes of them.

    A file that is shorter than it was, or begins otherwise, is read from its beginning. Raises
    OSError; a link or anything but a regular file is one.
    """
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path.name}: expected a regular file")
        if found.st_size < place.offset or not _is_same(file, place):
            place = Place()
        return _lines(file, place, take, budget)
    finally:
        os.close(file)


def end_of(path: Path) -> Place:
    """The place behind the last whole line of the file, from which only news is read."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(file).st_size
        tail = os.pread(file, _TAIL, max(size - _TAIL, 0))
        behind = len(tail) - (tail.rfind(b"\n") + 1)
        passing = behind == len(tail) > 0 and size > _TAIL
        offset = size if passing else size - behind
        return Place(offset, _head_of(file, offset), passing)
    finally:
        os.close(file)


def _lines(file: int, place: Place, take: Callable[[bytes], None], budget: int) -> Read:
    offset, passing, too_long = place.offset, place.passing, 0
    rest, left, more = b"", budget, True
    while more and left > 0:
        chunk = os.pread(file, CHUNK, offset + len(rest))
        left -= len(chunk)
        more = len(chunk) == CHUNK
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if len(line) > LINE_LIMIT:
                too_long += not passing
            elif line and not passing:
                take(line)
            passing = False
            offset += len(line) + 1
        if passing or len(rest) > LINE_LIMIT:
            too_long += not passing
            passing, offset, rest = True, offset + len(rest), b""
    return Read(Place(offset, _head_of(file, offset), passing), more, too_long)


def _is_same(file: int, place: Place) -> bool:
    return not place.offset or _head_of(file, place.offset) == place.head


def _head_of(file: int, offset: int) -> str:
    return blake2b(os.pread(file, min(offset, _HEAD), 0), digest_size=8).hexdigest()
