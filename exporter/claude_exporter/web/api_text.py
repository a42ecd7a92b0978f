"""What keyed probes measured, as text: tokens, limits, money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, get_args

from claude_exporter.core.model import ApiFacts, Target
from claude_exporter.probers.api_judge import LIMITED
from claude_exporter.probers.api_options import ApiKind, ApiOptions
from claude_exporter.runtime.budget import Refusal, usd
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.first_tokens import BOUNDS, FirstTokens
from claude_exporter.runtime.plan import Plan

from .families import Desc, Group, Scrape, histogram_series
from .samples import histogram, line, lines

_MODEL: Final = ("target", "surface", "model")
_ALLOWANCE: Final = ("target", "kind")

ENABLED: Final = Desc(
    "claude_api_keyed_probes_enabled",
    "gauge",
    "Whether probes with a key are configured and some of them can read it.",
)
BLOCKED: Final = Desc(
    "claude_api_keyed_targets_blocked",
    "gauge",
    "Targets that are not probed because their key cannot be read.",
)
INFO: Final = Desc(
    "claude_api_target_info",
    "gauge",
    "What a target with a key asks, and of which model; always 1, to join with claude_probe_*.",
    ("target", "surface", "kind", "model"),
    series=("keyed",),
)
FIRST_TOKEN: Final = Desc(
    "claude_api_time_to_first_token_seconds",
    "gauge",
    "How long the last streamed message took from the request to its first piece of text.",
    _MODEL,
    series=("messages",),
)
FIRST_TOKENS: Final = Desc(
    "claude_api_first_token_seconds",
    "histogram",
    "How long streamed messages took from the request to their first piece of text.",
    _MODEL,
    series=("messages", histogram_series(BOUNDS)),
)
TOTAL: Final = Desc(
    "claude_api_message_duration_seconds",
    "gauge",
    "How long the last streamed message took from the request to its end.",
    _MODEL,
    series=("messages",),
)
OUTPUT_TOKENS: Final = Desc(
    "claude_api_output_tokens",
    "gauge",
    "How many tokens the last streamed message had.",
    _MODEL,
    series=("messages",),
)
OUTPUT_RATE: Final = Desc(
    "claude_api_output_tokens_per_second",
    "gauge",
    "How fast the last streamed message came after its first piece of text.",
    _MODEL,
    series=("messages",),
)
REMAINING: Final = Desc(
    "claude_api_ratelimit_remaining",
    "gauge",
    "What the API's last answer said is left of a rate limit.",
    _ALLOWANCE,
    series=("keyed", len(LIMITED)),
)
LIMIT: Final = Desc(
    "claude_api_ratelimit_limit",
    "gauge",
    "The rate limit that the API's last answer told.",
    _ALLOWANCE,
    series=("keyed", len(LIMITED)),
)
RESET: Final = Desc(
    "claude_api_ratelimit_reset_timestamp_seconds",
    "gauge",
    "When the rate limit is whole again by the API's last answer, in Unix time.",
    _ALLOWANCE,
    series=("keyed", len(LIMITED)),
)
RETRY_AFTER: Final = Desc(
    "claude_api_retry_after_seconds",
    "gauge",
    "How long the last answer asked to be left alone; no sample where it did not.",
    ("target",),
    series=("keyed",),
)
SPENT: Final = Desc(
    "claude_api_spent_usd_total",
    "counter",
    "What paid probes have cost since the state file began, reserved money included.",
)
SPENT_TODAY: Final = Desc(
    "claude_api_spent_today_usd",
    "gauge",
    "What paid probes have cost on this UTC day, reserved money included.",
)
BUDGET: Final = Desc("claude_api_budget_usd", "gauge", "What paid probes may cost on one UTC day.")
SKIPPED: Final = Desc(
    "claude_api_probes_skipped_total",
    "counter",
    "Probes with a key that were not sent, by reason.",
    ("reason",),
    series=(len(Refusal),),
)

MESSAGE_FAMILIES: Final = (FIRST_TOKEN, FIRST_TOKENS, TOTAL, OUTPUT_TOKENS, OUTPUT_RATE)
ALLOWANCE_FAMILIES: Final = (LIMIT, REMAINING, RESET)
API_FAMILIES: Final = (
    ENABLED,
    BLOCKED,
    INFO,
    *MESSAGE_FAMILIES,
    *ALLOWANCE_FAMILIES,
    RETRY_AFTER,
    SPENT,
    SPENT_TODAY,
    BUDGET,
    SKIPPED,
)

_Known = tuple[Target, ApiOptions, ApiFacts | None]


def api_text(scrape: Scrape) -> str:
    """All families of this module, now."""
    exporter, now = scrape.exporter, scrape.now
    budget = exporter.budget
    skipped = (((reason.value,), count) for reason, count in budget.skipped.items())
    known = list(_known(exporter))
    return "".join(
        (
            _family(ENABLED, line(ENABLED, (), _enabled(exporter, known))),
            _family(BLOCKED, line(BLOCKED, (), _blocked(exporter, known))),
            _family(INFO, lines(INFO, ((_asked(target, o), 1) for target, o, _ in known))),
            _messages_text(exporter, known),
            _allowances_text(known),
            _family(RETRY_AFTER, "".join(_retry_lines(exporter, known))),
            _family(SPENT, line(SPENT, (), usd(budget.spent))),
            _family(SPENT_TODAY, line(SPENT_TODAY, (), usd(budget.spent_on(now)))),
            _family(BUDGET, line(BUDGET, (), usd(budget.limits.a_day))),
            _family(SKIPPED, lines(SKIPPED, skipped)),
        )
    )


def _known(exporter: Exporter) -> Iterator[_Known]:
    for target, state in exporter.evaluator.tracked.values():
        if isinstance(target.options, ApiOptions):
            yield target, target.options, state.last.api if state.last else None


def _enabled(exporter: Exporter, known: list[_Known]) -> bool:
    return any(target.name not in exporter.blocked for target, _, _ in known)


def _blocked(exporter: Exporter, known: list[_Known]) -> int:
    return sum(target.name in exporter.blocked for target, _, _ in known)


def _asked(target: Target, options: ApiOptions) -> tuple[str, str, str, str]:
    return target.name, target.surface.value, options.kind, options.model or ""


def _messages_text(exporter: Exporter, known: list[_Known]) -> str:
    bodies = dict.fromkeys(MESSAGE_FAMILIES, "")
    for target, options, facts in known:
        if options.kind != "message":
            continue
        values = (target.name, target.surface.value, options.model or "")
        seen = exporter.first_tokens.get(target.name, FirstTokens())
        bodies[FIRST_TOKENS] += histogram(FIRST_TOKENS, values, BOUNDS, seen.counts, seen.sum)
        for desc, number in _numbers(facts):
            bodies[desc] += "" if number is None else line(desc, values, number)
    return "".join(_family(desc, body) for desc, body in bodies.items())


def _numbers(facts: ApiFacts | None) -> Iterator[tuple[Desc, float | None]]:
    if facts is not None:
        yield FIRST_TOKEN, facts.first_token
        yield TOTAL, facts.total
        yield OUTPUT_TOKENS, facts.output_tokens
        yield OUTPUT_RATE, facts.output_rate


def _allowances_text(known: list[_Known]) -> str:
    bodies = dict.fromkeys(ALLOWANCE_FAMILIES, "")
    for target, _, facts in known:
        for each in facts.allowances if facts else ():
            found = {LIMIT: each.limit, REMAINING: each.remaining, RESET: each.reset_at}
            for desc, number in found.items():
                values = (target.name, each.kind)
                bodies[desc] += "" if number is None else line(desc, values, number)
    return "".join(_family(desc, body) for desc, body in bodies.items())


def _retry_lines(exporter: Exporter, known: list[_Known]) -> Iterator[str]:
    for target, _, _ in known:
        last = exporter.evaluator.tracked[target.name].state.last
        if last is not None and last.retry_after is not None:
            yield line(RETRY_AFTER, (target.name,), last.retry_after)


def _family(desc: Desc, body: str) -> str:
    return desc.header + body


def _sizes(plan: Plan) -> Mapping[str, int]:
    asked = [each.options for each in plan.targets if isinstance(each.options, ApiOptions)]
    return {
        "keyed": len(asked),
        "messages": sum(options.kind == "message" for options in asked),
    }


API: Final = Group(
    heading="The API, asked with a key",
    families=API_FAMILIES,
    text=api_text,
    labels=MappingProxyType(
        {
            "target": "the target's name, made of the route, what is asked and the model",
            "surface": "the surface of the route's targets",
            "model": "the model's name in the configuration",
            "kind": "of a limit: "
            + ", ".join(name.replace("-", "_") for name in LIMITED)
            + f"; of a target: {', '.join(get_args(ApiKind))}",
            "reason": ", ".join(Refusal),
        }
    ),
    sizes=_sizes,
)
