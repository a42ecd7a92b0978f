"""What the sources find, stripped of everything that is not a count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import Sign

NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


class Source(StrEnum):
    """Where a fact came from; what OTLP says twice, as events and as metrics, is told apart."""

    HOOK = "hook"
    OTLP = "otlp"
    OTLP_RETRIES = "otlp_retries"
    OTLP_METRICS = "otlp_metrics"
    TRANSCRIPTS = "transcripts"


SHOWN: Final = (Source.HOOK, Source.OTLP, Source.TRANSCRIPTS)
"""The sources that a user switches on."""


class Problem(StrEnum):
    """Why something of a source could not be used."""

    UNREADABLE = "unreadable"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    OVERFLOW = "overflow"


class TokenType(StrEnum):
    """The kinds of tokens, with the names that Claude Code's own metric gives them."""

    INPUT = "input"
    OUTPUT = "output"
    CACHE_READ = "cacheRead"
    CACHE_CREATION = "cacheCreation"


class Activity(StrEnum):
    """What people did with Claude Code; only its metrics tell."""

    SESSIONS = "sessions"
    COMMITS = "commits"
    PULL_REQUESTS = "pull_requests"
    LINES_ADDED = "lines_added"
    LINES_REMOVED = "lines_removed"
    ACTIVE_SECONDS = "active_seconds"


@dataclass(frozen=True, slots=True)
class Failed:
    """One failure that a user saw, at a moment in Unix seconds."""

    at: float
    sign: Sign
    model: object = None


@dataclass(frozen=True, slots=True)
class Retried:
    """Attempts that failed and were made again; nobody saw them."""

    sign: Sign
    model: object = None
    count: float = 1.0


@dataclass(frozen=True, slots=True)
class Used:
    """What requests used: *requests* of them that succeeded, tokens by type, cost in US dollars."""

    model: object = None
    at: float = 0.0
    requests: float = 0.0
    tokens: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """So much of one activity."""

    activity: Activity
    amount: float


Fact = Failed | Retried | Used | Done
