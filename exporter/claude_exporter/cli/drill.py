"""`claude-exporter drill`: see the page arrive before it matters."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from claude_exporter.cli.words import examples

_STYLES = {
    "world": "bold magenta",
    "probe": "cyan",
    "verdict": "yellow",
    "alert": "blue",
    "notified": "bold red",
}


def _scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The scenarios there are, for a shell that completes."""
    from claude_exporter.simulator.library import scenario_names  # noqa: PLC0415  # heavy

    del ctx, param
    return [name for name in scenario_names() if name.startswith(incomplete)]


@click.command(
    epilog=examples(
        "claude-exporter drill --list",
        "claude-exporter drill",
        "claude-exporter drill acknowledged-late --speed 60",
    )
)
@click.argument("scenario", default="unacknowledged-outage", shell_complete=_scenarios)
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

    console = Console(highlight=False, soft_wrap=True)
    try:
        if show_list:
            _print_list(console)
            return
        with tempfile.TemporaryDirectory(prefix="claude-drill-") as temporary:
            place = folder or Path(temporary)
            sys.exit(_play(scenario, speed, not no_install, place, console))
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None


def _print_list(console: Console) -> None:
    from claude_exporter.simulator.library import load_scenario, scenario_names  # noqa: PLC0415

    for name in scenario_names():
        console.print(Text.assemble((name, "bold"), f"\n    {load_scenario(name).description}"))


def _play(name: str, speed: float, install: bool, folder: Path, console: Console) -> int:
    from claude_exporter.simulator.library import load_scenario  # noqa: PLC0415
    from claude_exporter.stack.drill import DrillSettings, play  # noqa: PLC0415
    from claude_exporter.stack.drill_record import Event, clock, deviations  # noqa: PLC0415
    from claude_exporter.stack.programs import MissingError  # noqa: PLC0415
    from claude_exporter.stack.supervise import StackError  # noqa: PLC0415

    def show(event: Event) -> None:
        style = _STYLES[event.kind]
        line = Text.assemble(
            (clock(event.at), "dim"), "  ", (f"{event.kind:<9}", style), event.text
        )
        console.print(line)

    scenario = load_scenario(name)
    minutes = scenario.duration / speed / 60
    console.print(Text(f"{scenario.description} ({minutes:.1f} min)"))
    settings = DrillSettings(folder=folder, speed=speed, install=install)
    try:
        seen = asyncio.run(play(scenario, settings, console.print, show))
    except (StackError, MissingError) as error:
        raise click.ClickException(str(error)) from None
    wrong = deviations(scenario, seen)
    for line in wrong:
        console.print(Text(line, style="red"))
    if not wrong:
        console.print(Text("Everything happened as the scenario expects.", style="green"))
    return 1 if wrong else 0
