"""What is said of a name that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def not_one_of(name: str, known: Sequence[str], what: str) -> str:
    """Say that *name* is none of *known*, and which one was probably meant."""
    near = get_close_matches(name, known, n=1) or [each for each in known if each.startswith(name)]
    meant = f"; did you mean {near[0]}?" if near and name else ""
    return f"expected {what}, one of {', '.join(known)}, not {name!r}{meant}"
