"""An Atom feed that a stranger wrote, as an element tree. Pure."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from claude_exporter.sources.statuspage_content import UnreadableError, glimpse_of

ATOM: Final = "{http://www.w3.org/2005/Atom}"


def feed_of(body: bytes) -> ET.Element:
    """The feed that *body* is. Raises UnreadableError."""
    try:
        text = body.decode()
        if "<!doctype" in text.lower():
            raise UnreadableError(f"expected an Atom feed, not {glimpse_of(body)}")
        # Without a DOCTYPE there are no entities to expand, and the body is bounded.
        feed = ET.fromstring(text)  # noqa: S314
    except (UnicodeDecodeError, ET.ParseError, ValueError) as exc:
        raise UnreadableError(f"expected an Atom feed, not {glimpse_of(body)}") from exc
    if feed.tag != f"{ATOM}feed":
        raise UnreadableError(f"expected an Atom feed, not {glimpse_of(body)}")
    return feed
