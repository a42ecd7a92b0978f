"""`claude-exporter export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from claude_exporter.cli.words import examples
from claude_exporter.stack.export import ExistsError
from claude_exporter.stack.export import export as write_files
from claude_exporter.stack.resources import CODE


@click.command(
    epilog=examples(
        "claude-exporter export claude",
        "claude-exporter export claude --force   # a new version over the old",
    )
)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that differ from ours.")
def export(folder: Path, force: bool) -> None:
    """
    Write the rules, dashboards, Alertmanager and Compose files of this version below DIR.

    They name the programs as Docker Compose does (exporter:9529, prometheus:9090,
    alertmanager:9093). For a stack of your own put your addresses there and take prometheus/,
    alerts/ and grafana/ alone; in DIR itself `docker compose up --build` runs all of it, from an
    image of the code that runs here. Nothing is written where a file is in the way.
    """
    try:
        written = write_files(folder, force=force, containers=True)
    except ExistsError as error:
        for path in error.paths:
            click.echo(f"{path}: expected no file or an equal one, found another one", err=True)
        click.echo("nothing was written; --force replaces these files", err=True)
        sys.exit(1)
    code = [path for path in written if path.parts[:2] == CODE.parts]
    for path in written:
        if path not in code:
            click.echo(folder / path)
    click.echo(f"{folder / CODE} ({len(code)} files)")
