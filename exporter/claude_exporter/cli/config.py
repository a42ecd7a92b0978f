"""`claude-exporter config`: check, show or describe the configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from claude_exporter.cli.words import TeachingGroup, counted_of, examples
from claude_exporter.config.errors import ConfigErrors
from claude_exporter.config.load import Loaded, read_config
from claude_exporter.config.warnings import warnings_of

_FILE = click.argument("file", required=False, type=click.Path(path_type=Path))
_OPTION = click.option(
    "--config.file",
    "option",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same as FILE, as the other commands name it.",
)


@click.group(
    cls=TeachingGroup,
    epilog=examples(
        "claude-exporter config check exporter.yml",
        "claude-exporter config show",
        "claude-exporter config schema > exporter.schema.json",
    ),
)
def config() -> None:
    """Check, show or describe the configuration."""


@config.command(epilog=examples("claude-exporter config check exporter.yml"))
@_FILE
@_OPTION
def check(file: Path | None, option: Path | None) -> None:
    """Say every mistake of FILE with its place, or that it is ok; without FILE the default."""
    loaded = _loaded(file, option)
    for warning in warnings_of(loaded.config):
        click.echo(f"warning: {warning}", err=True)
    from claude_exporter.runtime.budget import cost_text, limits_of  # noqa: PLC0415  # as below

    targets = loaded.config.build_targets()
    if cost := cost_text(targets, limits_of(loaded.config.api_probes)):
        click.echo(f"cost: {cost}")
    pages = len(loaded.config.status_pages)
    counted = (counted_of(len(targets), "target"), counted_of(pages, "page"))
    click.echo(f"ok: {', '.join(counted)}")


@config.command(epilog=examples("claude-exporter config show exporter.yml"))
@_FILE
@_OPTION
def show(file: Path | None, option: Path | None) -> None:
    """Print the configuration in force, FILE over the default, with secrets hidden."""
    from claude_exporter.config.show import annotated_yaml  # noqa: PLC0415  # as the commands

    click.echo(annotated_yaml(_loaded(file, option)), nl=False)


@config.command(epilog=examples("claude-exporter config schema > exporter.schema.json"))
def schema() -> None:
    """Print the JSON Schema of the configuration file, for editors."""
    from claude_exporter.config.schema import file_schema  # noqa: PLC0415  # as the commands

    click.echo(json.dumps(file_schema(), indent=2))


def _loaded(file: Path | None, option: Path | None) -> Loaded:
    if file is not None and option is not None:
        raise click.UsageError("expected FILE or --config.file, not both")
    try:
        return read_config(file or option, os.environ)
    except ConfigErrors as exc:
        click.echo(str(exc), err=True)
        raise click.exceptions.Exit(1) from None
