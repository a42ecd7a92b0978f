"""The letter to support, and the probe log: written from a report that is already clean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

ERRORS_SHOWN: Final = 30
CHANGES_SHOWN: Final = 20
_TITLE: Final = "# Support request: Claude, as seen from here"


def letter(report: Mapping[str, Any]) -> str:
    """Markdown, ready to paste: what the guide wants in a support request, in its order."""
    return "\n".join(_lines(report)) + "\n"


def probe_log(report: Mapping[str, Any]) -> str:
    """What each probe did, line by line."""
    return "\n".join(_log_lines(report["logs"])) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    made = report["made_at"]
    yield from (_TITLE, "", "What I was doing when it failed, and what I expected:", "")
    yield from ("> (please fill in)", "")
    yield f"Made at {made['utc']} ({made['local']} here) by claude-exporter. Keys, passwords,"
    yield "e-mail addresses, user names and private addresses have been taken out."
    yield from ("", "## Verdict", "", *_verdicts(report["verdicts"]), "")
    yield from ("## Error messages, exact text", "", *_errors(report["errors"]), "")
    yield from ("## When it began", "", *_began(report), "")
    yield from ("## Status page", "", *_pages(report["status_pages"]), "")
    yield from ("## Steps tried", "", *_steps(report["steps"]), "")
    yield from ("## Versions", "")
    yield from (f"- {name}: {_code(value)}" for name, value in report["versions"].items())
    yield from ("", "## Configuration, without keys", "", *_indented(_yaml(report)))


def _verdicts(verdicts: list[Mapping[str, Any]]) -> Iterator[str]:
    for each in verdicts:
        yield f"- {each['surface']}: **{each['title']}**. {_plain(each['reason'])}"


def _errors(errors: list[Mapping[str, Any]]) -> Iterator[str]:
    if not errors:
        yield "No probe has failed as far as is known."
        return
    left_out = len(errors) - ERRORS_SHOWN
    if left_out > 0:
        yield f"The last {ERRORS_SHOWN}; {left_out} older ones are in report.json."
        yield ""
    for each in errors[-ERRORS_SHOWN:]:
        status = f", HTTP {_plain(each['status'])}" if each["status"] else ""
        asked = f", request id {_code(each['request_id'])}" if each["request_id"] else ""
        at, said = each["at"], f"{_plain(each['target'])}: {_plain(each['sign'])}"
        yield f"- {at['utc']} ({at['local']}) {said}{status}{asked}"
        yield from ("", *(f"  {line}" for line in _indented(str(each["detail"]))), "")


def _began(report: Mapping[str, Any]) -> Iterator[str]:
    began = report["began"]
    for each in began:
        at = each["failing_since"]
        yield f"- {each['surface']} has failed since {at['utc']} ({at['local']})"
    if not began:
        yield "- no surface of Claude is known to fail at the moment of this report"
    for each in report["errors"][:1]:
        yield f"- the first failure known: {each['at']['utc']} ({each['at']['local']})"
    running = report["running_exporter"]
    if running.get("problem"):
        yield f"- Memory of a running exporter: {_plain(running['problem'])}"
    for each in running.get("changes", [])[-CHANGES_SHOWN:]:
        at = each["at"]["utc"] if each["at"] else "some time"
        told = f"{each['surface']}: {each['title']} ({each['action']})"
        yield f"- since {at} the verdict of {_plain(told)}"


def _pages(pages: list[Mapping[str, Any]]) -> Iterator[str]:
    for page in pages:
        if page["fault"]:
            yield f"- {page['page']}: could not be read, {_plain(page['detail'] or page['fault'])}"
        elif not page["incidents"]:
            yield f"- {page['page']}: no open incident"
        for each in page["incidents"]:
            told = f"{each['impact']}, {each['phase']}"
            link = _code(each["link"] or each["id"])
            yield f"- {page['page']}: {_plain(each['name'])} ({told}) {link}"
    if not pages:
        yield "No status page is configured."


def _steps(steps: list[Mapping[str, Any]]) -> Iterator[str]:
    for number, each in enumerate(steps, start=1):
        yield f"{number}. {each['step']}"
        yield from (f"   - {_plain(result)}" for result in each["results"])
        yield from (f"   - [ ] {_plain(step)}" for step in each.get("open", ()))


def _yaml(report: Mapping[str, Any]) -> str:
    return yaml.safe_dump(report["configuration"], sort_keys=False, allow_unicode=True, width=100)


def _indented(text: str) -> Iterator[str]:
    """A block of code that no text can end."""
    yield from (f"    {line}" for line in text.rstrip("\n").splitlines() or [""])


def _plain(value: object) -> str:
    """*value* on one line, with nothing that Markdown or HTML would act upon."""
    text = " ".join(str(value).split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#!" else char for char in text)


def _code(value: object) -> str:
    return "`" + " ".join(str(value).split()).replace("`", "'") + "`"


def _log_lines(logs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, each in logs.items():
        at = each["at"]
        when = f"{at['utc']} ({at['local']})" if at else "not probed"
        yield f"== {name} {each['address']} {when}".rstrip()
        yield from (line.replace("\n", " ") for line in each["lines"])
        yield ""
