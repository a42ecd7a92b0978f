"""The API asked with a key: how fast models answer, with what they fail, what asking costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import others
from ask import now, of, over_time, rows_of
from panels import (
    Board,
    Item,
    bars,
    by_family,
    by_limits,
    changed,
    colored,
    columns,
    limit_lines,
    limits,
    lines,
    listing,
    said,
    shades,
    stacked,
    states,
    tiles,
)
from sdk import bargauge, shapes, stat, statetimeline, table, timeseries, units
from words import BLUE, BROKEN, FAMILIES, FINE, GREY, ORANGE, SKY, WAITING

_NO_MESSAGES: Final = "No messages are sent: they are off, or none has been answered yet"
_FEW: Final = 0.2
_SCARCE: Final = 0.05
_QUANTILES: Final = ((0.5, "50 % within", SKY), (0.9, "90 % within", ORANGE))


def items() -> Iterator[Item]:
    """Whether it is on, the models, the limits, the money."""
    yield enabled()
    yield spent_today()
    yield headroom_now()
    yield "Models"
    yield models_over_time()
    yield failures()
    yield first_token()
    yield first_token_quantiles()
    yield speed()
    yield total()
    yield "Rate limits"
    yield headroom()
    yield asked_to_wait()
    yield "Your own product"
    yield others.product_failures()
    yield others.product_requests()
    yield "What asking costs"
    yield money()
    yield not_sent()


def enabled() -> stat.Panel:
    """Whether anything here can be known."""
    return (
        tiles(
            "Probes with a key",
            "Whether keyed probes are configured and their key can be read. Off is no fault.",
            (8, 4),
            now(f"max({of('claude_api_keyed_probes_enabled')})", "Keyed probes"),
        )
        .unit(units.NoUnit)
        .mappings(said({"1": ("On", FINE), "0": ("Off", GREY)}))
        .no_value("No exporter is scraped")
    )


def spent_today() -> stat.Panel:
    """Money of this UTC day, of the day's budget."""
    share = f"max({of('claude_api_spent_today_usd')} / ({of('claude_api_budget_usd')} > 0))"
    return (
        tiles(
            "Of today's budget spent",
            "What paid probes have cost on this UTC day, of what they may cost. The guard refuses "
            "a message that could go beyond.",
            (8, 4),
            now(f"{share}", "Spent today"),
        )
        .unit(units.PercentUnit)
        .decimals(1)
        .min(0)
        .max(1)
        .thresholds(limits(FINE, (0.8, WAITING)))
        .color_scheme(by_limits())
        .no_value("Nothing may be spent")
    )


def headroom_now() -> stat.Panel:
    """The limit of which least is left."""
    return (
        tiles(
            "Least headroom",
            "What is left of the rate limit that is nearest to its end, by the last answers.",
            (8, 4),
            now(f"min({_headroom()})", "Left"),
        )
        .unit(units.PercentUnit)
        .decimals(0)
        .min(0)
        .max(1)
        .thresholds(limits(BROKEN, (_SCARCE, WAITING), (_FEW, FINE)))
        .color_scheme(by_limits())
        .no_value("No answer has told a limit")
    )


def _headroom() -> str:
    left, limit = of("claude_api_ratelimit_remaining"), of("claude_api_ratelimit_limit")
    return f"{left} / ({limit} > 0)"


def models_over_time() -> statetimeline.Panel:
    """Each keyed target, up or down."""
    keyed = of("claude_probe_success", surface="api", target=("$target",))
    return (
        states(
            "Which answers",
            "Whether the last probe of each target of the API succeeded: the list of models, "
            "counted tokens and messages, per model.",
            (12, 8),
            over_time(f"min by (target) ({keyed})", "{{target}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({"1": ("Answers", FINE), "0": ("Fails", BROKEN)}))
        .no_value("The API was not probed in this time")
    )


def failures() -> table.Panel:
    """By target and sign."""
    failed = of("claude_probe_failures_total", surface="api", target=("$target",))
    made = columns(
        listing(
            "Errors by model",
            "Failed probes of the API in the time shown, by target and sign. An error inside a "
            "stream that began with 200 counts.",
            (12, 8),
            rows_of(f"sum by (target, sign) (increase({failed}[$__range])) > 0.5"),
        ).no_value("No probe of the API failed"),
        {"target": "Target", "sign": "Sign", "Value": "Failed"},
    )
    return changed(made, "Value", {"unit": units.LocaleFormat, "decimals": 0})


def first_token() -> timeseries.Panel:
    """The last message of each model."""
    last = of("claude_api_time_to_first_token_seconds")
    made = lines(
        "Time to first token, by model",
        "How long the last message of each model took from the request to its first piece of text.",
        (12, 8),
        over_time(f"max by (model) ({last})", "{{model}}"),
    )
    made = made.unit(units.Seconds).color_scheme(shades(BLUE)).no_value(_NO_MESSAGES)
    return by_family(made, FAMILIES)


def first_token_quantiles() -> timeseries.Panel:
    """From the histogram, over an hour: messages are few."""
    bucket = of("claude_api_first_token_seconds_bucket")
    asked = [
        over_time(f"histogram_quantile({share}, sum by (le) (increase({bucket}[1h])))", name)
        for share, name, _ in _QUANTILES
    ]
    made = lines(
        "Time to first token, all models",
        "So many messages of the hour before had their first piece of text within this time.",
        (12, 8),
        *asked,
    ).unit(units.Seconds)
    return colored(made.no_value(_NO_MESSAGES), {name: color for _, name, color in _QUANTILES})


def speed() -> timeseries.Panel:
    """How fast text comes."""
    rate = of("claude_api_output_tokens_per_second")
    made = lines(
        "Tokens per second, by model",
        "How fast the last message of each model came after its first piece of text.",
        (12, 8),
        over_time(f"min by (model) ({rate})", "{{model}}"),
    )
    made = made.unit("suffix: tokens/s").color_scheme(shades(BLUE)).no_value(_NO_MESSAGES)
    return by_family(made, FAMILIES)


def total() -> timeseries.Panel:
    """The whole message."""
    whole = of("claude_api_message_duration_seconds")
    made = lines(
        "Whole messages, by model",
        "How long the last message of each model took from the request to its end.",
        (12, 8),
        over_time(f"max by (model) ({whole})", "{{model}}"),
    )
    made = made.unit(units.Seconds).color_scheme(shades(BLUE)).no_value(_NO_MESSAGES)
    return by_family(made, FAMILIES)


def headroom() -> timeseries.Panel:
    """Each kind of limit, where least is left."""
    made = lines(
        "Left of each rate limit",
        "What the last answers said is left of each limit, where it is least. At 0 the API answers "
        "429.",
        (12, 8),
        over_time(f"min by (kind) ({_headroom()})", "{{kind}}"),
    )
    made = made.unit(units.PercentUnit).max(1).no_value("No answer has told a limit")
    colors = (SKY, BLUE, ORANGE, BROKEN)
    kinds = ("requests", "tokens", "input_tokens", "output_tokens")
    made = made.thresholds(limits("transparent", (_FEW, WAITING))).thresholds_style(limit_lines())
    return colored(made, dict(zip(kinds, colors, strict=True)))


def asked_to_wait() -> bargauge.Panel:
    """retry-after of the last answers."""
    return (
        bars(
            "Asked to wait",
            "How long the last answer asked each probe to leave it alone (retry-after).",
            (12, 8),
            now(f"max by (target) ({of('claude_api_retry_after_seconds')})", "{{target}}"),
        )
        .unit(units.Seconds)
        .min(0)
        .thresholds(limits(WAITING))
        .no_value("Nobody asked us to wait")
    )


def money() -> timeseries.Panel:
    """Today's money against the day's budget."""
    made = lines(
        "Spent on this UTC day",
        "What paid probes cost since midnight UTC, reserved money included, and what they may.",
        (12, 8),
        over_time(f"sum({of('claude_api_spent_today_usd')})", "spent"),
        over_time(f"sum({of('claude_api_budget_usd')})", "budget"),
    )
    made = made.fill_opacity(0).unit(units.Dollars).decimals(4).no_value("No exporter is scraped")
    return colored(made, {"spent": BLUE, "budget": ORANGE})


def not_sent() -> timeseries.Panel:
    """Why keyed probes did not go out."""
    skipped = of("claude_api_probes_skipped_total")
    made = lines(
        "Not sent",
        "Keyed probes that the guard held back: the day's budget, the hour's rate, a wait that the "
        "API asked for, or a state file that cannot be written.",
        (12, 8),
        over_time(f"sum by (reason) (increase({skipped}[$__rate_interval])) > 0", "{{reason}}"),
    )
    made = stacked(made.unit(units.Short).decimals(0)).draw_style(shapes.GraphDrawStyle.BARS)
    return made.color_scheme(shades(ORANGE)).no_value("Nothing was held back")


BOARD: Final = Board(
    uid="claude-api",
    title="Claude: API and models",
    description="How fast models answer, with what they fail, what is left of limits and money.",
    items=tuple(items()),
    choices={"target": ("Target", "claude_probe_success")},
)
