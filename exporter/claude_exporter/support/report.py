"""The report as one JSON value, free of secrets: all files of a bundle are written from it."""

from __future__ import annotations

import platform
import ssl  # noqa: TID251  # only its version
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from claude_exporter import __version__
from claude_exporter.config import Config
from claude_exporter.config.secrets import secrets_in
from claude_exporter.core.model import Action, Standing, Surface
from claude_exporter.core.target_state import Tracked
from claude_exporter.web.answers import result_answer, verdict_answer

from .evidence import Evidence, Running
from .redact import Redactor

ERRORS_KEPT: Final = 500
_PLAIN_HEADERS: Final = frozenset(
    ("accept", "anthropic-beta", "anthropic-version", "content-type", "host", "user-agent")
)
_ERROR_KEYS: Final = ("target", "started_at", "sign", "status", "request_id", "detail")
_CHANGE_KEYS: Final = ("surface", "action", "row", "title", "reason")
_WORDS: Final = {Standing.UP: "works", Standing.DOWN: "fails", Standing.UNKNOWN: "unclear"}
_LATE: Final = 253_402_300_799.0


def report_of(evidence: Evidence, environ: Mapping[str, str], redactor: Redactor) -> dict[str, Any]:
    """The whole report, in an order that depends on nothing but the evidence."""
    answer = verdict_answer(evidence.judgements, evidence.at)
    report = {
        "made_at": moment(evidence.at),
        "versions": _versions(evidence),
        "verdicts": answer["verdicts"],
        "began": [
            {"surface": str(surface), "failing_since": moment(evidence.at - span)}
            for surface, each in evidence.judgements.items()
            if (span := each.seen.failing_for) is not None
        ],
        "errors": _errors(evidence),
        "status_pages": [_page(each) for each in evidence.pages],
        "steps": list(_steps(evidence, environ)),
        "configuration": _configuration(evidence.config),
        "running_exporter": _running(evidence.running),
        "logs": {target.name: _log(target.address, state) for target, state in evidence.tracked},
    }
    cleaned: dict[str, Any] = redactor.tree(report)
    return cleaned


def moment(seconds: object) -> dict[str, Any] | None:
    """A moment as Unix time, UTC and local time; None for what is no moment."""
    if not isinstance(seconds, (int, float)) or not 0 <= seconds < _LATE:
        return None
    utc = datetime.fromtimestamp(seconds, UTC)
    written = {"utc": utc, "local": utc.astimezone()}
    return {"unix": seconds} | {
        name: each.isoformat(timespec="seconds") for name, each in written.items()
    }


def _versions(evidence: Evidence) -> dict[str, str]:
    return {
        "claude-exporter": __version__,
        "Claude Code": evidence.claude_code,
        "Python": sys.version.split()[0],
        "OpenSSL": ssl.OPENSSL_VERSION,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _errors(evidence: Evidence) -> list[dict[str, Any]]:
    """Every failure known, oldest first, once each."""
    own = [*evidence.results, *(state.last for _, state in evidence.tracked if state.last)]
    answers: list[Mapping[str, Any]] = [result_answer(each) for each in own]
    answers += _answered(evidence.running)
    failed = {
        (str(each.get("target")), str(each.get("started_at"))): each
        for each in answers
        if each.get("success") is False and moment(each.get("started_at"))
    }
    order = sorted(failed.values(), key=lambda each: (each["started_at"], str(each["target"])))
    return [_error(each) for each in order[-ERRORS_KEPT:]]


def _answered(running: Running | None) -> Iterable[Mapping[str, Any]]:
    results = running.history.get("results") if running else None
    lists = results.values() if isinstance(results, Mapping) else ()
    return [
        each
        for some in lists
        if isinstance(some, list)
        for each in some
        if isinstance(each, Mapping)
    ]


def _error(answer: Mapping[str, Any]) -> dict[str, Any]:
    at = moment(answer["started_at"])
    return {"at": at} | {key: answer.get(key) for key in _ERROR_KEYS if key != "started_at"}


def _page(report: Any) -> dict[str, Any]:  # noqa: ANN401  # a PageReport
    content = report.content
    return {
        "page": report.page,
        "fault": report.fault,
        "detail": report.detail,
        "read_at": moment(report.read_at),
        "indicator": content.indicator if content else None,
        "incidents": [
            {
                "id": each.id,
                "name": each.name,
                "impact": each.impact,
                "phase": each.phase,
                "started_at": moment(each.started_at),
                "updated_at": moment(each.updated_at),
                "link": each.link,
            }
            for each in (content.incidents if content else ())
        ],
        "components": [
            {"name": each.name, "status": each.status}
            for each in (content.components if content else ())
        ],
    }


def _steps(evidence: Evidence, environ: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The guide's steps as a check does them, and those that only a person can do."""
    control = [each for each in evidence.tracked if each.target.surface is Surface.CONTROL]
    yield _step("Checked our own connection (hosts that have nothing to do with Claude)", control)
    pages = [
        f"{each.page}: {_said(each)}" for each in sorted(evidence.pages, key=lambda one: one.page)
    ]
    yield {"step": "Read the status page", "results": pages or ["no page is configured"]}
    claude = [each for each in evidence.tracked if each.target.surface is not Surface.CONTROL]
    yield _step("Probed Claude from here", claude)
    yield {"step": "Checked the keys", "results": list(_keys(evidence.config, environ))}
    yield {"step": "Asked Claude Code for its version", "results": [evidence.claude_code]}
    asked = [each.verdict for each in evidence.judgements.values()]
    steps = [step for one in asked if one.action is not Action.NONE for step in one.next_steps]
    yield {"step": "By hand, as the guide says", "results": [], "open": list(dict.fromkeys(steps))}


def _step(name: str, tracked: list[Tracked]) -> dict[str, Any]:
    return {"step": name, "results": [_result(each) for each in tracked]}


def _result(tracked: Tracked) -> str:
    last = tracked.state.last
    if last is None:
        return f"{tracked.target.name}: not probed"
    said = "" if last.success else f": {last.sign}, {last.detail}"
    took = f"{last.duration * 1000:.0f} ms"
    return f"{tracked.target.name}: {_WORDS[last.standing]} ({took}){said}"


def _said(report: Any) -> str:  # noqa: ANN401  # a PageReport
    if report.fault is not None:
        return f"could not be read ({report.fault})"
    names = [each.name for each in (report.content.incidents if report.content else ())]
    return "; ".join(names) or "no open incident"


def _keys(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    from claude_exporter.config.warnings import warnings_of  # noqa: PLC0415  # used once

    present = "set" if environ.get("ANTHROPIC_API_KEY") else "not set"
    yield f"ANTHROPIC_API_KEY is {present} in this environment"
    keyed = [each.name for each in config.build_targets() if any(secrets_in(each.options))]
    yield f"targets that send a key: {', '.join(keyed) or 'none'}"
    yield from warnings_of(config)


def _configuration(config: Config) -> dict[str, Any]:
    """The values in force; headers and bodies, where anything may stand, without their values."""
    values: dict[str, Any] = config.model_dump(mode="json", by_alias=True)
    for target in values["targets"]:
        options = target["options"]
        headers = options.get("headers")
        if isinstance(headers, dict):
            options["headers"] = {
                name: value if name.lower() in _PLAIN_HEADERS else "<left out>"
                for name, value in headers.items()
            }
        if isinstance(options.get("body"), str):
            options["body"] = f"<{len(options['body'])} characters>"
    return values


def _running(running: Running | None) -> dict[str, Any]:
    if running is None:
        return {"problem": "this bundle was made by the exporter itself"}
    return {
        "where": running.where,
        "problem": running.problem,
        "verdict": running.verdict,
        "changes": list(_changes(running.history.get("changes"))),
    }


def _changes(told: object) -> Iterator[dict[str, Any]]:
    for each in told if isinstance(told, list) else ():
        if isinstance(each, Mapping):
            yield {"at": moment(each.get("at"))} | {key: each.get(key) for key in _CHANGE_KEYS}


def _log(address: str, state: Any) -> dict[str, Any]:  # noqa: ANN401  # a TargetState
    last = state.last
    return {
        "address": address,
        "at": moment(last.started_at) if last else None,
        "lines": list(last.log) if last else [],
    }
