"""`claude-exporter watch` of a real exporter, ended by what works and by a real Ctrl-C."""

import asyncio
import signal
import sys

import pytest
from support.running import Exporter, simulated

from claude_exporter.simulator.library import load_scenario

pytestmark = pytest.mark.e2e


async def test_watch_follows_a_real_exporter(tmp_path):
    """What works ends it at once, what fails is told, and Ctrl-C ends it cleanly."""
    async with simulated(load_scenario("unacknowledged-outage"), tmp_path, 840) as (_, config):
        exporter = await Exporter(tmp_path, config, 20.0).start()
        try:
            await exporter.until_row("web", "fine")
            watching = await _watch(exporter, "--surface=api", "--until-fine", "--every=1s")
            told = await asyncio.wait_for(watching.stdout.readline(), 30)
            watching.send_signal(signal.SIGINT)
            fine = await _watch(exporter, "--surface=web", "--until-fine")
            ends = await asyncio.gather(watching.communicate(), fine.communicate())
        finally:
            await exporter.stop()
    assert b" api wait (" in told or b" api escalate (" in told
    assert (watching.returncode, fine.returncode) == (130, 0)
    assert [error for _, error in ends] == [b"", b""]


async def _watch(exporter, *options):
    command = (sys.executable, "-m", "claude_exporter", "watch", f"--url={exporter.url}", *options)
    return await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def test_simulate_plays_to_an_exporter_that_somebody_runs(tmp_path):
    """As the profile `drill` of the containers does: one writes the configuration, one reads it."""
    config = tmp_path / "drill.yml"
    command = ("simulate", f"--write-config={config}", "--speed=60", "--repeat")
    simulator = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "claude_exporter", *command), stdout=asyncio.subprocess.PIPE
    )
    told = b""
    while b"Configuration" not in told:
        told += await asyncio.wait_for(simulator.stdout.readline(), 30)
    exporter = await Exporter(tmp_path, config, 20.0).start()
    try:
        await exporter.until_row("web", "fine")
        await exporter.until("/api/v1/verdict", lambda found: '"overloaded"' in found.text)
    finally:
        await exporter.stop()
        simulator.send_signal(signal.SIGINT)
        await simulator.communicate()
    assert simulator.returncode == 0
    assert not config.exists()
    assert not config.with_suffix(".ca.pem").exists()
