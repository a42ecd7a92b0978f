"""`claude-exporter hook`: what Claude Code runs, and putting it into Claude Code's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claude_exporter.cli.words import TeachingGroup, examples

if TYPE_CHECKING:
    from claude_exporter.claude_code.hook_install import Change

_SETTINGS = click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Default: settings.json in $CLAUDE_CONFIG_DIR, else in ~/.claude.",
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")


@click.group(
    cls=TeachingGroup,
    invoke_without_command=True,
    epilog=examples(
        "claude-exporter hook install --dry-run",
        "claude-exporter hook install",
        "claude-exporter hook uninstall",
    ),
)
@click.pass_context
def hook(ctx: click.Context) -> None:
    """Tell the exporter of turns of Claude Code that ended with an API error.

    Without a subcommand it is the hook itself: it reads what Claude Code says on standard input,
    passes the kind of error on, and exits with 0 within a tenth of a second.
    """
    if ctx.invoked_subcommand is None:
        from claude_exporter.claude_code.hook import main  # noqa: PLC0415  # never returns

        main()


@hook.command(epilog=examples("claude-exporter hook install --dry-run"))
@_SETTINGS
@_DRY_RUN
def install(settings: Path | None, dry_run: bool) -> None:
    """Add the hook to Claude Code's settings; a copy of them is kept."""
    from claude_exporter.claude_code import hook_install  # noqa: PLC0415  # only if asked for

    command = hook_install.own_command()
    _tell(lambda: hook_install.install(_path(settings), command, dry_run=dry_run), dry_run=dry_run)


@hook.command(epilog=examples("claude-exporter hook uninstall"))
@_SETTINGS
@_DRY_RUN
def uninstall(settings: Path | None, dry_run: bool) -> None:
    """Remove the hook from Claude Code's settings, and nothing else."""
    from claude_exporter.claude_code import hook_install  # noqa: PLC0415  # only if asked for

    _tell(lambda: hook_install.uninstall(_path(settings), dry_run=dry_run), dry_run=dry_run)


def _path(settings: Path | None) -> Path:
    from claude_exporter.claude_code.places import claude_folder  # noqa: PLC0415  # as above

    return settings or claude_folder(os.environ, Path.home()) / "settings.json"


def _tell(act: Callable[[], Change], *, dry_run: bool) -> None:
    from claude_exporter.claude_code.hook_install import SettingsError  # noqa: PLC0415  # as above

    try:
        change = act()
    except (SettingsError, OSError) as error:
        click.echo(f"Nothing was changed. {error}", err=True)
        sys.exit(1)
    if not change.changed:
        click.echo(f"{change.path}: nothing to do, {change.said}")
        return
    click.echo(f"{change.path}: {'would be so: ' if dry_run else ''}{change.said}")
    if change.backup is not None:
        click.echo(f"What was there before: {change.backup}")
