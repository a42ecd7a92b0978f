"""`claude-exporter watch`: follows the verdict live."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from claude_exporter.cli.plans import plan_of_file
from claude_exporter.cli.words import Duration, Url, UsageIsNoVerdict, examples
from claude_exporter.core.model import WATCHED

if TYPE_CHECKING:
    from claude_exporter.cli.watch_follow import Teller
    from claude_exporter.cli.watch_looks import Looking

USUAL_URL: Final = "http://127.0.0.1:9529"
EVERY: Final = 5.0
EVERY_ALONE: Final = 60.0
LEAST: Final = 1.0
LEAST_ALONE: Final = 30.0
"""Not oftener: every round asks the status page and Claude's hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What the command line says."""

    url: str | None
    config_file: Path | None
    surfaces: tuple[str, ...]
    every: float | None
    until_fine: bool
    stop_after: float | None
    as_json: bool


@click.command(
    cls=UsageIsNoVerdict,
    epilog=examples(
        "claude-exporter watch",
        "claude-exporter watch --until-fine   # rings, exits with 0, when it is over",
        "claude-exporter watch --surface api --until-fine --for 2h && ./release",
        "claude-exporter watch --url https://user:password@claude.example.com",
        "claude-exporter watch --json >> verdicts.jsonl",
    ),
)
@click.option(
    "--url",
    type=Url(),
    metavar="URL",
    help=f"The exporter to ask.  [default: {USUAL_URL}; where none answers there, probe from here]",
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Ask no exporter: probe from here, with this configuration.",
)
@click.option(
    "--surface",
    "surfaces",
    multiple=True,
    type=click.Choice([each.value for each in WATCHED]),
    help="Watch only this one; may be given several times.",
)
@click.option(
    "--every",
    type=Duration(),
    metavar="DURATION",
    help=f"How often to look.  [default: {EVERY:g}s; from here {EVERY_ALONE:g}s]",
)
@click.option("--until-fine", is_flag=True, help="Ring and end when everything watched works.")
@click.option("--for", "stop_after", type=Duration(), metavar="DURATION", help="End after so long.")
@click.option("--json", "as_json", is_flag=True, help="Print changes as JSON, one a line.")
def watch(**options: Any) -> None:  # noqa: ANN401  # click's own
    """Follow the verdict live, until Ctrl-C.

    On a terminal a view that stays; in a pipe one line for each change. Asks a running exporter;
    where none answers, it probes from here as `check` does.

    Exit status: 0 after Ctrl-C, or when it is fine with --until-fine (130 where Ctrl-C came first);
    after --for that of the last verdict, as `check`: 0 fine, 1 wait, 2 troubleshoot, 3 escalate,
    4 could not tell.
    """
    wanted = _Wanted(**options)
    if wanted.url is not None and wanted.config_file is not None:
        raise click.UsageError("expected --url or --config.file, not both")
    sys.exit(asyncio.run(_watch(wanted)))


async def _watch(wanted: _Wanted) -> int:
    from claude_exporter.cli.watch_follow import Follow  # noqa: PLC0415  # keeps --help quick
    from claude_exporter.runtime.stopping import stop_asked  # noqa: PLC0415

    async with stop_asked() as asked, _looking(wanted) as (looking, usual, least):
        pause = usual if wanted.every is None else wanted.every
        if pause < least:
            click.echo(f"--every {pause:g}s is too often here: every {least:g}s", err=True)
        with _teller(looking.where, wanted) as teller:
            follow = Follow(looking, teller, max(pause, least), wanted.until_fine)
            status = await follow.run(asked, wanted.stop_after)
    if wanted.until_fine and status == 0:
        _ring()
    return status


@contextlib.asynccontextmanager
async def _looking(wanted: _Wanted) -> AsyncIterator[tuple[Looking, float, float]]:
    """What to look at, how often usually, and how seldom at least."""
    from claude_exporter.cli.watch_looks import Alone, Exporter, client_for  # noqa: PLC0415

    if wanted.config_file is None:
        url = wanted.url or USUAL_URL
        async with client_for(url) as client:
            exporter = Exporter(client, url, wanted.surfaces)
            first = await exporter.look()
            if not first.trouble:
                yield exporter, EVERY, LEAST
                return
        if wanted.url is not None:
            click.echo(f"{exporter.where}: {first.trouble}", err=True)
            sys.exit(4)
        click.echo(f"no exporter answers at {USUAL_URL}: probing from here", err=True)
    yield Alone(plan_of_file(wanted.config_file, 4), wanted.surfaces), EVERY_ALONE, LEAST_ALONE


@contextlib.contextmanager
def _teller(where: str, wanted: _Wanted) -> Iterator[Teller]:
    from claude_exporter.cli.terminal import words_to  # noqa: PLC0415
    from claude_exporter.cli.watch_tell import Lines, View  # noqa: PLC0415

    console = words_to()
    alive = sys.stdout.isatty() and not console.is_dumb_terminal
    if wanted.as_json or not alive:
        yield Lines(time.time, as_json=wanted.as_json)
        return
    rings = "Rings and ends when all of it is fine; Ctrl-C ends it now."
    ends = rings if wanted.until_fine else "Ctrl-C ends it."
    view = View(console, time.time, where, ends)
    with view.live:
        yield view


def _ring() -> None:
    """A bell for whoever is at the terminal; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo("\a", nl=False, err=True)
