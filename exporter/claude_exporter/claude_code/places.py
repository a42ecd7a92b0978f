"""Where Claude Code keeps its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def claude_folder(environ: Mapping[str, str], home: Path) -> Path:
    """The folder of settings and transcripts."""
    named = environ.get("CLAUDE_CONFIG_DIR")
    return Path(named) if named else home / ".claude"
