"""Names of models as label values: known, bounded, and never anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from claude_exporter.claude_code.hook import MODEL_PATTERN

LIMIT: Final = 50
LENGTH: Final = 80
UNKNOWN: Final = "unknown"
"""No model was told."""
OTHER: Final = "other"
"""A name that is none, or one more than are kept apart."""

_GOOD: Final = re.compile(MODEL_PATTERN)
# An account number inside the name of a cloud provider's profile; a date has only eight digits.
_NUMBER: Final = re.compile(r"[0-9]{9}")
_SYNTHETIC: Final = "<synthetic>"


class ModelNames:
    """Gives at most LIMIT names of models a label value of their own."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: dict[str, None] = {}
        for name in known:
            self.label(name)

    def label(self, name: object) -> str:
        """The label value for *name*."""
        if not isinstance(name, str) or name in ("", UNKNOWN, _SYNTHETIC):
            return UNKNOWN
        short = name[:LENGTH]
        if short in self._known:
            return short
        full = len(self._known) >= LIMIT
        if full or short == OTHER or not _GOOD.fullmatch(short) or _NUMBER.search(short):
            return OTHER
        self._known[short] = None
        return short
