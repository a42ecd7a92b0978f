"""A whole backtest: every reading of the history against every variant of the thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from claude_exporter.core.guide import Guide
from claude_exporter.core.model import Target
from claude_exporter.core.page_model import Impact

from .history import Outage
from .noise import Noise, Trouble, noise_troubles, outage_troubles
from .replay import replay
from .score import Score, score_of
from .vantage import Setup, Span
from .world import Page, keyed_targets

_MARGIN = 3600.0

Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the history is read: what share of the probes fails, and with which probes we look."""

    name: str
    severity: Mapping[Impact, float]
    keyed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One guide, and what to call it."""

    name: str
    guide: Guide


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One reading under one variant."""

    reading: Reading
    variant: Variant
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What to replay. The same seed, history and noise always give the same results."""

    outages: Sequence[Outage]
    targets: Sequence[Target]
    readings: Sequence[Reading]
    variants: Sequence[Variant]
    noise: Noise
    vantages: int = 1
    seed: int = 7

    @property
    def span(self) -> Span:
        """From an hour before the first outage until an hour after the last."""
        begin = min(it.start for it in self.outages) - _MARGIN
        return Span(begin, max(max(it.end, it.resolved_at) for it in self.outages) + _MARGIN)


def results_of(backtest: Backtest, told: Told) -> Iterator[Result]:
    """Replay them all; *told* hears what is being replayed and the share done, 0 to 1."""
    span, page = backtest.span, Page(backtest.outages)
    noise: list[Trouble] = []
    for vantage in range(backtest.vantages):
        noise += noise_troubles(backtest.noise, span.begin, span.end, vantage, backtest.seed)
    for reading in backtest.readings:
        keyed = keyed_targets() if reading.keyed else ()
        troubles = [*outage_troubles(backtest.outages, reading.severity), *noise]
        for variant in backtest.variants:
            setup = Setup(
                guide=variant.guide,
                targets=(*backtest.targets, *keyed),
                troubles=troubles,
                page=page,
                span=span,
                vantages=backtest.vantages,
                seed=backtest.seed,
            )
            played = replay(setup, _teller(told, f"{reading.name}, {variant.name}", span))
            yield Result(
                reading=reading, variant=variant, score=score_of(setup, backtest.outages, played)
            )


def _teller(told: Told, name: str, span: Span) -> Callable[[float], None]:
    return lambda moment: told(name, min(1.0, (moment - span.begin) / (span.end - span.begin)))
