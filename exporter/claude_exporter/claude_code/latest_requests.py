"""The last requests in the transcripts, read once, from the ends of the latest files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from heapq import nlargest
from itertools import islice
from pathlib import Path
from typing import Final

from claude_exporter.claude_code.facts import Failed, Used
from claude_exporter.claude_code.names import OTHER, UNKNOWN, ModelNames
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.transcript_lines import LineReader, MalformedLineError
from claude_exporter.claude_code.transcripts import files_in
from claude_exporter.core.real_use import Request

TOLD_WITHIN: Final = 24 * 3600.0
FILES_READ: Final = 20
FILES_LISTED: Final = 5000
TAIL: Final = 2**20
"""Bytes that are read of the end of each file."""


def latest_requests(folder: Path, now: float) -> list[Request]:
    """How requests of the last 24 hours ended; a file that cannot be read tells of none."""
    seen, names = Seen(16_384), ModelNames()
    found = (each for path in _latest(folder) for each in _ends(path, LineReader(seen), now))
    return [_request(each, names) for each in found if each.at > now - TOLD_WITHIN]


def _request(end: Failed | Used, names: ModelNames) -> Request:
    label = names.label(end.model)
    model = None if label in (UNKNOWN, OTHER) else label
    return (
        Request(end.at, end.sign, model)
        if isinstance(end, Failed)
        else Request(end.at, model=model)
    )


def _latest(folder: Path) -> list[Path]:
    dated = []
    for entry in islice(files_in(folder, Counter()), FILES_LISTED):
        try:
            dated.append((entry.stat(follow_symlinks=False).st_mtime, entry.path))
        except OSError:
            continue  # gone meanwhile
    return [Path(path) for _, path in nlargest(FILES_READ, dated)]


def _ends(path: Path, reader: LineReader, now: float) -> Iterator[Failed | Used]:
    for line in _tail_of(path).split(b"\n"):
        try:
            fact = reader.fact(line, now)
        except MalformedLineError:
            continue  # the first line of a tail is half a line
        if isinstance(fact, Failed | Used):
            yield fact


def _tail_of(path: Path) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(file, TAIL, max(os.fstat(file).st_size - TAIL, 0))
    except OSError:
        return b""
    finally:
        os.close(file)
