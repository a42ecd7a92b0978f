"""What others report, as text for /metrics: counts by source, and never a word of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from claude_exporter.community.ask import REASONS
from claude_exporter.community.metrics import (
    ABOVE,
    AUTHORS,
    BASELINE,
    COMMUNITY_FAMILIES,
    FAILURES,
    LAST_SUCCESS,
    LIMIT,
    POLLS,
    REPORTS,
    SOURCE_UP,
)
from claude_exporter.community.spec import places_of
from claude_exporter.community.watch import Community
from claude_exporter.runtime.plan import Plan
from claude_exporter.web.families import Desc, Group, Scrape
from claude_exporter.web.samples import lines

_Samples = Iterator[tuple[Sequence[str], float]]


def community_text(community: Community) -> str:
    """All families of the community, now."""
    found = {name: list(_numbers(community, name)) for name in community.sources}
    descs = (REPORTS, AUTHORS, BASELINE, LIMIT, ABOVE, SOURCE_UP, LAST_SUCCESS, POLLS)
    texts = [desc.header + lines(desc, _samples(found, desc)) for desc in descs]
    return "".join((*texts, FAILURES.header, lines(FAILURES, _failures(community))))


def _samples(found: dict[str, list[tuple[Desc, float | None]]], wanted: Desc) -> _Samples:
    for name, numbers in found.items():
        for desc, number in numbers:
            if desc is wanted and number is not None:
                yield (name,), number


def _numbers(community: Community, name: str) -> Iterator[tuple[Desc, float | None]]:
    source = community.sources[name]
    standing, tally = source.standing, source.tally()
    yield POLLS, standing.polls
    yield LAST_SUCCESS, standing.succeeded_at
    yield SOURCE_UP, None if standing.reason is None else not standing.reason
    if tally is not None:
        yield REPORTS, tally.reports
        yield AUTHORS, tally.authors
        yield ABOVE, tally.above
        if tally.baseline is not None:
            yield BASELINE, tally.baseline.median
            yield LIMIT, tally.baseline.limit


def _failures(community: Community) -> _Samples:
    for name, source in community.sources.items():
        for reason in REASONS:
            yield (name, reason), source.standing.failures[reason]


def _text(scrape: Scrape) -> str:
    return community_text(scrape.exporter.community)


def _sizes(plan: Plan) -> Mapping[str, int]:
    return {"places": len(tuple(places_of(plan.config.community)))}


COMMUNITY: Final = Group(
    heading="What others report",
    families=COMMUNITY_FAMILIES,
    text=_text,
    labels=MappingProxyType(
        {
            "source": "reddit, hacker_news, or the name of a feed in the configuration",
            "reason": ", ".join(REASONS),
        }
    ),
    sizes=_sizes,
)
