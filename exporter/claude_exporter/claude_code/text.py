"""Claude Code's signals as lines of the text format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from claude_exporter.claude_code import counters as kinds
from claude_exporter.claude_code.counters import FAILURE_SIGNS, Counters, Key, sources_and_problems
from claude_exporter.claude_code.facts import SHOWN, Activity, Source, TokenType
from claude_exporter.claude_code.metrics import (
    ACTIVITY,
    COST,
    ERRORS,
    REQUESTS,
    RETRIES,
    SOURCE_LAST_EVENT,
    SOURCE_PROBLEMS,
    SOURCE_UP,
    TOKENS,
)
from claude_exporter.web.metrics import Desc
from claude_exporter.web.samples import lines


def counters_text(counters: Counters, up: Mapping[Source, bool]) -> str:
    """Every family; *up* has the sources that are switched on. Closed labels begin at zero."""
    shown, models = counters.shown(), counters.models_seen()
    one = [(model,) for model in models]
    return "".join(
        (
            _family(ERRORS, shown, kinds.ERRORS, _pairs(models, FAILURE_SIGNS)),
            _family(RETRIES, shown, kinds.RETRIES, _pairs(models, FAILURE_SIGNS)),
            _family(REQUESTS, shown, kinds.REQUESTS, one),
            _family(TOKENS, shown, kinds.TOKENS, _pairs(models, tuple(TokenType))),
            _family(COST, shown, kinds.COST, one),
            _family(ACTIVITY, shown, kinds.ACTIVITY, [(each,) for each in Activity]),
            _sources_text(counters, up),
        )
    )


def _pairs(models: Iterable[str], others: tuple[str, ...]) -> list[Key]:
    return [(model, other) for model in models for other in others]


def _family(desc: Desc, shown: Mapping[Key, float], kind: str, labels: Iterable[Key]) -> str:
    samples = ((values, shown.get((kind, *values), 0)) for values in labels)
    return desc.header + lines(desc, samples)


def _sources_text(counters: Counters, up: Mapping[Source, bool]) -> str:
    last = counters.last_event_at
    told = (((source,), last[source]) for source in SHOWN if source in last)
    problems = (
        ((source, why), counters.problems[source, why]) for source, why in sources_and_problems()
    )
    return "".join(
        (
            SOURCE_UP.header,
            lines(SOURCE_UP, (((source,), int(working)) for source, working in up.items())),
            SOURCE_LAST_EVENT.header,
            lines(SOURCE_LAST_EVENT, told),
            SOURCE_PROBLEMS.header,
            lines(SOURCE_PROBLEMS, problems),
        )
    )
