"""Make the pictures of the documentation: `make pictures`. What they show really happened."""

from __future__ import annotations

import asyncio
import io
import os
import re
import tempfile
from pathlib import Path

import pictures_page
from rich.console import Console

from claude_exporter.cli.check_report import print_report
from claude_exporter.config import load_config
from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.forecast_file import shipped_curve
from claude_exporter.runtime.checkup import Checkup, assume_failing_since, check_up
from claude_exporter.runtime.clock import SystemClock
from claude_exporter.runtime.plan import plan_of
from claude_exporter.simulator.library import load_scenario
from claude_exporter.simulator.server import Simulator
from claude_exporter.stack.drill_files import write_exporter_config

IMAGES = Path(__file__).parent / "images"


async def outage(folder: Path) -> Checkup:
    """A check 12 minutes into an outage that nobody has acknowledged."""
    scenario = load_scenario("unacknowledged-outage")
    async with Simulator(scenario.world_at(840.0)) as simulator:
        config = folder / "exporter.yml"
        write_exporter_config(config, scenario, simulator.network())
        plan = plan_of(load_config(config, os.environ))
        evaluator = Evaluator(plan.guide, plan.targets, curve=shipped_curve())
        now = SystemClock().now()
        assume_failing_since(evaluator, now - 720, now)
        return await check_up(plan, evaluator, SystemClock())


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(outage(Path(folder)))
    console = Console(record=True, width=88, file=io.StringIO(), force_terminal=True)
    print_report(found, console)
    drawn = console.export_svg(title="claude-exporter check")
    # A picture that asks nobody else's server for its letters.
    alone = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    (IMAGES / "check-outage.svg").write_text(alone, encoding="utf-8")
    pictures_page.main()


main()
