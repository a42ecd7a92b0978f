"""docs/scenarios.md says what the code does: every list in it is compared with the code's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from claude_exporter.core.signs import sign_of_response
from claude_exporter.simulator.behaviour import Behaviour, Fault
from claude_exporter.simulator.bodies import ANSWER_OF_BODY, Body
from claude_exporter.simulator.hosts import GROUPS, HOST_OF_NAME, Host
from claude_exporter.simulator.page_state import (
    IncidentChange,
    MaintenanceChange,
    PageChange,
    Part,
    Phase,
    WorkPhase,
)
from claude_exporter.simulator.readings import PAGE_FAULT_OF_FAULT, SIGN_OF_FAULT
from claude_exporter.simulator.real_requests import SENT_AS, RealRequests
from claude_exporter.simulator.scenario import Expectation, Notification, Scenario, Step

TEXT = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def _table(first):
    """The rows of the table whose header begins with *first*, as lists of cells."""
    _, _, rest = TEXT.partition(f"| {first} |")
    lines = rest.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _tables_of_keys():
    """The first cells of each table of keys, in the order of the document."""
    blocks = TEXT.split("| key | what it says |\n|---|---|\n")[1:]
    return [re.findall(r"^\| `([^`]+)`", block.split("\n\n")[0], re.MULTILINE) for block in blocks]


def test_every_key_is_explained():
    """The file's, a behaviour's and the page's keys are those of the schema, in its order."""
    models = (Scenario, Behaviour, PageChange, RealRequests)
    assert [sorted(keys) for keys in _tables_of_keys()] == [
        sorted(model.model_fields) for model in models
    ]


def test_every_end_of_a_real_request_is_listed():
    line = next(line for line in TEXT.splitlines() if line.startswith("| `sign` |"))
    assert re.findall(r"`(\w+)`", line)[1:] == ["ok", *SENT_AS]


def test_every_body_is_listed_with_its_meaning():
    """Name, status and sign are those of the code."""
    wanted = [
        [f"`{body}`", str(answer.status), f"`{_sign_of(answer)}`"]
        for body, answer in ((body, ANSWER_OF_BODY[body]) for body in Body)
    ]
    assert _table("body") == wanted


def _sign_of(answer):
    return sign_of_response(answer.status, answer.headers, answer.body)


def test_every_fault_is_listed_with_its_meaning():
    """Name, sign and page fault are those of the code."""
    wanted = [
        (f"`{fault}`", f"`{SIGN_OF_FAULT[fault]}`", f"`{PAGE_FAULT_OF_FAULT[fault]}`")
        for fault in Fault
    ]
    assert [(row[0], row[2], row[3]) for row in _table("fault")] == wanted


def test_every_host_is_listed():
    """The short names are those of the code, and each real name stands beside its own."""
    rows = dict(_table("name"))
    assert list(rows) == [f"`{name}`" for name in (*Host, *GROUPS)]
    assert [name for name, host in HOST_OF_NAME.items() if name not in rows[f"`{host}`"]] == []


NAMES = {
    "steps": set(Step.model_fields),
    "expectations": set(Expectation.model_fields),
    "notifications": set(Notification.model_fields),
    "incidents": set(IncidentChange.model_fields),
    "maintenances": set(MaintenanceChange.model_fields),
    "components": set(Part),
    "phases of incidents": set(Phase),
    "phases of maintenances": set(WorkPhase),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES.keys())
def test_every_name_is_mentioned(names):
    """Nothing that a file may say is missing from its reference."""
    assert names - set(re.findall(r"`([a-z_]+)`", TEXT)) == set()


def test_the_example_is_a_scenario():
    """What a reader copies is accepted."""
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert Scenario.model_validate(yaml.safe_load(example[1])).duration == 900.0
