"""Every query of every dashboard, as Grafana sends it, on days that were really judged."""

import asyncio
import contextlib
import math
import re
import time

import httpx
import pytest
from support.dashboards import DASHBOARDS, Moment, legend_of, panels_of
from support.days import HOUR, days
from support.empty import empty_titles
from support.past import Past, past
from support.played import SCRAPE
from support.programs import require
from support.running import Exporter, simulated

from claude_exporter.simulator.library import load_scenario
from claude_exporter.stack.drill_files import write_drill_files
from claude_exporter.stack.launches import launch_prometheus
from claude_exporter.stack.ports import Place, choose_port
from claude_exporter.stack.supervise import started

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


def seen_on(day, uid, moment):
    """What is wrong on a dashboard, and the titles of the panels that show nothing."""
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
    return problems, empty


@pytest.mark.parametrize("uid", DASHBOARDS)
@pytest.mark.parametrize("name", days())
def test_a_dashboard_shows_what_there_is(name, uid):
    """No error, no NaN, no nameless line; what is empty is meant to be, and nothing else."""
    day = past(name)
    problems, empty = seen_on(day, uid, moment_of(day))
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


SPEED = 20.0
LATER = {"Alerts now", "How long will it take?"}
"""What takes minutes even of the faster time."""


async def test_one_exporter_without_a_vantage_is_shown_too(tmp_path):
    """
    The real exporter, scraped by a real Prometheus, in an outage of the simulator.

    Its time runs faster, and no label tells vantages apart: nothing is lost by that.
    """
    scenario = load_scenario("unacknowledged-outage")
    async with simulated(scenario, tmp_path, at=300.0) as (_, config):
        exporter = await Exporter(tmp_path, config, SPEED).start()
        place = Place(host="127.0.0.1", port=choose_port("127.0.0.1", 19090))
        addresses = {"exporter": f"127.0.0.1:{exporter.port}", "prometheus": place.reach}
        write_drill_files(tmp_path / "config", addresses, exporter.url, SPEED)
        async with started([launch_prometheus(tmp_path, require("prometheus"), place)]):
            live = Past(None, f"http://{place.reach}")
            problems = await until_shown(live, "is-claude-down", QUIET_TODAY | LATER)
            api = await asyncio.to_thread(live.query, 'claude:verdict{surface="api"}', time.time())
        await exporter.stop()
    assert problems == []
    assert [each["metric"]["action"] for each in api] == ["wait"]


QUIET_TODAY = {"Incidents on the status page", "Maintenances on the status page"}


async def until_shown(live, uid, unless):
    """What is wrong on a dashboard as soon as every panel shows something, but for some."""
    empty = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while empty is None or empty - unless:
                await asyncio.sleep(0.2)
                moment = Moment(time.time(), 60, scrape=15 / SPEED)
                with contextlib.suppress(httpx.TransportError):
                    problems, empty = await asyncio.to_thread(seen_on, live, uid, moment)
    assert empty is not None
    assert empty - unless == set()
    return problems
