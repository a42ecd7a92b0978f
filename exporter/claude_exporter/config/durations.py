"""Durations as Go and Prometheus write them: `1m30s`, `500ms`, `24h`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_AMOUNT: Final = r"[0-9]{1,9}(?:\.[0-9]{1,40})?"
_UNITS: Final = {
    "d": Decimal(86400),
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
}
DURATION_PATTERN: Final = "^(?=[0-9])" + "".join(f"({_AMOUNT}{unit})?" for unit in _UNITS) + "$"
"""What a duration looks like, largest unit first; the same pattern goes into the JSON Schema."""


def parse_duration(text: str) -> float:
    """Seconds of a duration like `1m30s`. Raises ValueError with what was expected."""
    match = re.fullmatch(DURATION_PATTERN, text, re.ASCII)
    if match is None:
        hint = f"; add a unit, as in {text}s" if re.fullmatch(_AMOUNT, text) else ""
        raise ValueError(f"expected a duration like 30s or 1m30s, not {text[:40]!r}{hint}")
    total = sum(
        (
            Decimal(part.removesuffix(unit)) * size
            for part, (unit, size) in zip(match.groups(), _UNITS.items(), strict=True)
            if part is not None
        ),
        Decimal(0),
    )
    return float(total)


def format_duration(seconds: float) -> str:
    """Write *seconds* (finite, not negative) so that parse_duration reads the same number."""
    minutes, rest = divmod(Decimal(repr(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    parts = f"{hours:f}h" * bool(hours) + f"{minutes:f}m" * bool(minutes)
    if rest >= 1:
        return f"{parts}{_digits(rest)}s"
    return f"{parts}{_digits(rest * 1000)}ms" if rest else parts or "0s"


def _digits(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
