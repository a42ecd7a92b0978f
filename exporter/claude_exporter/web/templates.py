"""The templates of what people read, and how they write moments and spans."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from claude_exporter import __version__
from claude_exporter.core.words import in_words

_EARLIEST: Final = 0.0
_LATEST: Final = 253_402_300_799.0
"""The end of the year 9999, beyond which no calendar of ours goes."""


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(min(max(moment, _EARLIEST), _LATEST), UTC)


def moment_text(at: float) -> str:
    """`2026-11-26 02:25 UTC`."""
    return _at(at).strftime("%Y-%m-%d %H:%M UTC")


def machine_moment(at: float) -> str:
    """`2026-11-26T02:25:42Z`."""
    return _at(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_to_second(at: float) -> str:
    """`2026-11-26 02:25:42 UTC`."""
    return _at(at).strftime("%Y-%m-%d %H:%M:%S UTC")


def day_text(at: float) -> str:
    """`Thursday, 26 November 2026 (UTC)`."""
    day = _at(at)
    return f"{day:%A}, {day.day} {day:%B %Y} (UTC)"


def clock_text(at: float) -> str:
    """`02:25:42`."""
    return _at(at).strftime("%H:%M:%S")


def plain(word: str) -> str:
    """A name of ours as words."""
    return word.replace("_", " ")


def sentence(text: str) -> str:
    """Its first letter large, the others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("claude_exporter.web", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": moment_text,
        "machine_moment": machine_moment,
        "clock": clock_text,
        "moment_to_second": moment_to_second,
        "words": in_words,
        "plain": plain,
        "sentence": sentence,
    }
    made.globals |= {"version": __version__}
    return made


TEMPLATES: Final = _environment()
