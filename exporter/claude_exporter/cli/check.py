"""`claude-exporter check`: the quick guide as a command."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from claude_exporter.core.evaluator import Evaluator
    from claude_exporter.runtime.checkup import Checkup
    from claude_exporter.runtime.plan import Plan


class _CheckCommand(click.Command):
    """Wrong usage exits with 4, could not tell: 2 means troubleshoot here."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401  # as click's
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            error.show()
            sys.exit(4)


def _span(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    del ctx, param
    from claude_exporter.config.durations import parse_duration  # noqa: PLC0415  # only if given

    try:
        return None if value is None else parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(cls=_CheckCommand)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Default: none, the built-in configuration needs no file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option(
    "--failing-for",
    callback=_span,
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

    plan = _plan(config_file)
    evaluator = Evaluator(
        plan.guide, plan.targets, page_max_age=plan.page_max_age, curve=shipped_curve()
    )
    found = asyncio.run(_checked(plan, evaluator, SystemClock().now(), failing_for, memory))
    if as_json:
        click.echo(json.dumps(report_as_json(found), indent=2))
    else:
        print_report(found)
    sys.exit(found.exit_status)


def _plan(config_file: Path | None) -> Plan:
    from claude_exporter.config import ConfigErrors, load_config  # noqa: PLC0415
    from claude_exporter.core.guide import GuideError  # noqa: PLC0415
    from claude_exporter.runtime.plan import plan_of  # noqa: PLC0415

    try:
        return plan_of(load_config(config_file, os.environ))
    except (ConfigErrors, GuideError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(4)


async def _checked(
    plan: Plan, evaluator: Evaluator, now: float, failing_for: float | None, memory: bool
) -> Checkup:
    from claude_exporter.runtime.checkup import assume_failing_since, check_up  # noqa: PLC0415
    from claude_exporter.runtime.clock import SystemClock  # noqa: PLC0415
    from claude_exporter.runtime.persistence import documents_of, record_of  # noqa: PLC0415
    from claude_exporter.runtime.state_file import (  # noqa: PLC0415
        StateFile,
        default_state_file,
    )

    path = default_state_file(os.environ, Path.home()).with_name("check.db") if memory else None
    state_file = StateFile(path)
    record = record_of(state_file.load())
    if record is not None:
        evaluator.restore(record)
    if failing_for is not None:
        assume_failing_since(evaluator, now - failing_for, now)
    found = await check_up(plan, evaluator, SystemClock())
    state_file.save(documents_of(evaluator.record_at(found.at)), found.at)
    state_file.close()
    return found
