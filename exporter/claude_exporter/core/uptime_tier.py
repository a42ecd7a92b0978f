"""
Slots of one width, for many subjects: whole seconds in arrays, the open slot in floats.

The slots that are kept are numbered from the epoch, sorted, and shared by all subjects. A slot may
be missing (nobody was there) and a clock may go anywhere: what is farthest from the open slot goes.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

_HALF: Final = 0.5


class Tier:
    """At most *kept* slots of *width* seconds each, for *limit* subjects. Not thread-safe."""

    def __init__(self, width: int, kept: int, limit: int) -> None:
        self.width = width
        self._kept = kept
        self._limit = limit
        self._numbers: list[int] = []
        self._columns: dict[str, array[int]] = {}
        self._number: int | None = None
        self._open: dict[str, list[float]] = {}
        self._closed: object = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(self._columns)

    def has(self, subject: str) -> bool:
        return subject in self._columns

    def forget(self, subject: str) -> None:
        """Drop all that is known of *subject*."""
        self._columns.pop(subject, None)
        self._open.pop(subject, None)
        self._closed = None

    def add(self, rows: Iterable[tuple[str, int, int]], start: float, end: float) -> None:
        """
        Add the time from *start* to *end* to the slots it touches.

        A row is a subject, how many states it has, and in which of them it was.
        """
        found = list(rows)
        while start < end:
            number = int(start // self.width)
            until = min(end, float((number + 1) * self.width))
            self._turn_to(number)
            for subject, size, state in found:
                row = self._row(subject, size)
                row[state] += min(until - start, max(self.width - sum(row), 0.0))
            start = until

    def _row(self, subject: str, size: int) -> list[float]:
        """The open slot of *subject*, made where there is none."""
        if subject not in self._open:
            if subject not in self._columns:
                self._columns[subject] = array("H", bytes(2 * size * len(self._numbers)))
                self._closed = None
            self._open[subject] = [0.0] * size
        return self._open[subject]

    def _turn_to(self, number: int) -> None:
        if number == self._number:
            return
        self._close()
        place = bisect_left(self._numbers, number)
        if place == len(self._numbers) or self._numbers[place] != number:
            self._insert(place, number)
        self._number = number
        self._reopen()
        self._drop_farthest()
        for subject, column in list(self._columns.items()):
            if subject not in self._open and not any(column):
                del self._columns[subject]

    def _close(self) -> None:
        """Put the open slot among the others, in whole seconds."""
        self._closed = None
        if self._number is None:
            return
        place = bisect_left(self._numbers, self._number)
        for subject, row in self._open.items():
            size = len(row)
            self._columns[subject][place * size : (place + 1) * size] = array("H", rounded(row))
        self._open = {}

    def _insert(self, place: int, number: int) -> None:
        sizes = {subject: self._size(column) for subject, column in self._columns.items()}
        self._numbers.insert(place, number)
        for subject, size in sizes.items():
            at = place * size
            self._columns[subject][at:at] = array("H", bytes(2 * size))

    def _reopen(self) -> None:
        """Take what the slot already has out of the arrays; it is kept once."""
        place = bisect_left(self._numbers, self._number or 0)
        for subject, column in self._columns.items():
            size = self._size(column)
            row = column[place * size : (place + 1) * size]
            if any(row):
                self._open[subject] = [float(each) for each in row]
                column[place * size : (place + 1) * size] = array("H", bytes(2 * size))

    def _drop_farthest(self) -> None:
        while len(self._numbers) > self._kept:
            here = self._number or 0
            oldest = here - self._numbers[0] >= self._numbers[-1] - here
            place = 0 if oldest else len(self._numbers) - 1
            for column in self._columns.values():
                size = self._size(column)
                del column[place * size : (place + 1) * size]
            del self._numbers[place]

    def _size(self, column: array[int]) -> int:
        return len(column) // len(self._numbers)

    def totals(self, subject: str, size: int, start: float, end: float) -> Sequence[float]:
        """Seconds in each of *size* states in the slots that touch the time *start* to *end*."""
        first, last = int(start // self.width), int(end // self.width)
        low, high = bisect_left(self._numbers, first), bisect_right(self._numbers, last)
        column = self._columns.get(subject, array("H"))
        found = [float(sum(column[low * size + n : high * size : size])) for n in range(size)]
        row = self._open.get(subject)
        if row is not None and self._number is not None and first <= self._number <= last:
            found = [known + more for known, more in zip(found, row, strict=True)]
        return found

    def closed(self) -> object:
        """All slots but the open one, as JSON; the same object until one is closed."""
        if self._closed is None:
            self._closed = {
                "runs": list(_runs(self._numbers)),
                "columns": {subject: packed(column) for subject, column in self._columns.items()},
            }
        return self._closed

    def opened(self) -> object:
        """The open slot, as JSON."""
        rows = {subject: [round(each, 3) for each in row] for subject, row in self._open.items()}
        return {"number": self._number, "rows": rows}

    def restore(self, closed: object, opened: object, sizes: Mapping[str, int]) -> Iterable[str]:
        """Take up what `closed` and `opened` gave, and say what of it cannot be read."""
        if isinstance(closed, Mapping):
            numbers = _numbers_of(closed.get("runs"), self._kept)
            columns = closed.get("columns")
            if numbers is None or not isinstance(columns, Mapping):
                yield f"slots of {self.width} s: expected runs and columns"
            else:
                self._numbers = numbers
                yield from self._restore_columns(columns, sizes)
        if isinstance(opened, Mapping):
            self._restore_open(opened, sizes)

    def _restore_columns(
        self, columns: Mapping[object, object], sizes: Mapping[str, int]
    ) -> Iterable[str]:
        for subject, text in list(columns.items())[: self._limit if self._numbers else 0]:
            size = sizes.get(str(subject).partition("/")[0])
            column = unpacked(text, len(self._numbers) * size) if size else None
            if size is None or column is None or not self._fits(column, size):
                yield f"slots of {self.width} s: {str(subject)[:80]!r} cannot be read"
            else:
                self._columns[str(subject)] = column

    def _fits(self, column: array[int], size: int) -> bool:
        rows = zip(*(column[state::size] for state in range(size)), strict=True)
        return max(map(sum, rows), default=0) <= self.width

    def _restore_open(self, opened: Mapping[object, object], sizes: Mapping[str, int]) -> None:
        number, rows = opened.get("number"), opened.get("rows")
        if not isinstance(number, int) or number < 0 or not isinstance(rows, Mapping):
            return
        self._turn_to(number)
        for subject, row in rows.items():
            size = sizes.get(str(subject).partition("/")[0], 0)
            known = self.has(subject) or len(self._columns) < self._limit
            if known and isinstance(row, list) and size and self._is_row(row, size):
                self._row(str(subject), size)[:] = [float(each) for each in row]

    def _is_row(self, row: list[object], size: int) -> bool:
        numbers = [each for each in row if isinstance(each, (int, float)) and each >= 0]
        return len(numbers) == len(row) == size and sum(numbers) <= self.width + _HALF


def rounded(row: Sequence[float]) -> list[int]:
    """Whole seconds whose sum is the rounded sum: what is cut off one is given to the next."""
    found, carried = [], 0.0
    for each in row:
        whole = int(each + carried + _HALF)
        carried += each - whole
        found.append(whole)
    return found


def packed(column: array[int]) -> str:
    """An array as short text."""
    return b64encode(zlib.compress(struct.pack(f"<{len(column)}H", *column))).decode()


def unpacked(text: object, length: int) -> array[int] | None:
    """The array that `packed` made, if it has *length* numbers."""
    if not isinstance(text, str):
        return None
    try:
        content = zlib.decompressobj().decompress(b64decode(text), 2 * length + 1)
        return array("H", struct.unpack(f"<{length}H", content))
    except (ValueError, struct.error, zlib.error):
        return None


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Consecutive numbers as (first, how many)."""
    first = 0
    for place, number in enumerate(numbers):
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield numbers[first], place + 1 - first
            first = place + 1


def _numbers_of(runs: object, limit: int) -> list[int] | None:
    """What `_runs` was given: sorted, without doubles, at most *limit*."""
    numbers: list[int] = []
    for run in runs if isinstance(runs, list) else [None]:
        match run:
            case [int(start), int(count)] if start >= 0 and 0 < count <= limit:
                numbers.extend(range(start, start + count))
            case _:
                return None
        if len(numbers) > limit:
            return None
    return numbers if numbers == sorted(set(numbers)) else None
