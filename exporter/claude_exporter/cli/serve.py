"""`claude-exporter serve`: the exporter."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claude_exporter.cli.words import examples

if TYPE_CHECKING:
    from claude_exporter.web.address import Address


@click.command(
    epilog=examples(
        "claude-exporter serve",
        "claude-exporter serve --config.file exporter.yml --log.format json",
        "claude-exporter serve --web.listen-address :9529 --web.config.file web.yml",
    )
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="Default: none, the built-in configuration needs no file.",
)
@click.option(
    "--web.listen-address",
    "listen",
    default="127.0.0.1:9529",
    show_default=True,
    help="HOST:PORT to answer on; only loopback unless you say otherwise.",
)
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(path_type=Path),
    help="TLS and basic authentication, in the format of exporter-toolkit.",
)
@click.option(
    "--web.external-url",
    "external_url",
    metavar="URL",
    help="The URL under which people reach the exporter, for example behind a reverse proxy. Used "
    "for links back to it. If it has a path, that path prefixes all that is served here.",
)
@click.option(
    "--web.route-prefix",
    "route_prefix",
    metavar="PATH",
    help="Prefix of the routes here. Defaults to the path of --web.external-url; "
    "/ where the proxy takes that path off.",
)
@click.option(
    "--state.file",
    "state_file",
    help="Where onset times survive a restart; empty for nowhere. "
    "Default: $STATE_DIRECTORY, else the XDG state folder.",
)
@click.option(
    "--log.level",
    "log_level",
    type=click.Choice(["debug", "info", "warn", "error"]),
    default="info",
    show_default=True,
)
@click.option(
    "--log.format",
    "log_format",
    type=click.Choice(["logfmt", "json"]),
    default="logfmt",
    show_default=True,
)
@click.option("--drill.speed", "speed", type=click.FloatRange(1, 1000), default=1.0, hidden=True)
def serve(  # noqa: PLR0913, PLR0917  # one for each flag
    config_file: Path | None,
    listen: str,
    web_config: Path | None,
    external_url: str | None,
    route_prefix: str | None,
    state_file: str | None,
    log_level: str,
    log_format: str,
    speed: float,
) -> None:
    """Run the exporter: probe, judge, and answer /metrics, /probe, / and /api/v1/verdict.

    SIGHUP or POST /-/reload reads the configuration again; SIGTERM stops within two seconds.
    """
    from claude_exporter.runtime import log  # noqa: PLC0415  # heavy imports only to run
    from claude_exporter.runtime.serve import ServeSettings, run_exporter  # noqa: PLC0415

    redaction = log.setup(log_level, log_format)  # type: ignore[arg-type]  # click checked them
    settings = ServeSettings(
        redaction=redaction,
        config_file=config_file,
        listen=_listen_address(listen),
        web_config=web_config,
        address=_address(external_url, route_prefix),
        state_file=state_file,
        speed=speed,
    )
    sys.exit(_run(run_exporter(settings)))


def _address(external_url: str | None, route_prefix: str | None) -> Address:
    from claude_exporter.web.address import address_of  # noqa: PLC0415

    try:
        return address_of(external_url, route_prefix)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _listen_address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        problem = f"expected HOST:PORT or :PORT, not {text!r}"
        raise click.BadParameter(problem, param_hint="--web.listen-address")
    return host.strip("[]"), int(port)


def _run(work: Coroutine[None, None, int]) -> int:
    """Run on uvloop where it is installed, else on plain asyncio."""
    try:
        import uvloop  # noqa: PLC0415  # not on every platform
    except ImportError:
        return asyncio.run(work)
    return int(uvloop.run(work))
