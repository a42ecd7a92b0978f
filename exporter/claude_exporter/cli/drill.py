"""`claude-exporter drill`: see the page arrive before it matters."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from claude_exporter.cli.completing import scenarios
from claude_exporter.cli.terminal import Trimmed, hanging, indented, words_to, working
from claude_exporter.cli.words import examples
from claude_exporter.core.words import in_words

_STYLES = {
    "world": "bold magenta",
    "probe": "cyan",
    "verdict": "yellow",
    "alert": "blue",
    "notified": "bold red",
}


@click.command(
    epilog=examples(
        "claude-exporter drill --list",
        "claude-exporter drill",
        "claude-exporter drill acknowledged-late --speed 60",
    )
)
@click.argument("scenario", default="unacknowledged-outage", shell_complete=scenarios)
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=20.0,
    show_default=True,
    help="How many times as fast time runs; 1 plays it at its real length.",
)
@click.option("--list", "show_list", is_flag=True, help="Name the scenarios and what they play.")
@click.option("--no-install", is_flag=True, help="Never install Prometheus or Alertmanager.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where files and logs stay; default: a temporary folder that is removed.",
)
def drill(
    scenario: str, speed: float, show_list: bool, no_install: bool, folder: Path | None
) -> None:
    """Play an outage of a simulated Claude through the real stack.

    SCENARIO is one of `--list`, or the path of a file of your own. The real exporter, Prometheus
    and Alertmanager run on loopback; nothing reaches the internet and no real page is sent.

    Exit status: 0 when verdicts and notifications were those the scenario expects, 1 when not.
    """
    from claude_exporter.simulator.library import ScenarioError  # noqa: PLC0415  # heavy

    out = words_to()
    try:
        if show_list:
            _print_list(out)
            return
        with tempfile.TemporaryDirectory(prefix="claude-drill-") as temporary:
            place = folder or Path(temporary)
            sys.exit(_play(scenario, speed, not no_install, place, out))
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None


def _print_list(out: Console) -> None:
    from claude_exporter.simulator.library import load_scenario, scenario_names  # noqa: PLC0415

    for name in scenario_names():
        out.print(Text(name, "bold"))
        out.print(indented(Text(load_scenario(name).description), 4))


def _play(name: str, speed: float, install: bool, folder: Path, out: Console) -> int:
    from claude_exporter.simulator.library import load_scenario  # noqa: PLC0415
    from claude_exporter.stack.drill import DrillSettings, play  # noqa: PLC0415
    from claude_exporter.stack.drill_record import Event, clock, deviations  # noqa: PLC0415
    from claude_exporter.stack.programs import MissingError  # noqa: PLC0415
    from claude_exporter.stack.supervise import StackError  # noqa: PLC0415

    def show(event: Event) -> None:
        head = Text.assemble(
            (f"{clock(event.at)}  ", "dim"), (f"{event.kind:<9}", _STYLES[event.kind])
        )
        out.print(Trimmed(hanging(head, event.text)))

    scenario = load_scenario(name)
    if scenario.needs_company:
        raise click.ClickException(
            f"{name} says what another vantage sees; a drill has one machine: the tests play it"
        )
    lasts = in_words(scenario.duration / speed)
    told = f"{scenario.description} Here it takes {lasts}, and the start some seconds."
    out.print(Trimmed(Text(told)))
    settings = DrillSettings(folder=folder, speed=speed, install=install)
    with working(f"drill of {lasts}: {name}", beside=out):
        try:
            seen = asyncio.run(play(scenario, settings, lambda text: out.print(Text(text)), show))
        except (StackError, MissingError) as error:
            raise click.ClickException(str(error)) from None
    wrong = deviations(scenario, seen)
    for line in wrong:
        out.print(Text(line, style="red"))
    if not wrong:
        out.print(Text("Everything happened as the scenario expects.", style="green"))
    return 1 if wrong else 0
