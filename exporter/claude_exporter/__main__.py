"""`python -m claude_exporter` is the `claude-exporter` command."""

from __future__ import annotations

from claude_exporter.cli.entry import main

main()
