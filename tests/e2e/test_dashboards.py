"""Every query of every dashboard, as Grafana sends it, on days that were really judged."""

import math
import re

import pytest
from support.dashboards import DASHBOARDS, Moment, legend_of, panels_of
from support.days import HOUR, days
from support.empty import empty_titles
from support.past import past
from support.played import SCRAPE

pytestmark = pytest.mark.e2e


def moment_of(day):
    """A whole day on a screen, seen at its end."""
    return Moment(day.day.end, day.day.hours * HOUR, scrape=SCRAPE)


def answer_of(day, target, moment):
    """The series of one query, in the form of a range query's."""
    expr = moment.interpolated(target["expr"])
    if target["instant"]:
        return [{**each, "values": [each["value"]]} for each in day.query(expr, moment.end)]
    return day.query_range(expr, moment.end - moment.span, moment.end, moment.step)


def wrong_with(panel, target, series):
    """What a person would see and not understand."""
    table = target.get("format") == "table"
    wanted = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat") or ""))
    for each in series:
        if wanted - {"place", *each["metric"]}:  # without vantages, nothing has a place
            yield f"legend asks for {wanted - set(each['metric'])}"
    names = [legend_of(target.get("legendFormat") or "", each["metric"]) for each in series]
    if not table and len(names) != len(set(names)):
        yield f"two series have one name: {names}"
    if not table and not all(names):
        yield "a series has no name"
    numbers = {float(text) for each in series for _, text in each["values"]}
    if series and all(map(math.isnan, numbers)):
        yield "nothing but NaN"
    yield from _out_of_range(panel, {number for number in numbers if not math.isnan(number)})


def _out_of_range(panel, numbers):
    defaults = panel["fieldConfig"]["defaults"]
    if defaults.get("unit") == "percentunit" and defaults.get("max") == 1:
        outside = [number for number in numbers if not -1e-9 <= number <= 1 + 1e-9]
        if outside:
            yield f"shares outside 0 to 1: {outside[:3]}"
    named = {
        text
        for mapping in defaults.get("mappings") or []
        if mapping["type"] == "value"
        for text in mapping["options"]
    }
    if panel["type"] == "state-timeline" or (named and not defaults.get("thresholds")):
        without = {f"{number:g}" for number in numbers} - named
        if without:
            yield f"no words for {sorted(without)}"


@pytest.mark.parametrize("uid", DASHBOARDS)
@pytest.mark.parametrize("name", days())
def test_a_dashboard_shows_what_there_is(name, uid):
    """No error, no NaN, no nameless line; what is empty is meant to be, and nothing else."""
    day = past(name)
    moment = moment_of(day)
    problems, empty = [], set()
    for panel in panels_of(DASHBOARDS[uid]):
        answers = [(target, answer_of(day, target, moment)) for target in panel["targets"]]
        if not any(series for _, series in answers):
            empty.add(panel["title"])
        problems += [
            f"{panel['title']} {target['refId']}: {problem}"
            for target, series in answers
            for problem in wrong_with(panel, target, series)
        ]
    assert problems == []
    assert empty == empty_titles(uid, name)


WORKS = "Claude works"
WORDS = {
    "calm": {},
    "acknowledged": dict.fromkeys(("api", "code"), "Down, and Claude knows"),
    "unacknowledged": dict.fromkeys(("api", "code"), "Down, and nobody says so"),
    "network": {},
    "model": dict.fromkeys(("api", "code"), "One model fails"),
    "mixed": {},
}
"""What the first tiles say at the end of a day of the surfaces that do not work."""


@pytest.mark.parametrize("name", days())
def test_the_first_tiles_say_what_most_vantages_see(name):
    """Worst first; our own network is down at one of three vantages only, so Claude works."""
    (panel,) = (each for each in panels_of(DASHBOARDS["is-claude-down"]) if each["id"] == 1)
    (texts,) = (each["options"] for each in panel["fieldConfig"]["defaults"]["mappings"])
    day = past(name)
    series = answer_of(day, panel["targets"][0], moment_of(day))
    said = {each["metric"]["surface"]: texts[each["values"][0][1]]["text"] for each in series}
    assert said == dict.fromkeys(("web", "api", "code", "console"), WORKS) | WORDS[name]
    assert list(said)[: len(WORDS[name])] == sorted(WORDS[name])
