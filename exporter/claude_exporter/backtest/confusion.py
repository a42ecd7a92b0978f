"""What was true for how long, and which row was said of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from claude_exporter.core.model import WATCHED, Surface

from .history import Outage
from .noise import Cause, Trouble
from .replay import Change
from .vantage import Setup

SETTLED: Final = 120.0
"""Seconds that something which is over may still be spoken of."""


class Story:
    """What one vantage said of one surface, in order."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        self.moments = [change.at for change in changes]

    def first(self, begin: float, end: float, wanted: Callable[[Change], bool]) -> float | None:
        """The first moment from *begin* to *end* at which *wanted* holds."""
        place = max(0, bisect_right(self.moments, begin) - 1)
        for change in self.changes[place:]:
            if change.at > end:
                return None
            if wanted(change):
                return max(begin, change.at)
        return None


Stories = Mapping[Surface, Sequence[Story]]


def stories_of(changes: Iterable[Change]) -> Stories:
    found: dict[tuple[Surface, int], list[Change]] = {}
    for change in changes:
        found.setdefault((change.surface, change.vantage), []).append(change)
    return {
        surface: [Story(told) for (about, _), told in sorted(found.items()) if about is surface]
        for surface in WATCHED
    }


_TRUTHS: Final = (
    "own network down",
    "path to Claude broken",
    "outage, page silent",
    "outage, page posted",
    "model down, page silent",
    "model down, page posted",
    "outage just over",
    "blip",
    "account refused",
    "edge challenge",
    "slow",
)
FINE: Final = "fine"
_TRUTH_OF_CAUSE: Final = {
    Cause.NETWORK: "own network down",
    Cause.PATH: "path to Claude broken",
    Cause.BLIP: "blip",
    Cause.ACCOUNT: "account refused",
    Cause.CHALLENGE: "edge challenge",
    Cause.SLOW: "slow",
}


def hours_of(
    setup: Setup, outages: Sequence[Outage], stories: Stories
) -> Mapping[tuple[str, str], float]:
    hours: defaultdict[tuple[str, str], float] = defaultdict(float)
    for vantage in range(setup.vantages):
        noise = [it for it in setup.troubles if it.vantage == vantage]
        for surface in WATCHED:
            truths = [*_noise_truths(noise, surface, setup), *_outage_truths(outages, surface)]
            _add_hours(hours, stories[surface][vantage], truths, setup.span.end)
    return hours


_Truth = tuple[float, float, int]


def _noise_truths(troubles: Iterable[Trouble], surface: Surface, setup: Setup) -> Iterable[_Truth]:
    own = [target for target in setup.targets if target.surface is surface]
    for it in troubles:
        if it.cause in _TRUTH_OF_CAUSE and any(it.hits(target) for target in own):
            yield it.start, it.end, _TRUTHS.index(_TRUTH_OF_CAUSE[it.cause])


def _outage_truths(outages: Iterable[Outage], surface: Surface) -> Iterable[_Truth]:
    for it in outages:
        implied = surface is Surface.CODE and Surface.API in it.surfaces
        if surface not in it.watched and not implied:
            continue
        silent = _TRUTHS.index("outage, page silent" if it.surfaces else "model down, page silent")
        spoken = it.posted_at if it.live and surface in it.covered else it.end
        spoken = min(max(spoken, it.start), it.end)
        yield it.start, spoken, silent
        yield spoken, it.end, silent + 1
        yield it.end, it.end + SETTLED, _TRUTHS.index("outage just over")


def _add_hours(
    hours: defaultdict[tuple[str, str], float], story: Story, truths: Iterable[_Truth], end: float
) -> None:
    edges: list[tuple[float, int, int]] = []
    for begin, over, kind in truths:
        edges += [(begin, 1, kind), (over, -1, kind)]
    said = [(change.at, 0, number) for number, change in enumerate(story.changes)]
    at, row, count = story.moments[0], story.changes[0].row, Counter[int]()
    for moment, step, number in sorted([*edges, *said, (end, 0, -1)]):
        truth = min((kind for kind, many in count.items() if many > 0), default=None)
        if at < moment <= end:
            name = FINE if truth is None else _TRUTHS[truth]
            hours[name, row] += (moment - at) / 3600
            at = moment
        if step:
            count[number] += step
        else:
            row = story.changes[number].row
