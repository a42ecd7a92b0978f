"""What a scheduler runs, and why a run did not happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Skip(StrEnum):
    """
    Why a run did not happen or did not come to its end.

    `overlap`: the one before still ran; `capacity`: no place within its interval; `missed`: the
    machine stood still when it was due; `deadline`: cancelled; `crash`: it raised.
    """

    OVERLAP = "overlap"
    CAPACITY = "capacity"
    MISSED = "missed"
    DEADLINE = "deadline"
    CRASH = "crash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to run every `interval`; `run` is expected to end by itself within `timeout`."""

    name: str
    interval: float
    timeout: float
    run: Callable[[], Awaitable[None]]

    def __post_init__(self) -> None:
        """Refuse what would never be due, or always."""
        if not 0 < self.interval < inf:
            message = f"job {self.name!r}: expected an interval above 0 s, not {self.interval}"
            raise ValueError(message)
