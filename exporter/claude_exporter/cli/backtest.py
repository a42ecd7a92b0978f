"""`claude-exporter backtest`: what would these thresholds have paged for?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from claude_exporter.backtest.document import document_of
from claude_exporter.backtest.history import Outage, outages_of
from claude_exporter.backtest.noise import FULL, Noise, noise_of, severity_of
from claude_exporter.backtest.report import markdown_of, tables_of, text_of
from claude_exporter.backtest.study import Backtest, Reading, Told, Variant, results_of
from claude_exporter.cli.words import examples
from claude_exporter.config import load_config
from claude_exporter.config.durations import parse_duration
from claude_exporter.core.guide import Guide, GuideError, parse_guide, shipped_guide

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT: Final = click.Path(dir_okay=False, path_type=Path)
LIMIT: Final = 6
"""Values one --compare may give: more do not fit beside each other."""

_Value = TypeVar("_Value")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "claude-exporter backtest incidents.json",
        "claude-exporter backtest incidents.json --compare escalate_after=10m,20m",
        "claude-exporter backtest incidents.json --since 2025-07-01 --json out.json",
    ),
)
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("--guide", "guide_path", type=FILE, help="A guide of your own.")
@click.option("--compare", help="Other thresholds, side by side: escalate_after=10m,15m,20m.")
@click.option("--vantages", type=click.IntRange(1, 9), default=1, show_default=True)
@click.option(
    "--noise",
    default="",
    help="Rates per vantage and 30 days, over the defaults: blips=20,network=4,path=0.5,"
    "account=0.2,challenges=2,slow=4,page=2; or none.",
)
@click.option(
    "--severity",
    default="",
    help="Share of probes that fail by impact: none=0.3,minor=0.3,major=0.7,critical=1.",
)
@click.option(
    "--failures",
    type=click.Choice(["full", "partial", "both"]),
    default="full",
    show_default=True,
    help="Does an outage fail every probe, or the share that --severity gives?",
)
@click.option(
    "--probes",
    type=click.Choice(["keyless", "keyed", "both"]),
    default="keyless",
    show_default=True,
    help="Only keyed probes see that one model fails.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Of all that is drawn.")
@click.option("--since", help="Only incidents posted from this date on: 2025-07-01.")
@click.option("--until", help="Only incidents posted before this date.")
@click.option("--json", "json_out", type=OUT, help="Write everything as JSON.")
@click.option("--markdown", "markdown_out", type=OUT, help="Write the tables as Markdown.")
def backtest(**options: Any) -> None:  # noqa: ANN401
    """
    Replay real incidents through the evaluator, and tell what it would have said.

    FILE is a Statuspage's /api/v2/incidents.json, or JSON lines with one incident each. An outage
    begins and ends when the page says it did, or else a measured delay before its first and last
    post. Noise of your own side is drawn in between.
    """
    made = _backtest(options)
    with _progress(len(made.readings) * len(made.variants)) as told:
        results = list(results_of(made, told))
    tables = tables_of(results)
    click.echo(text_of(tables), nl=False)
    if options["markdown_out"]:
        options["markdown_out"].write_text(markdown_of(tables), encoding="utf-8")
    if options["json_out"]:
        text = json.dumps(document_of(results, _facts(made)), indent=1)
        options["json_out"].write_text(text + "\n", encoding="utf-8")


def _backtest(options: dict[str, Any]) -> Backtest:
    config = load_config(None, {})
    noise = _of("--noise", noise_of, options["noise"])
    severity = _of("--severity", severity_of, options["severity"])
    shares = {"full": FULL, "partial": severity}
    return Backtest(
        outages=_outages(options),
        targets=config.build_targets(),
        readings=[
            Reading(name=f"{failures} failure, {probes}", severity=share, keyed=probes == "keyed")
            for failures, share in shares.items()
            if options["failures"] in (failures, "both")
            for probes in ("keyless", "keyed")
            if options["probes"] in (probes, "both")
        ],
        variants=_of(
            "--compare",
            lambda text: _variants(_guide(options["guide_path"]), text),
            options["compare"] or "",
        ),
        noise=noise,
        vantages=options["vantages"],
        seed=options["seed"],
    )


def _of(flag: str, read: Callable[[str], _Value], text: str) -> _Value:
    try:
        return read(text)
    except ValueError as error:
        raise click.UsageError(f"{flag}: {error}") from None


def _outages(options: dict[str, Any]) -> Sequence[Outage]:
    ids = {
        key: it
        for page in load_config(None, {}).status_pages
        for key, it in page.components.items()
    }
    try:
        texts = [(str(path), _text(path)) for path in options["files"]]
        found = outages_of(texts, ids, options["seed"])
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    since = _moment("--since", options["since"]) if options["since"] else float("-inf")
    until = _moment("--until", options["until"]) if options["until"] else float("inf")
    chosen = [outage for outage in found if since <= outage.posted_at < until]
    if not chosen:
        raise click.ClickException(
            f"expected at least one incident that is over, found none of {len(found)} in that time"
        )
    return chosen


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected text in UTF-8, but {error.reason}") from error


def _moment(flag: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{flag}: expected a date like 2025-07-01, not {text!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _guide(path: Path | None) -> Guide:
    if path is None:
        return shipped_guide()
    try:
        return parse_guide(_text(path), source=str(path))
    except GuideError as error:
        raise click.ClickException(str(error)) from None


def _variants(guide: Guide, text: str) -> list[Variant]:
    """One variant per value of `name=value,value`; the guide as it is where none is given."""
    if not text:
        return [Variant(name="as it is", guide=guide)]
    name, _, values = text.partition("=")
    spans = values.split(",")
    if len(spans) > LIMIT:
        raise ValueError(f"expected at most {LIMIT} values, not {len(spans)}")
    return [
        Variant(
            name=f"{name} {span}" if len(spans) == 1 else span,
            guide=guide.with_thresholds({name: parse_duration(span)}),
        )
        for span in spans
    ]


def _facts(made: Backtest) -> dict[str, object]:
    return {
        "incidents": len(made.outages),
        "begin_at": made.span.begin,
        "end_at": made.span.end,
        "vantages": made.vantages,
        "seed": made.seed,
        "noise": {name: getattr(made.noise, name) for name in Noise.__slots__},
    }


@contextmanager
def _progress(parts: int) -> Iterator[Told]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _name, _share: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, TaskID  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def told(name: str, share: float) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(f"{len(tasks) + 1}/{parts} {name}", total=1.0)
            bar.update(tasks[name], completed=share)

        yield told
