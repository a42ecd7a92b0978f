"""What people elsewhere say, in one sentence for the page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .headline import in_a_row

_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {"reddit": "Reddit", "hacker_news": "Hacker News"}
)


def others_text(above: Mapping[str, bool | None]) -> str:
    """Where more people than usual report trouble, if anywhere; *above* by name of the place."""
    loud = [_PLACES.get(name, f"“{name}”") for name, more in above.items() if more]
    if not loud:
        return ""
    return f"More people than usual report trouble with Claude, too: on {in_a_row(loud)}."
