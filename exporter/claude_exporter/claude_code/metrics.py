"""The metric families of Claude Code's own signals."""

from __future__ import annotations

from typing import Final

from claude_exporter.web.metrics import Desc

ERRORS: Final = Desc(
    "claude_code_errors_total",
    "counter",
    "Failures that users of Claude Code saw, after its own retries, each counted once.",
    ("model", "sign"),
)
RETRIES: Final = Desc(
    "claude_code_retries_total",
    "counter",
    "Attempts of Claude Code that failed and were made again, which nobody saw.",
    ("model", "sign"),
)
REQUESTS: Final = Desc(
    "claude_code_requests_total", "counter", "Requests of Claude Code that succeeded.", ("model",)
)
TOKENS: Final = Desc(
    "claude_code_tokens_total",
    "counter",
    "Tokens that Claude Code used, by type.",
    ("model", "type"),
)
COST: Final = Desc(
    "claude_code_cost_usd_total",
    "counter",
    "What Claude Code's requests cost by its own estimate, in US dollars.",
    ("model",),
)
ACTIVITY: Final = Desc(
    "claude_code_activity_total",
    "counter",
    "What was done with Claude Code by its own metrics: counts, lines, and seconds at work.",
    ("activity",),
)
SOURCE_UP: Final = Desc(
    "claude_code_source_up",
    "gauge",
    "Whether the source can be read; no sample while it is switched off.",
    ("source",),
)
SOURCE_LAST_EVENT: Final = Desc(
    "claude_code_source_last_event_timestamp_seconds",
    "gauge",
    "When the source last told something that counts, in Unix time; no sample before.",
    ("source",),
)
SOURCE_PROBLEMS: Final = Desc(
    "claude_code_source_problems_total",
    "counter",
    "What could not be used of the source, by reason.",
    ("source", "reason"),
)

CLAUDE_CODE_FAMILIES: Final = (
    ERRORS,
    RETRIES,
    REQUESTS,
    TOKENS,
    COST,
    ACTIVITY,
    SOURCE_UP,
    SOURCE_LAST_EVENT,
    SOURCE_PROBLEMS,
)
