"""What a bundle is made of, from a fresh check or from a running exporter's own memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from claude_exporter.config import Config
from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import ProbeResult, Surface
from claude_exporter.core.target_state import Tracked

if TYPE_CHECKING:
    from claude_exporter.core.page_model import PageReport
    from claude_exporter.runtime.exporter import Exporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a running exporter answered: its API's JSON, or why there is none."""

    where: str
    problem: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    Everything known at *at* (Unix seconds), secrets included: it is never written as it is.

    `results` are older results by target; `claude_code` is what `claude --version` said.
    """

    at: float
    config: Config
    tracked: Sequence[Tracked]
    pages: Sequence[PageReport]
    judgements: Mapping[Surface, Judgement]
    results: Sequence[ProbeResult] = ()
    running: Running | None = None
    claude_code: str = "not asked"
    fresh: bool = True


def evidence_of(exporter: Exporter) -> Evidence:
    """What a running exporter remembers; nothing is probed anew."""
    tracked = tuple(exporter.evaluator.tracked.values())
    kept = (exporter.history.results_of(each.target.name) for each in tracked)
    return Evidence(
        at=exporter.clock.now(),
        config=exporter.plan.config,
        tracked=tracked,
        pages=tuple(exporter.evaluator.pages.values()),
        judgements=exporter.judge(),
        results=tuple(result for results in kept for result in results),
        fresh=False,
    )
