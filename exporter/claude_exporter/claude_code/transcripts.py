"""
The transcripts under Claude Code's folder, followed from where they were left.

Blocking: to be called from a thread. What is kept are offsets by inode and digests, no path and
nothing of what was said.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from claude_exporter.claude_code.facts import Fact, Problem
from claude_exporter.claude_code.follow import Place, end_of, read_on
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.transcript_lines import LineReader, MalformedLineError

STEP: Final = 4 * 2**20
"""Bytes read at once; what they count as is held in memory."""

FILE_LIMIT: Final = 20_000
DEPTH_LIMIT: Final = 6
SEEN_LIMIT: Final = 65_536
SEEN_KEPT: Final = 4096
"""Digests that survive a restart."""

_OPENING: Final = 4096  # a file that has nothing new costs this much of a step too


@dataclass(slots=True)
class Step:
    """What one step has found."""

    facts: list[Fact] = field(default_factory=list)
    problems: Counter[Problem] = field(default_factory=Counter)


_State = tuple[int, int]
"""Size and time of the last change: the same ones mean that there is nothing new."""


@dataclass(slots=True)
class _File:
    place: Place
    reader: LineReader
    state: _State | None = None


class Transcripts:
    """Follows every `*.jsonl` file below *folder*; links are not followed."""

    def __init__(self, folder: Path, document: object = None) -> None:
        self._folder = folder
        self._seen = Seen(SEEN_LIMIT)
        self._files: dict[str, _File] = {}
        self._pending: deque[tuple[Path, str, _State]] = deque()
        self._root = ""
        self._restore(document if isinstance(document, dict) else {})

    @property
    def pending(self) -> bool:
        """Whether the latest scan found something that no step has read yet."""
        return bool(self._pending)

    def scan(self) -> Counter[Problem]:
        """
        Look for files that changed. Raises OSError where the folder cannot be read.

        What is there the first time counts as read: history would look like news.
        """
        problems: Counter[Problem] = Counter()
        found = os.stat(self._folder)  # noqa: PTH116  # beside the entries' own stat
        root = f"{found.st_dev}:{found.st_ino}"
        first = root != self._root
        if first:
            self._root, self._files = root, {}
        present: set[str] = set()
        self._pending.clear()
        for entry in files_in(self._folder, problems):
            if len(present) >= FILE_LIMIT:
                problems[Problem.OVERFLOW] += 1
                break
            self._note(entry, present, problems, skip=first)
        if not problems:
            for gone in self._files.keys() - present:
                del self._files[gone]
        return problems

    def _note(
        self, entry: os.DirEntry[str], present: set[str], problems: Counter[Problem], *, skip: bool
    ) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
            key, state = f"{found.st_dev}:{found.st_ino}", (found.st_size, found.st_mtime_ns)
            present.add(key)
            if key not in self._files:
                place = end_of(Path(entry.path)) if skip else Place()
                self._files[key] = _File(place, LineReader(self._seen))
        except FileNotFoundError:
            return
        except OSError:
            problems[Problem.UNREADABLE] += 1
            return
        if self._files[key].state != state:
            self._pending.append((Path(entry.path), key, state))

    def step(self, now: float) -> Step:
        """Read on where something is pending, about STEP bytes."""
        found, left = Step(), STEP
        while self._pending and left > 0:
            path, key, state = self._pending[0]
            read, more = self._read(path, self._files[key], found, now, left)
            left -= read + _OPENING
            if not more:
                self._files[key].state = state
                self._pending.popleft()
        return found

    def _read(
        self, path: Path, file: _File, found: Step, now: float, budget: int
    ) -> tuple[int, bool]:
        def take(line: bytes) -> None:
            try:
                fact = file.reader.fact(line, now)
            except MalformedLineError:
                found.problems[Problem.MALFORMED] += 1
                return
            if fact is not None:
                found.facts.append(fact)

        before = file.place.offset
        try:
            file.place, more, too_long = read_on(path, file.place, take, budget)
        except FileNotFoundError:
            return 0, False
        except OSError:
            found.problems[Problem.UNREADABLE] += 1
            return 0, False
        if too_long:
            found.problems[Problem.TOO_LARGE] += too_long
        return abs(file.place.offset - before), more

    def document(self) -> dict[str, object]:
        """What must survive a restart, as JSON."""
        places = {
            key: [file.place.offset, file.place.head, file.place.passing]
            for key, file in self._files.items()
        }
        return {"root": self._root, "places": places, "seen": self._seen.latest(SEEN_KEPT)}

    def _restore(self, document: dict[str, object]) -> None:
        root, places = document.get("root"), document.get("places")
        if not isinstance(root, str) or not isinstance(places, dict):
            return
        self._root = root
        self._seen.restore(document.get("seen"))
        for key, place in places.items():
            match place:
                case [int(offset), str(head), bool(passing)] if offset >= 0:
                    known = Place(offset, head, passing)
                    self._files[key] = _File(known, LineReader(self._seen))


def files_in(
    folder: Path, problems: Counter[Problem], depth: int = 0
) -> Iterator[os.DirEntry[str]]:
    """Every transcript below *folder*, links left out; *problems* has what could not be listed."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    except OSError:
        problems[Problem.UNREADABLE] += 1
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and depth < DEPTH_LIMIT:
            yield from files_in(Path(entry.path), problems, depth + 1)
        elif entry.name.endswith(".jsonl") and entry.is_file(follow_symlinks=False):
            yield entry
