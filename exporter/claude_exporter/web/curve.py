"""The forecast as a small curve: how likely it is over by then, from now to two hours ahead."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from claude_exporter.core.forecast import HORIZONS, Forecast, ForecastEvent
from claude_exporter.core.words import in_words

WIDTH: Final = 300.0
_LEFT, _TOP, _HEIGHT = 38.0, 8.0, 84.0
_END: Final = HORIZONS[-1]
_STEP: Final = 300.0
_AXIS: Final[dict[float, str]] = {0.0: "now", 1800.0: "30 min", 3600.0: "60 min", 7200.0: "2 h"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knot:
    """One probability, at its place in the picture."""

    span: str
    percent: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveView:
    """A forecast as the page draws and says it."""

    event: str
    line: str
    area: str
    knots: tuple[Knot, ...]
    ticks: tuple[tuple[float, str], ...]
    half: float
    basis: str
    median: str


def curve_view(forecast: Forecast) -> CurveView:
    """The picture's geometry and words."""
    moments = [_STEP * number for number in range(int(_END / _STEP) + 1)]
    points = " ".join(f"{_x(at):.0f} {_y(likely_by(forecast, at)):.1f}" for at in moments)
    return CurveView(
        event=_event(forecast),
        line=f"M{points}",
        area=f"M{_x(0):.0f} {_y(0):.0f} {points} {_x(_END):.0f} {_y(0):.0f}Z",
        knots=tuple(
            Knot(
                span=in_words(span),
                percent=round(100 * share),
                x=round(_x(span)),
                y=round(_y(share), 1),
            )
            for span, share in forecast.within.items()
        ),
        ticks=tuple((round(_x(at)), text) for at, text in _AXIS.items()),
        half=_y(0.5),
        basis=forecast.basis,
        median=in_words(forecast.median_remaining),
    )


def likely_by(forecast: Forecast, at: float) -> float:
    """The probability between the stated ones, as if things ended at an even rate in between."""
    knots = [(0.0, 0.0), *sorted(forecast.within.items())]
    for (start, low), (end, high) in pairwise(knots):
        if at <= end:
            share = (at - start) / (end - start)
            left = 1 - low
            return 1 - left * ((1 - high) / left) ** share if left else 1.0
    return knots[-1][1]


def _event(forecast: Forecast) -> str:
    resolved = forecast.event is ForecastEvent.RESOLVED
    return "the status page calls it resolved" if resolved else "it works again"


def _x(at: float) -> float:
    return _LEFT + (WIDTH - _LEFT - 16) * at / _END


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)
