"""What is counted about the status pages over a long time, and survives a restart."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from claude_exporter.core.churn import Change, changes, fingerprints
from claude_exporter.core.model import Surface
from claude_exporter.core.observation import Observation
from claude_exporter.core.page_model import Component
from claude_exporter.core.page_watch import LAG_BOUNDS, Direction, PageWatch, fold_watch
from claude_exporter.runtime.clock import Clock

DOCUMENT: Final = "pages"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    """As it is in the state file; `known` has no names, only what tells them apart."""

    surfaces: dict[Surface, PageWatch] = field(default_factory=dict)
    known: dict[str, dict[str, int]] = field(default_factory=dict)
    changes: dict[str, dict[Change, int]] = field(default_factory=dict)


_KEPT: Final = TypeAdapter(_Kept)


class PageRecord:
    """Lag and disagreement by surface, changes of components by page."""

    def __init__(self, clock: Clock, kept: object) -> None:
        self._clock = clock
        self._seen_at: float | None = None
        self._kept = _restored(kept)

    @property
    def surfaces(self) -> Mapping[Surface, PageWatch]:
        return self._kept.surfaces

    def changes_of(self, page: str) -> Mapping[Change, int]:
        """How many components of *page* changed, in every way, since the state file began."""
        return {each: self._kept.changes.get(page, {}).get(each, 0) for each in Change}

    def document(self) -> object:
        """What to keep, as JSON."""
        return _KEPT.dump_python(self._kept, mode="json")

    def look(self, seen: Iterable[Observation], *, blip: float, fresh: float) -> None:
        """Take up that *seen* was true since the last look."""
        before, self._seen_at = self._seen_at, self._clock.monotonic()
        passed = 0.0 if before is None else self._seen_at - before
        if passed > fresh:
            passed = 0.0  # the process was stopped: nobody saw what happened meanwhile
        now = self._clock.now()
        for each in seen:
            watch = self._kept.surfaces.get(each.surface, PageWatch())
            folded = fold_watch(watch, each, now, passed, blip=blip, fresh=fresh)
            self._kept.surfaces[each.surface] = folded

    def take_components(self, page: str, components: Iterable[Component]) -> None:
        """Count what changed since the last reading; a page's first one is where it begins."""
        after = dict(fingerprints(components))
        if not after:
            return  # the history feed has no components
        before = self._kept.known.get(page)
        found = Counter[Change]() if before is None else changes(before, after)
        totals = Counter(self._kept.changes.get(page, {})) + found
        self._kept.known[page], self._kept.changes[page] = after, dict(totals)
        if found.total():
            facts = {str(change): count for change, count in found.items()}
            log.info("components of a page changed", extra={"page": page, **facts})

    def forget_all_but(self, pages: Iterable[str]) -> None:
        """Drop what is known of pages that are no longer read."""
        for known in (self._kept.known, self._kept.changes):
            for gone in known.keys() - set(pages):
                del known[gone]


def _restored(kept: object) -> _Kept:
    if kept is None:
        return _Kept()
    try:
        found = _KEPT.validate_python(kept)
    except ValidationError as error:
        facts = {"err": str(error).replace("\n", " ")[:500]}
        log.warning("saved record of the pages cannot be read", extra=facts)
        return _Kept()
    found.surfaces = {name: each for name, each in found.surfaces.items() if _fits(each)}
    return found


def _fits(watch: PageWatch) -> bool:
    """Whether its parts are as long as those of this version."""
    lags = len(watch.lags.counts) == len(LAG_BOUNDS) + 1
    return lags and len(watch.seconds) == len(Direction)
