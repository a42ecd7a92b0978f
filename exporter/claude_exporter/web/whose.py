"""Them or us: whose trouble each row of the guide says it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Side(StrEnum):
    """Whose trouble it is."""

    THEM = "them"
    YOU = "you"
    UNCLEAR = "unclear"
    NOBODY = "nobody"


SIDE_OF_ROW: Final[Mapping[str, Side]] = MappingProxyType(
    {
        "our-network": Side.YOU,
        "maintenance": Side.THEM,
        "rate-limited": Side.YOU,
        "login-outage": Side.THEM,
        "account": Side.YOU,
        "silent-incident": Side.THEM,
        "acknowledged": Side.THEM,
        "blip": Side.UNCLEAR,
        "our-request": Side.YOU,
        "real-errors": Side.UNCLEAR,
        "only-claude-code": Side.YOU,
        "one-model": Side.THEM,
        "only-you": Side.YOU,
        "others-report": Side.THEM,
        "unacknowledged": Side.THEM,
        "unconfirmed": Side.UNCLEAR,
        "intermittent": Side.UNCLEAR,
        "partial": Side.UNCLEAR,
        "slow": Side.UNCLEAR,
        "unknown": Side.UNCLEAR,
        "fine": Side.NOBODY,
    }
)

SIDE_WORDS: Final[Mapping[Side, str]] = MappingProxyType(
    {
        Side.THEM: "It is them, not you",
        Side.YOU: "It is on your side",
        Side.UNCLEAR: "Not clear yet",
        Side.NOBODY: "Nobody's: it works",
    }
)


def side_of(row: str) -> Side:
    """Whose trouble a row is; one that a guide of your own adds is not clear."""
    return SIDE_OF_ROW.get(row, Side.UNCLEAR)
