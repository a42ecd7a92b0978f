"""
The `claude-exporter` command.

A subcommand is one module and one line of COMMANDS; it is imported only when it is asked for, so
`--help` and the small commands stay quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

import click

from claude_exporter import __version__
from claude_exporter.cli.words import TeachingGroup, examples


class _Entry(NamedTuple):
    place: str
    summary: str


COMMANDS: Final[Mapping[str, _Entry]] = MappingProxyType(
    {
        "check": _Entry(
            "claude_exporter.cli.check:check",
            "Is it Claude or is it you? Run every step of the guide once.",
        ),
        "watch": _Entry(
            "claude_exporter.cli.watch:watch",
            "Follow the verdict live; ring when it is over.",
        ),
        "serve": _Entry(
            "claude_exporter.cli.serve:serve",
            "Run the exporter: probe, judge, and answer /metrics.",
        ),
        "up": _Entry(
            "claude_exporter.cli.up:up",
            "Run exporter, Prometheus and Alertmanager on this machine.",
        ),
        "drill": _Entry(
            "claude_exporter.cli.drill:drill",
            "Play an outage of a simulated Claude through the real stack.",
        ),
        "simulate": _Entry(
            "claude_exporter.cli.simulate:simulate",
            "Play a scenario of a broken Claude to an exporter that you run.",
        ),
        "probe": _Entry(
            "claude_exporter.cli.probe:probe",
            "Probe one configured target now and show its whole log.",
        ),
        "forecast": _Entry(
            "claude_exporter.cli.forecast:forecast",
            "How long will it probably take?",
        ),
        "hook": _Entry(
            "claude_exporter.cli.hook:hook",
            "Count failed turns of Claude Code: hook install.",
        ),
        "config": _Entry(
            "claude_exporter.cli.config:config", "Check, show or describe the configuration."
        ),
        "rules": _Entry(
            "claude_exporter.cli.rules:rules",
            "Render the Prometheus rules from the guide, or check them.",
        ),
        "backtest": _Entry(
            "claude_exporter.cli.backtest:backtest",
            "What would these thresholds have paged for?",
        ),
        "export": _Entry(
            "claude_exporter.cli.export:export",
            "Write rules, dashboards and Alertmanager files to a folder.",
        ),
        "completion": _Entry(
            "claude_exporter.cli.completion:completion",
            "Print what makes bash, zsh or fish complete this command.",
        ),
        "support-bundle": _Entry(
            "claude_exporter.cli.support_bundle:support_bundle",
            "Write what a support request needs, without any secret.",
        ),
    }
)


class _LazyGroup(TeachingGroup):
    """A group that imports a command's module only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        return cast("click.Command", getattr(import_module(module), name))

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click's
        """As click does; a file that cannot be read or written is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.filename is None:  # a broken pipe, for one: click knows what to do
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "claude-exporter check                   # is it them or is it you?",
        "claude-exporter watch --until-fine      # tell me when it is over",
        "claude-exporter up                      # all of it, on this machine",
        "claude-exporter COMMAND --help",
    ),
)
@click.version_option(__version__, "--version", prog_name="claude-exporter")
def main() -> None:
    """Know whether Claude is broken or it is you, how long it will take, and what to do."""
