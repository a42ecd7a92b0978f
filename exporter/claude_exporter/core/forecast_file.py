"""The curve of the forecast as a JSON file: what `forecast --fit` writes and everything reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from .forecast import Clock, Curve, Effect, Scope
from .page_model import IncidentPhase
from .survival import Hazard

CURVE_NAME: Final = "forecast.json"
ABOUT: Final = "Written by `claude-exporter forecast --fit`. Seconds; rates per second."


def shipped_curve() -> Curve:
    """The curve that comes with the program."""
    text = files("claude_exporter.core").joinpath(CURVE_NAME).read_text(encoding="utf-8")
    return curve_of_text(text, CURVE_NAME)


def curve_of_text(text: str, name: str) -> Curve:
    """Read a curve; a ValueError says where, what was wanted, and what was found."""
    try:
        return _curve_of(json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"{name}:{error.lineno}: expected JSON, but {error.msg}") from error
    except KeyError as error:
        raise ValueError(f"{name}: expected a curve with the field {error}, found none") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{name}: expected a curve as `forecast --fit` writes it: {error}"
        ) from error


def text_of_curve(curve: Curve) -> str:
    """Write a curve: the same curve always gives the same text."""
    document = {
        "about": ABOUT,
        "counts": dict(curve.counts),
        "posted": _document_of_clock(curve.posted),
        "onset": _document_of_clock(curve.onset),
        "phases": {key.value: _document_of_effect(it) for key, it in curve.phases.items()},
        "scopes": {key.value: _document_of_effect(it) for key, it in curve.scopes.items()},
    }
    return json.dumps(document, indent=1) + "\n"


def _curve_of(document: Mapping[str, Any]) -> Curve:
    phases = {IncidentPhase(key): _effect_of(it) for key, it in document["phases"].items()}
    scopes = {Scope(key): _effect_of(it) for key, it in document["scopes"].items()}
    return Curve(
        posted=_clock_of(document["posted"]),
        onset=_clock_of(document["onset"]),
        phases=MappingProxyType(phases),
        scopes=MappingProxyType(scopes),
        counts=MappingProxyType({str(key): int(it) for key, it in document["counts"].items()}),
    )


def _clock_of(document: Mapping[str, Any]) -> Clock:
    open_after = tuple((float(age), int(count)) for age, count in document["open_after"])
    if not open_after or open_after[0][0] != 0 or list(open_after) != sorted(open_after):
        raise ValueError(f"open_after: expected ages that rise from 0, not {open_after}")
    return Clock(
        hazard=Hazard(_floats(document["starts"]), _floats(document["rates"])),
        open_after=open_after,
        incidents=int(document["incidents"]),
        source=str(document["source"]),
    )


def _effect_of(document: Mapping[str, Any]) -> Effect:
    # A ratio is a rate beside a rate of 1, and its pieces are pieces: the same rules hold.
    pieces = Hazard(_floats(document["starts"]), _floats(document["ratios"]))
    return Effect(incidents=int(document["incidents"]), starts=pieces.starts, ratios=pieces.rates)


def _floats(values: list[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _document_of_clock(clock: Clock) -> dict[str, Any]:
    return {
        "source": clock.source,
        "incidents": clock.incidents,
        "starts": clock.hazard.starts,
        "rates": [_rounded(rate) for rate in clock.hazard.rates],
        "open_after": clock.open_after,
    }


def _document_of_effect(effect: Effect) -> dict[str, Any]:
    return {
        "incidents": effect.incidents,
        "starts": effect.starts,
        "ratios": [_rounded(ratio) for ratio in effect.ratios],
    }


def _rounded(figure: float) -> float:
    return float(f"{figure:.5g}")
