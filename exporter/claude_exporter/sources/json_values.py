"""Values out of JSON that a stranger wrote: a wrong type is a missing value, never an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

TEXT_LIMIT: Final = 200

E = TypeVar("E", bound=StrEnum)


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of at most *limit* printable characters: safe as a label, in a log, on a page."""
    # Cut before looking at each character: a megabyte of name must not cost a second.
    spaced = " ".join(text[: 4 * limit].split())
    return "".join(filter(str.isprintable, spaced))[:limit]


def mapping_of(value: object) -> Mapping[str, object]:
    """The object, empty where it is none."""
    return value if isinstance(value, dict) else {}


def items_of(value: object) -> Sequence[object]:
    """The array, empty where it is none."""
    return value if isinstance(value, list) else ()


def text_of(value: object, default: str = "") -> str:
    """The string, cleaned; *default* where it is none or nothing is left."""
    return (clean(value) if isinstance(value, str) else "") or default


def moment_of(value: object) -> float | None:
    """Unix seconds of an RFC 3339 time with its offset, None for anything else."""
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.timestamp()
    except (ValueError, OverflowError):
        return None


def member_of(kinds: type[E], value: object) -> E:
    """The member of *kinds* with this value, its `unknown` for a value it does not have."""
    text = value if isinstance(value, str) else ""
    return kinds(text) if text in kinds.__members__.values() else kinds("unknown")


def link_of(value: object) -> str | None:
    """The address if it is one a browser may follow, else None."""
    text = text_of(value)
    return text if text.startswith(("https://", "http://")) and " " not in text else None
