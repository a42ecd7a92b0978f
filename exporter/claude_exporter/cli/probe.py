"""`claude-exporter probe`: one probe of one configured target, with everything it saw."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.text import Text

from claude_exporter import __version__
from claude_exporter.cli.terminal import Trimmed, hanging, words_to, working
from claude_exporter.cli.words import examples
from claude_exporter.config import Config, ConfigErrors, SecretError, load_config
from claude_exporter.core.names import not_one_of

if TYPE_CHECKING:
    from claude_exporter.core.model import ProbeResult, Target, TlsFacts


_BAR: Final = 40
"""Columns of the whole duration."""


class _CannotProbeError(click.ClickException):
    """Nothing was probed, so nothing is said about the target."""

    exit_code = 2


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The targets there are, for a shell that completes."""
    del param
    try:
        targets = load_config(ctx.params.get("file"), os.environ).build_targets()
    except (ConfigErrors, SecretError, ValueError, OSError):
        return []
    return [target.name for target in targets if target.name.startswith(incomplete)]


@click.command(
    epilog=examples(
        "claude-exporter probe web",
        "claude-exporter probe api-models --json",
    )
)
@click.argument("target", shell_complete=_names)
@click.option(
    "--config.file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration; without it the built-in default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
def probe(target: str, file: Path | None, as_json: bool) -> None:
    """Probe the configured TARGET now. Exit code 0: as expected; 1: not; 2: nothing probed."""
    try:
        config = load_config(file, os.environ)
        chosen = _chosen(config, target)
        with working(f"probing {target}"):
            result = asyncio.run(_probe(chosen, config))
    except (ConfigErrors, SecretError, ValueError) as exc:
        raise _CannotProbeError(str(exc)) from exc
    if as_json:
        click.echo(_json(result))
    else:
        print_result(result, words_to())
    raise SystemExit(0 if result.success else 1)


def _chosen(config: Config, name: str) -> Target:
    targets = {target.name: target for target in config.build_targets()}
    if name not in targets:
        raise click.BadParameter(not_one_of(name, sorted(targets), "a target"))
    return targets[name]


async def _probe(target: Target, config: Config) -> ProbeResult:
    from claude_exporter.probers import PROBERS  # noqa: PLC0415 - dear, and --help needs none
    from claude_exporter.probers.connection import Connector  # noqa: PLC0415
    from claude_exporter.probers.spec import ProbeContext, ProbeRefusedError  # noqa: PLC0415
    from claude_exporter.probers.trust import TrustError  # noqa: PLC0415

    connector = Connector(config.network_settings())
    context = ProbeContext(connector=connector, user_agent=f"claude-exporter/{__version__}")
    try:
        return await PROBERS[target.prober].probe(target, context)
    except (ProbeRefusedError, TrustError) as exc:
        raise _CannotProbeError(f"{target.name}: {exc}") from exc


def _json(result: ProbeResult) -> str:
    # A read-only mapping cannot be copied, a plain one can.
    return json.dumps(asdict(replace(result, phases=dict(result.phases))), indent=2)


def print_result(result: ProbeResult, out: Console) -> None:
    """The log, what came of it, where the time went, and the certificate."""
    for entry in result.log:
        moment, _, said = entry.partition(" ")
        out.print(Trimmed(hanging(Text(f"{moment:>9} s", "dim"), said)))
    out.print()
    style = "bold green" if result.success else "bold red"
    verdict = "as expected" if result.success else "not as expected"
    out.print(Text.assemble(f"{result.target}: ", (verdict, style), f", sign {result.sign}"))
    if result.detail:
        out.print(Trimmed(hanging(f"{'detail':<11}", result.detail)))
    for phase, seconds in result.phases.items():
        bar = "#" * round(_BAR * seconds / result.duration) if result.duration else ""
        line = Text.assemble(f"{phase:<11} {seconds:.6f} s  ", (bar, "cyan"))
        line.rstrip()
        out.print(line)
    out.print(Text(f"{'duration':<11} {result.duration:.6f} s"))
    for name, fact in _certificate_facts(result.tls) if result.tls else ():
        out.print(Trimmed(hanging(f"{name:<11}", fact)))


def _certificate_facts(tls: TlsFacts) -> Iterator[tuple[str, str]]:
    verified = "verified" if tls.chain_not_after_at is not None else "not verified"
    yield "certificate", f"{tls.subject}, from {tls.issuer}, {verified}"
    yield "names", tls.subject_alternative
    yield "not after", f"{datetime.fromtimestamp(tls.not_after_at, UTC):%Y-%m-%d %H:%M:%S UTC}"
    yield "sha256", tls.fingerprint_sha256
