"""
Recording rules: the exporter's facts in, the guide's verdict out.

A fact is exported as claude_surface_fact, three-valued like the Observation it comes from: 1, 0, or
no sample where unknown. Rows become ranks; the lowest rank of a surface is its verdict. One rule
group, evaluated in order, so a verdict never mixes two moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from claude_exporter.core.guide import Condition, Guide, Row, Test
from claude_exporter.core.model import CLASS_OF_SIGN

from .client import evidence_rules
from .spans import promql_duration

VANTAGE: Final = "vantage"
"""The external label that tells exporters in several places apart."""

BRIDGE: Final = 120.0
"""Seconds for which a lost scrape does not read as a change, real time."""

EVALUATION: Final = 5.0
"""Seconds between evaluations: a page waits for two groups at the most, ten seconds."""


def recording_rules(guide: Guide, *, vantage: str = VANTAGE, factor: float = 1.0) -> dict[str, Any]:
    """The rule file as a value; *factor* is how many times as fast the time of a drill runs."""
    group = {
        "name": "claude-verdict",
        "interval": promql_duration(EVALUATION / factor),
        "rules": [
            *_facts(vantage, BRIDGE / factor),
            *_rows(guide, vantage),
            *_verdict(vantage),
            *(_record(name, expr, surface="api") for name, expr in evidence_rules(guide)),
        ],
    }
    return {"groups": [group]}


def _record(name: str, expr: str, **labels: str) -> dict[str, Any]:
    kept = {key: value for key, value in labels.items() if value}
    return {"record": name, "expr": expr, **({"labels": kept} if kept else {})}


def bridged(selector: str, vantage: str, window: float) -> str:
    """*selector* as scraped now, or as last seen while its exporter cannot be scraped."""
    span = promql_duration(window)
    return (
        f"({selector} or (last_over_time({selector}[{span}])"
        f" unless on (job, instance, {vantage}) claude_exporter_build_info))"
    )


def _facts(vantage: str, window: float) -> list[dict[str, Any]]:
    def joined(selector: str, label: str) -> str:
        return f"max by (surface, {vantage}, {label}) {bridged(selector, vantage, window)}"

    own = 'claude_surface_fact{fact!="others_succeed"}'
    return [
        _record("claude:fact", joined(own, "fact")),
        _record("claude:fact_since", joined("claude_surface_fact_since_timestamp_seconds", "fact")),
        _record("claude:sign", joined("claude_surface_sign", "sign")),
        _record("claude:surface", f'max by (surface, {vantage}) (claude:fact{{fact="known"}}) * 0'),
        _record("claude:fact", _others_succeed(vantage, window), fact="others_succeed"),
    ]


def _others_succeed(vantage: str, window: float) -> str:
    """
    It works elsewhere: the exporter knows it, or this vantage is alone or in the minority.

    Only vantages that know are counted; one that is missing says nothing.
    """
    told = bridged('claude_surface_fact{fact="others_succeed"}', vantage, window)
    failing = 'sum by (surface) (claude:fact{fact="failing"})'
    count = 'count by (surface) (claude:fact{fact="failing"})'
    minority = f"(2 * {failing} < {count}) or ({failing} == 1 and {count} > 1)"
    return (
        f"max by (surface, {vantage}) {told}"
        f" or (claude:surface + 1 and on (surface) ({minority})"
        f' and on (surface, {vantage}) (claude:fact{{fact="failing"}} == 1))'
    )


def _rows(guide: Guide, vantage: str) -> list[dict[str, Any]]:
    return [
        _record(
            "claude:row_rank",
            row_expression(row, rank, guide, vantage),
            row=row.id,
            stage=row.stage,
            key=row.key,
            action=row.action.value,
        )
        for rank, row in enumerate(guide.rows, start=1)
    ]


def row_expression(row: Row, rank: int, guide: Guide, vantage: str) -> str:
    """PromQL that yields *rank* for each surface of which every condition of *row* holds."""
    tests = (_condition(condition, guide, vantage) for condition in row.when)
    return " ".join((f"claude:surface + {rank}", *tests))


_TRUTHS: Final[Mapping[Test, tuple[str, str]]] = MappingProxyType(
    {
        Test.TRUE: ("and", "== 1"),
        Test.FALSE: ("and", "== 0"),
        Test.UNLESS: ("unless", "== 1"),
        Test.PERHAPS: ("unless", "== 0"),
    }
)


def _condition(condition: Condition, guide: Guide, vantage: str) -> str:
    on = f"on (surface, {vantage})"
    if condition.test is Test.CLASS:
        signs = "|".join(sign for sign, kind in CLASS_OF_SIGN.items() if kind == condition.operand)
        return f'and {on} (claude:sign{{sign=~"{signs}"}} == 1)'
    if condition.test in _TRUTHS:
        word, test = _TRUTHS[condition.test]
        return f'{word} {on} (claude:fact{{fact="{condition.fact}"}} {test})'
    span = f'time() - claude:fact_since{{fact="{condition.fact.removesuffix("_for")}"}}'
    return f"and {on} ({span} {condition.test} {guide.thresholds[condition.operand]:g})"


def _verdict(vantage: str) -> list[dict[str, Any]]:
    lowest = f"min by (surface, {vantage}) (claude:row_rank)"
    chosen = f"claude:row_rank == on (surface, {vantage}) group_left () claude:verdict_rank"
    return [
        _record("claude:verdict_rank", lowest),
        _record("claude:verdict", f"({chosen}) * 0 + 1"),
    ]
