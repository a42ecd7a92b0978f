"""
The console script: `claude-exporter hook` without anything heavy, all else by the click group.

A hook runs inside somebody's session of Claude Code, so it must not even import click.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run what the command line asks for."""
    if sys.argv[1:] == ["hook"]:
        from claude_exporter.claude_code.hook import main as hook  # noqa: PLC0415  # only if asked

        hook()
        return
    from claude_exporter.cli.main import main as command  # noqa: PLC0415  # imports click

    command()
