"""Made-up histories whose outages are known, as one would write them in JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from support.incidents import stamp

from claude_exporter.backtest.history import Outage, outages_of
from claude_exporter.backtest.noise import FULL, Trouble, outage_troubles
from claude_exporter.backtest.vantage import Setup, Span
from claude_exporter.backtest.world import Page, keyed_targets
from claude_exporter.config import load_config
from claude_exporter.core.guide import shipped_guide

BEGIN = 1_760_000_000.0
MINUTE = 60.0


def incident(
    number: int,
    *,
    start: float,
    end: float,
    posted: float,
    resolved: float | None = None,
    title: str = "API outage",
    impact: str = "major",
    retroactive: bool = False,
) -> dict[str, object]:
    """One incident with a stated impact; moments are minutes after BEGIN."""
    over = end if resolved is None else resolved
    posts = [(posted, "investigating"), (over, "resolved")]
    if retroactive:
        posts = [(posted, "resolved")]
    return {
        "id": f"made-up-{number}",
        "title": title,
        "impact": impact,
        "posted_at": stamp(BEGIN + posted * MINUTE),
        "resolved_at": stamp(BEGIN + over * MINUTE),
        "impact_started_at": stamp(BEGIN + start * MINUTE),
        "impact_ended_at": stamp(BEGIN + end * MINUTE),
        "components": [],
        "updates": [{"at": stamp(BEGIN + at * MINUTE), "status": told} for at, told in posts],
        "retroactive": retroactive,
    }


def history_of(*incidents: dict[str, object], seed: int = 7) -> tuple[Outage, ...]:
    """The outages of these incidents."""
    text = "".join(json.dumps(each) + "\n" for each in incidents)
    return outages_of([("made-up.jsonl", text)], {}, seed)


def setup_of(
    outages: Sequence[Outage],
    *noise: Trouble,
    hours: float = 4,
    keyed: bool = False,
    vantages: int = 1,
    skip: bool = True,
    share: float = 1.0,
) -> Setup:
    """A replay of the hours from BEGIN on with the shipped guide and targets."""
    targets = (*load_config(None, {}).build_targets(), *(keyed_targets() if keyed else ()))
    severity = dict.fromkeys(FULL, share)
    return Setup(
        guide=shipped_guide(),
        targets=targets,
        troubles=[*outage_troubles(outages, severity), *noise],
        page=Page(outages),
        span=Span(BEGIN - 1200, BEGIN + hours * 3600),
        vantages=vantages,
        seed=3,
        skip=skip,
    )
