"""Failures that several sources may tell of: each is counted once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from claude_exporter.claude_code.facts import Failed, Source
from claude_exporter.core.model import CLASS_OF_SIGN, Sign
from claude_exporter.core.real_use import Request

SAME_WITHIN: Final = 15.0
"""Seconds between two sources' accounts of one failure; their own clocks stamp them."""

KEPT: Final = 512
"""Failures that are looked through for every new one."""


@dataclass(slots=True)
class Entry:
    """One failure, and who has told of it."""

    at: float
    sign: Sign
    model: str | None
    tellers: set[Source]


class Ledger:
    """
    The latest failures.

    A second source's account of a failure of the same kind at nearly the same time is the same
    failure; a second account of the same source is another one.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._tellers: set[Source] = set()

    def add(self, source: Source, failed: Failed, model: str | None = None) -> bool:
        """Whether *failed* is one that nobody has told of before."""
        self._tellers.add(source)
        # Most have one source only: nobody else can have told of it.
        known = self._told_by_another(source, failed) if len(self._tellers) > 1 else None
        if known is not None:
            known.tellers.add(source)
            known.model = known.model or model
            return False
        self._entries.append(Entry(failed.at, failed.sign, model, {source}))
        return True

    def _told_by_another(self, source: Source, failed: Failed) -> Entry | None:
        for entry in reversed(self._entries):
            near = abs(entry.at - failed.at) <= SAME_WITHIN
            if near and source not in entry.tellers and _alike(entry.sign, failed.sign):
                return entry
        return None

    def requests(self) -> list[Request]:
        """All of them, as the core judges them."""
        return [Request(each.at, each.sign, each.model) for each in self._entries]


def _alike(one: Sign, other: Sign) -> bool:
    # The hook sees less than the others: what it could not name may be anything.
    vague = Sign.UNEXPECTED in (one, other)
    return vague or CLASS_OF_SIGN[one] is CLASS_OF_SIGN[other]
