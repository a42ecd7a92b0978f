"""Reading scenario files: what they may say, and how a mistake in one is told."""

from __future__ import annotations

import pytest

from claude_exporter.core.page_model import ComponentStatus, Impact
from claude_exporter.simulator.behaviour import Behaviour, Fault
from claude_exporter.simulator.hosts import CONTROLS, SERVED, Host
from claude_exporter.simulator.library import ScenarioError, load_scenario, read_scenario
from claude_exporter.simulator.page_state import Part, PartState, Phase, Post, PostedIncident
from claude_exporter.simulator.scenario import Scenario

HEAD = "name: made-up\ndescription: A test.\nduration: 10m\n"


def _scenario(*steps):
    return Scenario.model_validate(
        {
            "name": "made-up",
            "description": "A test.",
            "duration": "10m",
            "timeline": [{"at": at, "set": change} for at, change in steps],
        }
    )


def _hosts(change):
    return _scenario(("1m", change)).world_at(60.0).hosts


DOWN = {"fault": "refuse"}
REFUSING = Behaviour(fault=Fault.REFUSE)

HOSTS = {
    "one host": ({"web": DOWN}, {Host.WEB: REFUSING}),
    "all control hosts": ({"control": DOWN}, dict.fromkeys(CONTROLS, REFUSING)),
    "one control host": ({"control-apple": DOWN}, {Host.CONTROL_APPLE: REFUSING}),
    "every host": ({"all": DOWN}, dict.fromkeys(SERVED, REFUSING)),
    "the page's own server": ({"page": DOWN}, {Host.PAGE: REFUSING}),
    "the page's own server is well": ({"page": "ok"}, {Host.PAGE: Behaviour()}),
    "what the page says is no behaviour": ({"page": {"incident": None}}, {}),
    "a later name wins over an earlier group": (
        {"all": "ok", "api": DOWN},
        {**dict.fromkeys(SERVED, Behaviour()), Host.API: REFUSING},
    ),
}


@pytest.mark.parametrize(("change", "wanted"), HOSTS.values(), ids=HOSTS.keys())
def test_names_stand_for_hosts(change, wanted):
    """A name is a host or a group of them; the page is both a host and what it says."""
    assert _hosts(change) == wanted


FIRST = {
    "incident": {"name": "Errors", "components": ["api"]},
    "components": {"api": "major_outage"},
}
SECOND = {"incident": {"name": "Errors", "phase": "identified", "components": ["api"], "text": "!"}}


def test_posts_of_one_incident_add_up():
    """The page keeps every post, newest first, with what each changed."""
    major = ComponentStatus.MAJOR
    page = _scenario(("1m", {"page": FIRST}), ("3m", {"page": SECOND})).world_at(200.0).page
    newest = Post(at=180.0, phase=Phase.IDENTIFIED, text="!", affected=((Part.API, major, major),))
    first = Post(
        at=60.0,
        phase=Phase.INVESTIGATING,
        text="We are looking into it and will provide an update as soon as possible.",
        affected=((Part.API, ComponentStatus.OPERATIONAL, major),),
    )
    assert page.incidents == (
        PostedIncident(
            id="s1mincident1",
            name="Errors",
            impact=Impact.MAJOR,
            parts=(Part.API,),
            posts=(newest, first),
        ),
    )
    assert (page.parts[Part.API], page.changed_at) == (PartState(status=major, since=60.0), 180.0)


OTHER = {"incident": {"id": "other", "name": "Login", "components": ["web"]}}
GONE = {
    "null removes every incident": ({"incident": None}, []),
    "a resolved incident leaves alone": (
        {"incident": {"id": "other", "name": "Login", "phase": "resolved"}},
        ["s1mincident1"],
    ),
    "a change that says nothing of incidents keeps them": (
        {"components": {"api": "operational"}},
        ["other", "s1mincident1"],
    ),
}


@pytest.mark.parametrize(("change", "wanted"), GONE.values(), ids=GONE.keys())
def test_incidents_stay_until_they_are_over(change, wanted):
    """Several may be open; each ends by its own last word or with all others."""
    steps = (("1m", {"page": FIRST}), ("2m", {"page": OTHER}), ("3m", {"page": change}))
    page = _scenario(*steps).world_at(180.0).page
    assert [incident.id for incident in page.incidents] == wanted


WORKS = {"name": "Works", "components": ["web"], "starts": "5m", "ends": "7m"}
MAINTENANCES = {
    "announced": ({"maintenance": WORKS}, ["scheduled"]),
    "begun": ({"maintenance": {**WORKS, "phase": "in_progress"}}, ["in_progress"]),
    "completed": ({"maintenance": {**WORKS, "phase": "completed"}}, []),
    "removed": ({"maintenance": None}, []),
}


@pytest.mark.parametrize(("change", "wanted"), MAINTENANCES.values(), ids=MAINTENANCES.keys())
def test_a_maintenance_moves_through_its_phases(change, wanted):
    """It is announced once and keeps the moment of its announcement."""
    steps = (("1m", {"page": {"maintenance": WORKS}}), ("2m", {"page": change}))
    found = _scenario(*steps).world_at(120.0).page.maintenances
    assert [works.phase for works in found] == wanted
    assert {works.created_at for works in found} <= {60.0}


WORKS_BACKWARDS = "{name: W, starts: 5m, ends: 4m}"

BAD = {
    "no mapping at all": ("just words\n", "$: Input should be"),
    "a key nobody knows": (f"{HEAD}tmeline: []\n", "$.tmeline: Extra inputs are not permitted"),
    "a host nobody plays": (
        f"{HEAD}timeline: [{{at: 1m, set: {{wbe: ok}}}}]\n",
        "$.timeline[0].set: expected one of all, api, console, control, control-apple, ",
    ),
    "an empty set": (
        f"{HEAD}timeline: [{{at: 1m, set: {{}}}}]\n",
        "$.timeline[0].set: expected at least one host, page, community, local or elsewhere",
    ),
    "a fault that keyed requests cannot have": (
        f"{HEAD}timeline: [{{at: 1m, set: {{keyed: {{fault: refuse}}}}}}]\n",
        "$.timeline[0].set: keyed: expected an answer or a fault met after the request, not refuse",
    ),
    "steps out of order": (
        f"{HEAD}timeline: [{{at: 2m, set: {{api: ok}}}}, {{at: 1m, set: {{api: ok}}}}]\n",
        "$: timeline: expected moments in order, not 60 after 120",
    ),
    "a step after the end": (
        f"{HEAD}timeline: [{{at: 11m, set: {{api: ok}}}}]\n",
        "$: timeline: 660 s is after the end (600 s)",
    ),
    "a maintenance that ends before it starts": (
        f"{HEAD}timeline:\n- at: 1m\n  set:\n    page: {{maintenance: {WORKS_BACKWARDS}}}\n",
        "$.timeline[0].set.page.maintenance: expected ends after starts (300 s), not 240 s",
    ),
    "a notification without a span": (
        f"{HEAD}notifications: [{{after: 2m, before: 2m, status: firing, alert: A}}]\n",
        "$.notifications[0]: expected before later than after (120 s)",
    ),
    "a duration without a unit": (
        HEAD.replace("10m", '"10"'),
        "$.duration: expected a duration like 30s or 1m30s, not '10'",
    ),
    "a name that is not the file's": (
        HEAD.replace("made-up", "other"),
        "$.name: expected 'made-up' as the file, not 'other'",
    ),
    "broken YAML": ("name: [\n", "while parsing a flow node"),
}


@pytest.mark.parametrize(("text", "wanted"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_told_with_file_and_path(tmp_path, text, wanted):
    """Whoever writes a scenario learns where in it the mistake is, and what was wanted."""
    path = tmp_path / "made-up.yml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert f"{path}: {wanted}" in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    """One line for each."""
    path = tmp_path / "made-up.yml"
    path.write_text("name: made-up\nduration: 1m\nexpect: [{at: 1s, surface: moon, row: 7}]\n")
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    places = [line.split(": ")[1] for line in str(caught.value).splitlines()]
    assert places == [
        "$.description",
        "$.expect[0].surface",
        "$.expect[0].row",
        "$.expect[0].action",
    ]


def test_a_scenario_of_ones_own_is_read_by_its_path(tmp_path):
    """A path that ends in .yml is a file, whatever the package brings."""
    path = tmp_path / "made-up.yml"
    path.write_text(HEAD)
    assert load_scenario(str(path)) == read_scenario(path)


def test_an_unknown_name_lists_the_known_ones():
    """The message is the list to choose from."""
    with pytest.raises(ScenarioError, match=r"one of .*blip-90s, .*, not 'blip'"):
        load_scenario("blip")


def test_a_missing_file_is_told_as_missing(tmp_path):
    """The message names the file."""
    with pytest.raises(ScenarioError, match=r"none\.yml"):
        load_scenario(tmp_path / "none.yml")
