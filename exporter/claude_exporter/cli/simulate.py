"""`claude-exporter simulate`: a Claude on this machine that breaks as a scenario says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

from claude_exporter.cli.completing import scenarios
from claude_exporter.cli.terminal import Trimmed, hanging, words_to
from claude_exporter.cli.words import examples

MARK: Final = "# Written by claude-exporter simulate, and removed by it.\n"

if TYPE_CHECKING:
    from claude_exporter.probers.spec import NetworkSettings
    from claude_exporter.simulator.scenario import Scenario
    from claude_exporter.simulator.world import World


@click.command(
    epilog=examples(
        "claude-exporter simulate --write-config exporter.yml",
        "claude-exporter simulate local-network-down --write-config exporter.yml",
        "claude-exporter serve --config.file exporter.yml    # in another terminal",
    )
)
@click.argument("scenario", default="unacknowledged-outage", shell_complete=scenarios)
@click.option(
    "--write-config",
    "config",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write here the configuration with which an exporter meets the simulated Claude.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=1.0,
    show_default=True,
    help="How many times as fast its time runs. Rules and thresholds do not: see drill.",
)
@click.option("--repeat", is_flag=True, help="Begin again at the end, until Ctrl-C.")
def simulate(scenario: str, config: Path, speed: float, repeat: bool) -> None:
    """Play a scenario on loopback, for an exporter that you run.

    Claude's hosts, the status page and the control hosts, with certificates and a DNS server of
    their own; nothing reaches the internet. FILE and the .ca.pem beside it are removed at the end;
    a FILE that somebody else wrote is never touched.
    """
    from claude_exporter.simulator.library import ScenarioError, load_scenario  # noqa: PLC0415

    out = words_to()
    try:
        chosen = load_scenario(scenario)
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    _make_room(config)
    try:
        asyncio.run(_play(chosen, config.absolute(), speed, repeat, out))
    except OSError as error:
        raise click.ClickException(f"{config}: cannot be written: {error.strerror}") from None


def _make_room(config: Path) -> None:
    """What an earlier simulator left leads nowhere; what somebody else wrote stays."""
    if not config.exists():
        return
    if MARK not in config.read_text(encoding="utf-8", errors="replace"):
        raise click.ClickException(
            f"{config}: expected no file, or one that simulate wrote; found another one"
        )
    config.unlink()


@contextmanager
def _configured(scenario: Scenario, network: NetworkSettings, config: Path) -> Iterator[None]:
    """The way to the simulator is in *config* meanwhile: all of it at once, or not at all."""
    from claude_exporter.stack.drill_files import write_exporter_config  # noqa: PLC0415  # heavy

    authority, made = config.with_suffix(".ca.pem"), config.with_suffix(".new")
    try:
        shutil.copyfile(str(network.ca_file), authority)
        write_exporter_config(made, scenario, replace(network, ca_file=str(authority)))
        made.write_text(MARK + made.read_text(encoding="utf-8"), encoding="utf-8")
        made.replace(config)
        yield
    finally:
        for written in (config, authority, made):
            with suppress(FileNotFoundError):
                written.unlink()


async def _play(scenario: Scenario, config: Path, speed: float, repeat: bool, out: Console) -> None:
    from claude_exporter.runtime.clock import SystemClock  # noqa: PLC0415  # heavy
    from claude_exporter.runtime.stopping import stop_asked  # noqa: PLC0415
    from claude_exporter.simulator.player import Player  # noqa: PLC0415
    from claude_exporter.simulator.server import Simulator  # noqa: PLC0415
    from claude_exporter.stack.drill_record import clock, story  # noqa: PLC0415

    async def tell(world: World) -> None:
        out.print(Trimmed(hanging(Text(clock(world.at), "dim"), story(scenario, world.at))))

    async with stop_asked() as asked, Simulator(scenario.world_at(0.0)) as simulator:
        with _configured(scenario, simulator.network(), config):
            out.print(Trimmed(Text(scenario.description)))
            out.print(Text(f"Configuration: {config}"), soft_wrap=True)
            stopping = asyncio.create_task(asked.wait())
            again = True
            while again and not asked.is_set():
                await simulator.apply(scenario.world_at(0.0))
                player = Player(scenario, simulator, SystemClock(), scale=speed, on_change=tell)
                playing = asyncio.create_task(player.play())
                await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                player.stop()
                await playing
                again = repeat
            stopping.cancel()
