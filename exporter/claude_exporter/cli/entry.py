"""
The console script: `claude-exporter hook` without anything heavy, all else by the click group.

A hook runs inside somebody's session of Claude Code, so it must not even import click.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main() -> None:
    """Run what the command line asks for."""
    if sys.argv[1:] == ["hook"]:
        from claude_exporter.claude_code.hook import main as hook  # noqa: PLC0415  # only if asked

        hook()
        return
    for stream in (sys.stdout, sys.stderr):
        # Not every terminal can show every letter of an incident's title.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    from claude_exporter.cli.main import main as command  # noqa: PLC0415  # imports click

    command()
