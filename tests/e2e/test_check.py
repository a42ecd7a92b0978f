"""`claude-exporter check` in each state of the simulator: the right words and exit status."""

import json
import os
import subprocess
import sys

import pytest
from support.running import simulated

from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.library import load_scenario

pytestmark = pytest.mark.e2e

# scenario, moment, how long it has failed already -> exit status, surface, row, title
STATES = {
    "all is well": ("blip-90s", 60, None, 0, "api", "fine"),
    "an outage that just began": ("unacknowledged-outage", 180, None, 1, "api", "blip"),
    "an outage of 12 minutes nobody speaks of": (
        "unacknowledged-outage",
        840,
        "12m",
        3,
        "api",
        "unacknowledged",
    ),
    "an outage the page acknowledges": ("acknowledged-late", 1260, "18m", 1, "api", "acknowledged"),
    "our own network": ("local-network-down", 300, None, 2, "web", "our-network"),
    "a key that is refused": ("bad-key", 600, "8m", 2, "api", "account"),
}


@pytest.mark.parametrize(
    ("name", "at", "failing_for", "status", "surface", "row"), STATES.values(), ids=STATES.keys()
)
async def test_verdict_and_exit_status(name, at, failing_for, status, surface, row, tmp_path):
    """The exit status is the action's, in words and as JSON alike."""
    async with simulated(load_scenario(name), tmp_path, at) as (_, config):
        told = [f"--failing-for={failing_for}"] if failing_for else []
        options = [f"--config.file={config}", "--no-memory", *told]
        words, found = await _check(*options), await _check(*options, "--json")
    answer = json.loads(found.stdout)
    verdicts = {each["surface"]: each for each in answer["verdicts"]}
    assert (words.returncode, found.returncode) == (status, status)
    assert verdicts[surface]["row"] == row
    assert verdicts[surface]["title"] in words.stdout
    assert "4. Claude Code, on this machine" in words.stdout
    assert [each["step"] for each in answer["claude_code"]][-1] == "hosts"
    assert "\x1b[" not in words.stdout


async def test_a_second_check_remembers_since_when(tmp_path):
    """Two checks ten minutes apart need nobody to say since when."""
    scenario = load_scenario("unacknowledged-outage")
    async with simulated(scenario, tmp_path, 300) as (_, config):
        home = {"XDG_STATE_HOME": str(tmp_path / "state")}
        first = await _check(f"--config.file={config}", "--failing-for=9m", **home)
        second = await _check(f"--config.file={config}", "--json", **home)
    api = next(v for v in json.loads(second.stdout)["verdicts"] if v["surface"] == "api")
    assert first.returncode == 1
    assert api["failing_for"] > 9 * 60


WRONG = {
    "a file that is not there": ["--config.file=/nowhere/exporter.yml"],
    "an option that is not there": ["--bad"],
    "a duration without a unit": ["--failing-for=12"],
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_be_checked_exits_with_4(options):
    """Wrong usage is no verdict."""
    done = await _check(*options)
    assert done.returncode == 4
    assert done.stderr
    assert "Traceback" not in done.stderr


async def _check(*options, **environment):
    import asyncio  # noqa: PLC0415

    command = [sys.executable, "-m", "claude_exporter", "check", *options]
    return await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **ENVIRON, **environment},
    )
