"""Values of strangers' JSON, taken only where they are what they should be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def keys_of(value: object) -> Mapping[str, Any]:
    """*value* where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else _NONE


def text_of(value: object) -> str:
    """*value* where it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def amount_of(value: object) -> float:
    """*value* where it is a finite number that is not negative, else 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if isfinite(number) and number >= 0 else 0.0


def status_of(value: object) -> int | None:
    """*value* where it is an HTTP status, as a number or a text of three digits."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600:
        return value
    return None


def moment_of(value: object) -> float | None:
    """An ISO 8601 time as Unix seconds."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
