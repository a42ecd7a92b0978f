"""`claude-exporter up`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claude_exporter.cli.words import Duration, examples

if TYPE_CHECKING:
    from claude_exporter.stack.up import Ready


@click.command(
    epilog=examples(
        "claude-exporter up",
        "claude-exporter up --config.file exporter.yml",
        "claude-exporter up --state-dir /var/tmp/claude --for 10m",
    )
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The exporter's configuration; without it the built-in one, which needs no key.",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data, logs and generated files are kept.  [default: "
    "$XDG_STATE_HOME/claude-exporter/up, or ~/.local/state/claude-exporter/up]",
)
@click.option(
    "--listen",
    metavar="HOST",
    default="127.0.0.1",
    show_default=True,
    help="The address that every program listens on. Nothing asks for a password.",
)
@click.option("--no-install", is_flag=True, help="Never install a missing program, even as root.")
@click.option(
    "--for",
    "stop_after",
    type=Duration(),
    metavar="DURATION",
    help="Stop this long after everything is ready (0s: at once); for scripts and tests.",
)
def up(
    config_file: Path | None,
    state_dir: Path | None,
    listen: str,
    no_install: bool,
    stop_after: float | None,
) -> None:
    """
    Run exporter, Prometheus and Alertmanager on this machine until Ctrl-C.

    Missing programs are installed where that is possible (root on Debian) and named where it is
    not. A port that is taken is replaced by the next free one. Grafana runs too where it is on the
    PATH. When one program ends by itself, its last log lines are shown and all are stopped.
    """
    from claude_exporter.cli.terminal import words_to, working  # noqa: PLC0415
    from claude_exporter.cli.up_report import show_ready  # noqa: PLC0415
    from claude_exporter.stack.up import UpSettings, run_stack, state_folder  # noqa: PLC0415

    folder = (state_dir or state_folder(os.environ)).absolute()
    settings = UpSettings(
        folder=folder,
        host=listen,
        config_file=None if config_file is None else config_file.absolute(),
        install=not no_install,
        stop_after=stop_after,
    )
    out = words_to()
    with ExitStack() as moving:
        moving.enter_context(working("starting; the first probes take a few seconds", beside=out))

        def show(ready: Ready) -> None:
            moving.close()
            show_ready(ready, folder, out)

        _run(run_stack(settings, lambda text: out.print(text, soft_wrap=True), show))
    click.echo("stopped")


def _run(stack: Coroutine[Any, Any, None]) -> None:
    from claude_exporter.stack.programs import MissingError  # noqa: PLC0415  # keeps --help quick
    from claude_exporter.stack.supervise import StackError  # noqa: PLC0415

    try:
        asyncio.run(stack)
    except (MissingError, StackError) as error:
        click.echo(f"claude-exporter up: {error}", err=True)
        sys.exit(1)
