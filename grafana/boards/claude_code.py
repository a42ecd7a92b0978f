"""What users of Claude Code really got on this machine: errors, retries, tokens, money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ask import now, of, over_time, rows_of
from panels import (
    Board,
    Item,
    by_family,
    by_limits,
    changed,
    colored,
    columns,
    limits,
    lines,
    listing,
    said,
    shades,
    stacked,
    states,
    tiles,
)
from sdk import common, shapes, stat, statetimeline, table, timeseries, units
from words import (
    BLUE,
    BROKEN,
    CLASSES,
    FAMILIES,
    FINE,
    ORANGE,
    PINK,
    SKY,
    WAITING,
    signs_of,
)

from claude_exporter.claude_code.facts import Activity, TokenType

_NONE_SEEN: Final = "Nothing was seen: docs/claude-code.md says how to let the exporter see it"
_TOKENS: Final = {
    TokenType.INPUT: ("Input", BLUE),
    TokenType.OUTPUT: ("Output", ORANGE),
    TokenType.CACHE_READ: ("Read from cache", SKY),
    TokenType.CACHE_CREATION: ("Written to cache", PINK),
}
_DID: Final = {
    Activity.SESSIONS: "Sessions",
    Activity.COMMITS: "Commits",
    Activity.PULL_REQUESTS: "Pull requests",
    Activity.LINES_ADDED: "Lines added",
    Activity.LINES_REMOVED: "Lines removed",
}
_SOURCES: Final = {
    "hook": ("Hook", "text"),
    "otlp": ("Telemetry (OTLP)", "text"),
    "transcripts": ("Transcripts", "text"),
}


def items() -> Iterator[Item]:
    """What failed, then what was used, then where it is known from."""
    yield failed_turns()
    yield failed_share()
    yield retries()
    yield money()
    yield "What users got"
    yield errors()
    yield errors_by_sign()
    yield "Usage"
    yield tokens()
    yield requests()
    yield spent()
    yield activity()
    yield "Where it is known from"
    yield sources()
    yield problems()


def failed_turns() -> stat.Panel:
    """Failures that a person saw."""
    return (
        tiles(
            "Failures users saw",
            "Failures in the time shown that Claude Code's own retries did not hide, each once.",
            (6, 4),
            now(f"sum(increase({of('claude_code_errors_total')}[$__range]))", "Failures"),
        )
        .unit(units.LocaleFormat)
        .decimals(0)
        .thresholds(limits(FINE, (0.5, WAITING)))
        .color_scheme(by_limits())
        .no_value("Nothing seen")
    )


def failed_share() -> stat.Panel:
    """Of all requests that ended."""
    failed = f"sum(increase({of('claude_code_errors_total')}[$__range]))"
    worked = f"sum(increase({of('claude_code_requests_total')}[$__range]))"
    return (
        tiles(
            "Share that failed",
            "Of the requests that ended in the time shown. Only telemetry and transcripts tell of "
            "those that succeeded.",
            (6, 4),
            now(f"{failed} / ({failed} + {worked} > 0)", "Share"),
        )
        .unit(units.PercentUnit)
        .decimals(1)
        .min(0)
        .max(1)
        .thresholds(limits(FINE, (0.01, WAITING), (0.1, BROKEN)))
        .color_scheme(by_limits())
        .no_value("No request seen")
    )


def retries() -> stat.Panel:
    """What nobody saw."""
    return (
        tiles(
            "Retries nobody saw",
            "Attempts in the time shown that failed and were made again by Claude Code itself.",
            (6, 4),
            now(f"sum(increase({of('claude_code_retries_total')}[$__range]))", "Retries"),
        )
        .unit(units.LocaleFormat)
        .decimals(0)
        .thresholds(limits(FINE))
        .color_scheme(by_limits())
        .no_value("Nothing seen")
    )


def money() -> stat.Panel:
    """By Claude Code's own estimate."""
    return (
        tiles(
            "Cost",
            "What the requests of the time shown cost by Claude Code's own estimate.",
            (6, 4),
            now(f"sum(increase({of('claude_code_cost_usd_total')}[$__range]))", "Cost"),
        )
        .unit(units.Dollars)
        .decimals(2)
        .thresholds(limits(FINE))
        .color_scheme(by_limits())
        .no_value("Nothing seen")
    )


def errors() -> timeseries.Panel:
    """By what they have in common."""
    asked = [
        over_time(
            f"sum(increase({of('claude_code_errors_total', sign=signs_of(kind))}"
            "[$__rate_interval])) > 0",
            name,
        )
        for kind, (name, _) in CLASSES.items()
    ]
    made = lines("Failures users saw, over time", "By where the trouble lies.", (16, 8), *asked)
    made = stacked(made.unit(units.Short).decimals(0)).draw_style(shapes.GraphDrawStyle.BARS)
    return colored(made.no_value("No failure was seen"), dict(CLASSES.values()))


def errors_by_sign() -> table.Panel:
    """Model and sign."""
    failed = of("claude_code_errors_total")
    made = columns(
        listing(
            "By model and sign",
            "Failures that users saw in the time shown.",
            (8, 8),
            rows_of(f"sum by (model, sign) (increase({failed}[$__range])) > 0.5"),
        ).no_value("No failure was seen"),
        {"model": "Model", "sign": "Sign", "Value": "Failures"},
    )
    return changed(made, "Value", {"unit": units.Short, "decimals": 0})


def tokens() -> timeseries.Panel:
    """By type."""
    asked = [
        over_time(f"sum(rate({of('claude_code_tokens_total', kind=kind)}[$__rate_interval]))", name)
        for kind, (name, _) in _TOKENS.items()
    ]
    made = lines(
        "Tokens per second",
        "Tokens that Claude Code used, by type. What is read from the cache costs least.",
        (12, 8),
        *asked,
    )
    made = stacked(made.unit("suffix: tokens/s")).no_value(_NONE_SEEN)
    return colored(made, dict(_TOKENS.values()))


def requests() -> timeseries.Panel:
    """By model."""
    worked = of("claude_code_requests_total")
    made = lines(
        "Requests that succeeded, by model",
        "Requests of Claude Code per second.",
        (12, 8),
        over_time(f"sum by (model) (rate({worked}[$__rate_interval]))", "{{model}}"),
    )
    made = made.unit(units.RequestsPerSecond).color_scheme(shades(BLUE)).no_value(_NONE_SEEN)
    return by_family(made, FAMILIES)


def spent() -> timeseries.Panel:
    """Money by model."""
    cost = of("claude_code_cost_usd_total")
    made = lines(
        "Cost per hour, by model",
        "By Claude Code's own estimate.",
        (12, 8),
        over_time(f"sum by (model) (rate({cost}[$__rate_interval])) * 3600", "{{model}}"),
    )
    made = made.unit(units.Dollars).color_scheme(shades(BLUE)).no_value(_NONE_SEEN)
    return by_family(made, FAMILIES)


def activity() -> stat.Panel:
    """What people did."""
    asked = [
        now(f"sum(increase({of('claude_code_activity_total', activity=kind)}[$__range]))", name)
        for kind, name in _DID.items()
    ]
    return (
        tiles(
            "Done with Claude Code",
            "What its own metrics count, in the time shown; only telemetry tells it.",
            (12, 8),
            *asked,
        )
        .unit(units.LocaleFormat)
        .decimals(0)
        .color_mode(shapes.BigValueColorMode.NONE)
        .text(common.VizTextDisplayOptions().title_size(14).value_size(36))
        .no_value("Nothing seen")
    )


def sources() -> statetimeline.Panel:
    """Which sources can be read."""
    made = (
        states(
            "Sources",
            "Whether each source that is switched on can be read.",
            (12, 7),
            over_time(f"min by (source) ({of('claude_code_source_up')})", "{{source}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({"1": ("Can be read", FINE), "0": ("Cannot be read", BROKEN)}))
        .no_value("No source is switched on")
    )
    for source, (name, _) in _SOURCES.items():
        made = changed(made, source, {"displayName": name})
    return made


def problems() -> table.Panel:
    """How fresh each source is, and what could not be used of it."""
    last = of("claude_code_source_last_event_timestamp_seconds")
    problem = of("claude_code_source_problems_total")
    made = columns(
        listing(
            "Source freshness",
            "How long ago each source last told something that counts, and how much of it in the "
            "time shown could not be used.",
            (12, 7),
            rows_of(f"sum by (source) (increase({problem}[$__range]))"),
            rows_of(f"min by (source) (time() - {last})"),
        ).no_value(_NONE_SEEN),
        # Until a source has told something there is one table, and its values have no letter.
        {
            "source": "Source",
            "Value #B": "Last event, ago",
            "Value #A": "Not usable",
            "Value": "Not usable",
        },
    )
    made = changed(made, "source", {"mappings": said(_SOURCES)})
    for name in ("Value", "Value #A"):
        made = changed(made, name, {"unit": units.Short, "decimals": 0})
    return changed(made, "Value #B", {"unit": units.Seconds, "decimals": 0})


BOARD: Final = Board(
    uid="claude-code",
    title="Claude: Claude Code",
    description="What users of Claude Code really got, and what they used.",
    items=tuple(items()),
)
