"""What Claude Code itself may tell the exporter: counts only, never what was said."""

from __future__ import annotations

from pydantic import Field

from claude_exporter.config.fields import FilePath
from claude_exporter.config.section import Section


class ClaudeCodeConfig(Section):
    """Which sources on the user's own machine are believed."""

    hook: bool = Field(
        default=True,
        description="Take what `claude-exporter hook` reports: turns that ended with an API error.",
    )
    otlp: bool = Field(
        default=False,
        description="Receive Claude Code's telemetry at `/v1/logs` and `/v1/metrics`.",
    )
    transcripts: bool = Field(
        default=False,
        description="Follow Claude Code's transcripts for errors and usage; only counts are kept.",
    )
    folder: FilePath | None = Field(
        default=None,
        description="Claude Code's own folder; `null`: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.",
    )
