"""`claude-exporter support-bundle`: what a support request needs, without any secret."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claude_exporter.cli.plans import plan_of_file
from claude_exporter.cli.words import Url, examples

if TYPE_CHECKING:
    pass


@click.command(
    "support-bundle",
    epilog=examples(
        "claude-exporter support-bundle",
        "claude-exporter support-bundle --stdout",
        "claude-exporter support-bundle --out request-4711.zip",
    ),
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Default: none, the built-in configuration needs no file.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="claude-support-TIME.zip",
    help="A file that ends in .zip, or a folder.",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="Print the letter; write no file.")
@click.option(
    "--exporter",
    type=Url(),
    default="http://127.0.0.1:9529",
    show_default=True,
    metavar="URL",
    help="A running exporter, asked for what it remembers.",
)
def support_bundle(
    config_file: Path | None, out: Path | None, to_stdout: bool, exporter: str
) -> None:
    """Write what a support request needs, without any secret.

    Error texts with request ids, times, configuration without keys, versions, probe log, status
    page and the steps tried: report.md to paste, report.json and probes.log. Read it before you
    send it.
    """
    from claude_exporter.cli.terminal import working  # noqa: PLC0415
    from claude_exporter.support.collect import collect  # noqa: PLC0415
    from claude_exporter.support.pack import LETTER, bundle_files, write_bundle  # noqa: PLC0415

    plan = plan_of_file(config_file)
    with working("gathering evidence: probes, status page, exporter, Claude Code"):
        evidence = asyncio.run(collect(plan, exporter, os.environ))
    files = bundle_files(evidence, os.environ)
    if to_stdout:
        click.echo(files[LETTER], nl=False)
        return
    stamp = datetime.fromtimestamp(evidence.at, UTC).strftime("%Y%m%dT%H%M%SZ")
    place = out or Path(f"claude-support-{stamp}.zip")
    try:
        written = write_bundle(files, place)
    except OSError as error:
        raise click.ClickException(f"{place}: cannot be written: {error.strerror}") from None
    for path in written:
        click.echo(path)
