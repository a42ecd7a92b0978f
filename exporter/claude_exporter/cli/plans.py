"""The configuration of a command that probes, ready to use, or the reason why it is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from claude_exporter.runtime.plan import Plan


def plan_of_file(config_file: Path | None, exit_status: int = 1) -> Plan:
    """The plan of *config_file* or of the default. Says every mistake and ends the command."""
    from claude_exporter.config import ConfigErrors, load_config  # noqa: PLC0415  # --help is quick
    from claude_exporter.core.guide import GuideError  # noqa: PLC0415
    from claude_exporter.probers.trust import TrustError, check_authorities  # noqa: PLC0415
    from claude_exporter.runtime.plan import plan_of  # noqa: PLC0415

    try:
        plan = plan_of(load_config(config_file, os.environ))
        check_authorities(plan.config.network_settings().ca_file)
    except (ConfigErrors, GuideError, TrustError, OSError) as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(exit_status) from None
    return plan
