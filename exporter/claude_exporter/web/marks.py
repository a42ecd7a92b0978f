"""The signs of the verdict that need no colour: on the page, and in a browser's tab."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": '<path d="M2.5 8.5l4 4 7-9"/>',
        "wait": '<circle cx="8" cy="8" r="6.2"/><path d="M8 4.5V8l2.5 2"/>',
        "troubleshoot": '<circle cx="6.7" cy="6.7" r="4.7"/><path d="M10.2 10.2l4.3 4.3"/>',
        "escalate": '<path d="M8 1.8L14.8 14H1.2zM8 6.3v3.4M8 11.7v.4"/>',
        "unknown": '<path d="M4.8 5.2a3.2 3.2 0 1 1 4.6 2.9C8.4 8.6 8 9.2 8 10.4M8 13v.4"/>',
    }
)
"""A tick, a clock, a magnifying glass, a warning triangle, a question mark; 16 by 16, stroked."""

_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": "#1d6aa2",
        "wait": "#7d5800",
        "troubleshoot": "#a14405",
        "escalate": "#a8123e",
        "unknown": "#555d67",
    }
)


def icon_svg(kind: str) -> str:
    """The mark of a kind, white on a disc of its colour."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="8" fill="{_COLOURS[kind]}"/>'
        '<g transform="translate(2.9 2.7) scale(.64)" fill="none" stroke="#fff" stroke-width="2.6" '
        f'stroke-linecap="round" stroke-linejoin="round">{MARKS[kind]}</g></svg>\n'
    )
