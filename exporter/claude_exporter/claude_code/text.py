"""The metric families of Claude Code's own signals, and their text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from claude_exporter.claude_code import counters as kinds
from claude_exporter.claude_code.counters import Counters, Key, sources_and_problems
from claude_exporter.claude_code.facts import SHOWN, Activity, Problem, Source, TokenType
from claude_exporter.claude_code.names import LIMIT, OTHER, UNKNOWN
from claude_exporter.core.model import FAILURE_SIGNS
from claude_exporter.web.families import Desc, Group, Scrape
from claude_exporter.web.samples import lines

if TYPE_CHECKING:
    from claude_exporter.runtime.plan import Plan

ERRORS: Final = Desc(
    "claude_code_errors_total",
    "counter",
    "Failures that users of Claude Code saw, after its own retries, each counted once.",
    ("model", "sign"),
    series=("models", len(FAILURE_SIGNS)),
)
RETRIES: Final = Desc(
    "claude_code_retries_total",
    "counter",
    "Attempts of Claude Code that failed and were made again, which nobody saw.",
    ("model", "sign"),
    series=("models", len(FAILURE_SIGNS)),
)
REQUESTS: Final = Desc(
    "claude_code_requests_total",
    "counter",
    "Requests of Claude Code that succeeded.",
    ("model",),
    series=("models",),
)
TOKENS: Final = Desc(
    "claude_code_tokens_total",
    "counter",
    "Tokens that Claude Code used, by kind.",
    ("model", "kind"),
    series=("models", len(TokenType)),
)
COST: Final = Desc(
    "claude_code_cost_usd_total",
    "counter",
    "What Claude Code's requests cost by its own estimate, in US dollars.",
    ("model",),
    series=("models",),
)
ACTIVITY: Final = Desc(
    "claude_code_activity_total",
    "counter",
    "What was done with Claude Code by its own metrics: counts, lines, and seconds at work.",
    ("activity",),
    series=(len(Activity),),
)
SOURCE_UP: Final = Desc(
    "claude_code_source_up",
    "gauge",
    "Whether the source can be read; no sample while it is switched off.",
    ("source",),
    series=(len(SHOWN),),
)
SOURCE_LAST_EVENT: Final = Desc(
    "claude_code_source_last_event_timestamp_seconds",
    "gauge",
    "When the source last told something that counts, in Unix time; no sample before.",
    ("source",),
    series=(len(SHOWN),),
)
SOURCE_PROBLEMS: Final = Desc(
    "claude_code_source_problems_total",
    "counter",
    "What could not be used of the source, by reason.",
    ("source", "reason"),
    series=(len(SHOWN), len(Problem)),
)

CLAUDE_CODE_FAMILIES: Final = (
    ERRORS,
    RETRIES,
    REQUESTS,
    TOKENS,
    COST,
    ACTIVITY,
    SOURCE_UP,
    SOURCE_LAST_EVENT,
    SOURCE_PROBLEMS,
)


def code_text(scrape: Scrape) -> str:
    """All families of this module, now; zeros where nothing watches Claude Code."""
    code = scrape.exporter.claude_code
    return code.text() if code else counters_text(Counters(), {})


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


def _sizes(plan: Plan) -> Mapping[str, int]:  # noqa: ARG001  # the shape of Group.sizes
    return {"models": 1}


CLAUDE_CODE: Final = Group(
    heading="Claude Code",
    families=CLAUDE_CODE_FAMILIES,
    text=code_text,
    labels=MappingProxyType(
        {
            "model": f"the model's name, at most {LIMIT} of them, then {OTHER}; "
            f"{UNKNOWN} where none was told",
            "sign": ", ".join(FAILURE_SIGNS),
            "kind": ", ".join(TokenType),
            "activity": ", ".join(Activity),
            "source": ", ".join(SHOWN),
            "reason": ", ".join(Problem),
        }
    ),
    sizes=_sizes,
)
