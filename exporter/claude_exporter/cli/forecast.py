"""`claude-exporter forecast`: how long it will probably take, and how we know."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from claude_exporter.cli.terminal import working
from claude_exporter.cli.words import Duration, examples
from claude_exporter.core.forecast import Curve, Forecast, Scope
from claude_exporter.core.forecast_file import curve_of_text, shipped_curve, text_of_curve
from claude_exporter.core.forecast_fit import fit_curve
from claude_exporter.core.forecast_history import as_known, last_moment, merged, read_history
from claude_exporter.core.forecast_score import FOLDS
from claude_exporter.core.forecast_study import Section, Study, study
from claude_exporter.core.page_model import IncidentPhase

from .forecast_text import rough_duration, text_of_forecast, text_of_study

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "claude-exporter forecast --age 20m",
        "claude-exporter forecast --age 20m --phase identified --scope one_model",
        "claude-exporter forecast --fit incidents.json --out curve.json",
    ),
)
@click.option("--age", type=Duration(), default="0s", help="How long it has gone on: 20m.")
@click.option(
    "--phase",
    type=click.Choice([phase.value for phase in IncidentPhase]),
    help="An incident is posted and in this phase; --age counts from its first post.",
)
@click.option("--phase-for", type=Duration(), help="How long it has been in this phase: 5m.")
@click.option(
    "--scope", type=click.Choice([scope.value for scope in Scope]), help="What its title says."
)
@click.option("--curve", "curve_file", type=FILE, help="Use a curve that --fit wrote.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--fit",
    "fit_files",
    type=FILE,
    multiple=True,
    help="Fit a curve to a Statuspage history (/api/v2/incidents.json, or JSON lines) and score"
    " it; may be given several times.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the curve.")
@click.option("--source", default="", help="What to call the history in the curve.")
@click.option("--cut", help="With --fit: use only what was known at this date, 2026-05-15.")
@click.option(
    "--folds",
    type=click.IntRange(1, 100),
    default=FOLDS,
    show_default=True,
    help="With --fit: in how many parts to forecast the future from the past.",
)
def forecast(**options: Any) -> None:  # noqa: ANN401
    """
    Say how probably it is over within 15, 30, 60 and 120 minutes.

    Without --phase no incident is posted: --age counts from when it began to fail, and the
    forecast is of the end of the impact. With --phase it is of the page marking the incident
    resolved; --phase unknown is a posted incident in a phase we do not know.
    """
    if options["fit_files"]:
        _fit(options)
        return
    for name in ("out", "cut", "source"):
        if options[name]:
            raise click.UsageError(f"--{name} needs --fit FILE, a history to fit a curve to")
    if options["phase"] is None:
        for name in ("phase_for", "scope"):
            if options[name] is not None:
                flag = name.replace("_", "-")
                raise click.UsageError(
                    f"--{flag} needs --phase: it is about a posted incident;"
                    " --phase unknown if its phase is not known"
                )
    _show(_curve(options["curve_file"]), options)


def _show(curve: Curve, options: dict[str, Any]) -> None:
    age, phase_for = options["age"], options["phase_for"]
    phase = IncidentPhase(options["phase"]) if options["phase"] else None
    scope = Scope(options["scope"]) if options["scope"] else None
    made = curve.forecast(age, phase, phase_for=phase_for, scope=scope)
    if options["as_json"]:
        click.echo(json.dumps(_document(made), indent=1))
        return
    title = f"Failing for {rough_duration(age)}, no incident posted"
    if phase:
        lasted = f" for {rough_duration(phase_for)}" if phase_for is not None else ""
        title = f"Incident posted {rough_duration(age)} ago, phase {phase}{lasted}"
    if scope:
        title += f", scope {scope}"
    click.echo(text_of_forecast(title, made), nl=False)


def _document(made: Forecast) -> dict[str, object]:
    return {
        "event": made.event.value,
        "within": {f"{within:.0f}": round(it, 4) for within, it in made.within.items()},
        "median_remaining": round(made.median_remaining),
        "sample": made.sample,
        "basis": made.basis,
    }


def _fit(options: dict[str, Any]) -> None:
    names = ", ".join(path.name for path in options["fit_files"])
    with working("fitting the curve and scoring it on the future"):
        curve, made = _fitted(options, names)
    if options["out"]:
        options["out"].write_text(text_of_curve(curve), encoding="utf-8")
    click.echo(_study_json(curve, made) if options["as_json"] else text_of_study(curve, made))


def _fitted(options: dict[str, Any], names: str) -> tuple[Curve, Study]:
    try:
        history = merged(
            incident
            for path in options["fit_files"]
            for incident in read_history(_text(path), str(path))
        )
        until = _moment(options["cut"]) if options["cut"] else last_moment(history)
        curve = fit_curve(
            history, until, source=options["source"] or names, fallback=shipped_curve()
        )
        return curve, study(as_known(history, until), options["folds"])
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _study_json(curve: Curve, made: Study) -> str:
    document = {
        "counts": dict(curve.counts),
        "sections": [_section_document(section) for section in made.sections],
        "traits": [{**asdict(it), "gain": it.gain} for it in made.traits],
        "over_within": {f"{within:.0f}": share for within, share in made.brief.items()},
    }
    return json.dumps(document, indent=1)


def _section_document(section: Section) -> dict[str, object]:
    rows = [
        {**asdict(row), "gap": row.gap, "interval": row.interval} for row in section.reliability
    ]
    return {**asdict(section), "reliability": rows}


def _curve(path: Path | None) -> Curve:
    if path is None:
        return shipped_curve()
    try:
        return curve_of_text(_text(path), str(path))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected text in UTF-8, but {error.reason}") from error


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--cut: expected a date like 2026-05-15, not {text!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
