"""`claude-exporter check`: the quick guide as a command."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claude_exporter.cli.plans import plan_of_file
from claude_exporter.cli.words import Duration, UsageIsNoVerdict, examples

if TYPE_CHECKING:
    from claude_exporter.core.evaluator import Evaluator
    from claude_exporter.runtime.checkup import Checkup
    from claude_exporter.runtime.plan import Plan


@click.command(
    cls=UsageIsNoVerdict,
    epilog=examples(
        "claude-exporter check",
        "claude-exporter check --failing-for 12m   # you have seen it fail for longer",
        "claude-exporter check --json | jq .exit_status",
        'claude-exporter check || echo "not fine: exit status $?"',
    ),
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Default: none, the built-in configuration needs no file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--failing-for",
    type=Duration(),
    metavar="DURATION",
    help="It has been failing for you for so long already, like 12m.",
)
@click.option(
    "--memory/--no-memory",
    default=True,
    help="Remember since when it fails, so that a second check knows. Default: remember.",
)
def check(config_file: Path | None, as_json: bool, failing_for: float | None, memory: bool) -> None:
    """Is it Claude or is it you? Run every step of the guide once.

    Exit status: 0 fine, 1 wait, 2 troubleshoot, 3 escalate, 4 could not tell.
    """
    from claude_exporter.cli.check_report import print_report, report_as_json  # noqa: PLC0415
    from claude_exporter.core.evaluator import Evaluator  # noqa: PLC0415
    from claude_exporter.core.forecast_file import shipped_curve  # noqa: PLC0415
    from claude_exporter.runtime.clock import SystemClock  # noqa: PLC0415

    plan = plan_of_file(config_file, 4)
    evaluator = Evaluator(
        plan.guide, plan.targets, page_max_age=plan.page_max_age, curve=shipped_curve()
    )
    found = asyncio.run(_checked(plan, evaluator, SystemClock().now(), failing_for, memory))
    if as_json:
        click.echo(json.dumps(report_as_json(found), indent=2))
    else:
        print_report(found)
    sys.exit(found.exit_status)


async def _checked(
    plan: Plan, evaluator: Evaluator, now: float, failing_for: float | None, memory: bool
) -> Checkup:
    from claude_exporter.claude_code.doctor import examine  # noqa: PLC0415
    from claude_exporter.cli.terminal import working  # noqa: PLC0415
    from claude_exporter.runtime.check_memory import recall, remember  # noqa: PLC0415
    from claude_exporter.runtime.checkup import (  # noqa: PLC0415
        assume_failing_since,
        check_up,
        parts_of,
    )
    from claude_exporter.runtime.clock import SystemClock  # noqa: PLC0415

    if memory:
        recall(evaluator, os.environ, Path.home())
    if failing_for is not None:
        assume_failing_since(evaluator, now - failing_for, now)
    with working("probing targets and reading the status page", parts_of(plan)) as done:
        folder = plan.config.claude_code.folder
        found = await check_up(
            plan,
            evaluator,
            SystemClock(),
            done,
            lambda: examine(os.environ, Path.home(), now, folder),
        )
    if memory:
        remember(evaluator, found.at, os.environ, Path.home())
    return found
