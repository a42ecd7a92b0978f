"""`claude-exporter rules`: render the files that come from the guide, or check them for drift."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from claude_exporter.cli.words import examples
from claude_exporter.config import Config, ConfigErrors, load_config
from claude_exporter.core.guide import Guide, GuideError, parse_guide, shipped_guide
from claude_exporter.rules.alerting import EXPORTER_URL
from claude_exporter.rules.client import MappingError, read_clients
from claude_exporter.rules.files import client_file, generated_files
from claude_exporter.rules.recording import VANTAGE
from claude_exporter.web.address import address_of


def _label(ctx: click.Context, param: click.Parameter, value: str) -> str:
    del ctx, param
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", value) or value.startswith("__"):
        raise click.BadParameter(f"expected a label name like vantage, not {value!r}")
    return value


def _exporter_url(ctx: click.Context, param: click.Parameter, value: str) -> str:
    del ctx, param
    if not value:
        raise click.BadParameter("expected http(s)://HOST[:PORT][/PATH], not ''")
    try:
        return address_of(value, None).external
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    epilog=examples(
        "claude-exporter rules --check",
        "claude-exporter rules --client prometheus/clients/litellm.yml",
        "claude-exporter rules --exporter-url https://tools.example/claude",
        "claude-exporter rules --guide my-guide.yml --out /etc/claude-exporter",
    )
)
@click.option(
    "--guide",
    "guide_path",
    type=click.Path(path_type=Path),
    help="A guide of your own; default: the shipped one.",
)
@click.option(
    "--config.file",
    "config_file",
    type=click.Path(path_type=Path),
    help="A configuration of your own, for its objectives (slo) and targets.",
)
@click.option(
    "--client",
    "client_path",
    type=click.Path(path_type=Path),
    help="A mapping of your own product's metrics; writes one rule file more.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="this folder",
    help="Where prometheus/, alerts/ and docs/ lie.",
)
@click.option(
    "--vantage",
    default=VANTAGE,
    show_default=True,
    callback=_label,
    metavar="LABEL",
    help="The external label that tells exporters in several places apart.",
)
@click.option(
    "--exporter-url",
    default=EXPORTER_URL,
    show_default=True,
    callback=_exporter_url,
    metavar="URL",
    help="Where people reach the exporter: each alert's runbook_url leads there.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the files that differ.")
def rules(
    guide_path: Path | None,
    config_file: Path | None,
    client_path: Path | None,
    out: Path,
    vantage: str,
    exporter_url: str,
    check: bool,
) -> None:
    """Render recording rules, alerting rules and docs/guide.md from the guide, and the objectives.

    To change a threshold: copy guide.yml, edit the copy, and give it with --guide here and as
    `guide:` in the exporter's configuration, so that both evaluators judge by the same numbers.
    With another --vantage change `equal: [vantage]` in alertmanager.yml, too.
    The objectives come from `slo:` of the configuration that --config.file names. With --client
    the requests of your own product become evidence: docs/client-evidence.md.
    """
    guide, config = _guide(guide_path), _config(config_file)
    shipped = generated_files(guide, config, vantage=vantage, exporter_url=exporter_url)
    texts = {**shipped, **_client(client_path)}
    if check:
        stale = [name for name, text in texts.items() if _text_of(out / name) != text]
        for name in stale:
            click.echo(
                f"{out / name}: differs from its source; run claude-exporter rules", err=True
            )
        sys.exit(1 if stale else 0)
    for name, text in texts.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(path)


def _guide(path: Path | None) -> Guide:
    if path is None:
        return shipped_guide()
    try:
        return parse_guide(path.read_text(encoding="utf-8"), source=str(path))
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: expected UTF-8 text: {error.reason}") from None
    except GuideError as error:
        raise click.ClickException(str(error)) from None


def _config(path: Path | None) -> Config:
    try:
        return load_config(path, os.environ)
    except (ConfigErrors, OSError) as error:
        raise click.ClickException(str(error)) from None


def _client(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        return client_file(read_clients(path))
    except MappingError as error:
        raise click.ClickException(str(error)) from None


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
