"""Sizes in bytes with their unit: `5MiB`, `512KB`, `100B`."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {
    "GiB": 2**30,
    "GB": 10**9,
    "MiB": 2**20,
    "MB": 10**6,
    "KiB": 2**10,
    "KB": 10**3,
    "B": 1,
}
SIZE_PATTERN: Final = f"^([0-9]{{1,12}})({'|'.join(_UNITS)})$"
"""What a size looks like; the same pattern goes into the JSON Schema."""


def parse_size(text: str) -> int:
    """Bytes of a size like `5MiB`. Raises ValueError with what was expected."""
    match = re.fullmatch(SIZE_PATTERN, text, re.ASCII)
    if match is None:
        hint = f"; add a unit, as in {text}B" if text.isdecimal() else ""
        raise ValueError(f"expected a size like 5MiB or 512KB, not {text[:40]!r}{hint}")
    return int(match[1]) * _UNITS[match[2]]


def format_size(size: int) -> str:
    """Write *size* bytes in the unit that gives the shortest whole number."""
    whole = (f"{size // unit}{name}" for name, unit in _UNITS.items() if size % unit == 0)
    return min(whole, key=len) if size else "0B"
