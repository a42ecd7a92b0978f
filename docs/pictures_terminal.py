"""Pictures of the terminal: real commands against the simulator, 80 columns wide, in colour."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType
from rich.text import Text

from claude_exporter.cli.watch_follow import changes
from claude_exporter.cli.watch_looks import look_of
from claude_exporter.cli.watch_tell import View
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.library import load_scenario
from claude_exporter.simulator.server import Simulator
from claude_exporter.stack.drill_files import write_exporter_config
from claude_exporter.web.answers import verdict_answer

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.incidents import as_statuspage, made_up_history
from support.pictured import played

IMAGES: Final = Path(__file__).parent / "images"
WIDTH: Final = 80
OUTAGE: Final = "unacknowledged-outage"
URL: Final = "http://127.0.0.1:9529"
WATCHED_AT: Final = (1.0, 3.0, 8.0, 14.0)
"""Minutes of the outage at which `watch` looks; it begins with the second one."""


@asynccontextmanager
async def simulated(folder: Path, at: float, name: str = OUTAGE) -> AsyncIterator[Path]:
    """A simulator at one moment, and the configuration that leads to it."""
    scenario = load_scenario(name)
    async with Simulator(scenario.world_at(at)) as simulator:
        write_exporter_config(folder / "exporter.yml", scenario, simulator.network())
        yield folder / "exporter.yml"


async def printed(*words: str) -> str:
    """What a command prints on a terminal of 80 columns, with its colours."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "claude_exporter", *words),
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], **ENVIRON, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)},
    )
    said, _ = await process.communicate()
    return said.decode()


def draw(name: str, title: str, shown: RenderableType) -> None:
    """Write one SVG that asks nobody else's server for its letters."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(shown)
    drawn = console.export_svg(title=title, unique_id=name)
    alone = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    text = "\n".join(line.rstrip() for line in alone.splitlines()) + "\n"
    (IMAGES / f"{name}.svg").write_text(text, encoding="utf-8")


async def commands(folder: Path) -> None:
    """Everything that is a command's own output."""
    async with simulated(folder, 0.0) as config:
        option = f"--config.file={config}"
        said = await printed("check", option, "--no-memory")
        draw("check-calm", "claude-exporter check", Text.from_ansi(said))
        said = await printed("up", option, f"--state-dir={folder / 'up'}", "--for=0s")
        draw("up", "claude-exporter up", Text.from_ansi(said.strip("\n")))
    async with simulated(folder, 840.0) as config:
        option = f"--config.file={config}"
        said = await printed("check", option, "--no-memory", "--failing-for=12m")
        draw("check-outage", "claude-exporter check", Text.from_ansi(said))
        said = await printed("probe", "api-models", option)
        draw("probe", "claude-exporter probe api-models", Text.from_ansi(said))
    said = await printed("drill", OUTAGE)
    draw("drill", f"claude-exporter drill {OUTAGE}", Text.from_ansi(said))
    history = folder / "incidents.json"
    history.write_text(as_statuspage(made_up_history(120)), encoding="utf-8")
    chosen = ("--compare=escalate_after=10m,20m", "--failures=full", "--probes=keyless")
    said = await printed("backtest", str(history), *chosen)
    first = said.split("\n\nBy impact")[0]
    draw("backtest", "claude-exporter backtest incidents.json", Text.from_ansi(first))


async def watched(folder: Path) -> None:
    """The view that `watch` keeps on the screen, as it is in the twelfth minute of the outage."""
    moment = 0.0
    view = View(Console(width=WIDTH), lambda: moment, f"the exporter at {URL}", "Ctrl-C ends it.")
    for minutes in WATCHED_AT:
        exposed = await played(load_scenario(OUTAGE), folder, minutes * 60)
        moment = exposed.clock.now()
        look = look_of(verdict_answer(exposed.exporter.judge(), moment), ())
        view.tell(look, changes(view.known, look.said))
    draw("watch", "claude-exporter watch", view.drawn())


def main() -> None:
    """Write every picture of a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(watched(Path(folder)))
        asyncio.run(commands(Path(folder)))


if __name__ == "__main__":
    main()
