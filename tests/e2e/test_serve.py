"""The exporter as a process: it starts, judges, survives, reloads and stops."""

import asyncio
import signal
import subprocess
import time

import pytest
from support.programs import require
from support.running import Exporter, player, simulated

from claude_exporter.simulator.library import load_scenario

pytestmark = pytest.mark.e2e


async def test_metrics_are_clean_and_complete(tmp_path):
    """`promtool check metrics` has nothing to say, and every declared family is there."""
    from claude_exporter.web.metrics import CATALOGUE  # noqa: PLC0415

    async with simulated(load_scenario("blip-90s"), tmp_path) as (_, config):
        exporter = await Exporter(tmp_path, config).start()
        text = (await exporter.get("/metrics")).text
        assert await exporter.stop() == 0
    promtool = require("promtool")
    done = await asyncio.to_thread(
        subprocess.run,
        [promtool, "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert [desc.name for desc in CATALOGUE if f"# TYPE {desc.name} " not in text] == []


async def test_sigterm_ends_with_status_0_within_two_seconds(tmp_path):
    """A target that hangs does not hold up the end, nor does an open page that listens."""
    scenario = load_scenario("blip-90s")
    async with simulated(scenario, tmp_path) as (_, config):
        behind = "--web.external-url=http://tools.test/claude/", "--web.route-prefix=/"
        exporter = await Exporter(tmp_path, config, 1.0, *behind).start()
        assert 'href="http://tools.test/claude/history"' in (await exporter.get("/feed.atom")).text
        reader, writer = await asyncio.open_connection("127.0.0.1", exporter.port)
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"event: change")
        began = time.monotonic()
        assert await exporter.stop() == 0
        assert time.monotonic() - began < 2.0
        assert (await reader.read()).endswith(b"\r\n0\r\n\r\n")
        writer.close()


async def test_a_kill_in_minute_6_does_not_restart_the_ten_minutes(tmp_path):
    """Killed without warning and started again, it escalates at minute 10, not at 16."""
    speed = 30.0
    scenario = load_scenario("unacknowledged-outage")
    async with simulated(scenario, tmp_path) as (simulator, config):
        exporter = await Exporter(tmp_path, config, speed).start()
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(player(scenario, simulator, speed).play())
            await exporter.until_row("api", "unconfirmed")
            answer = (await exporter.get("/api/v1/verdict")).json()
            failing = next(v for v in answer["verdicts"] if v["surface"] == "api")
            onset = answer["at"] - failing["failing_for"]
            await asyncio.sleep(max(0.0, onset + 6 * 60 / speed - time.time()))
            assert await exporter.stop(signal.SIGKILL) == -signal.SIGKILL
            await exporter.start()
            reached = await exporter.until_row("api", "unacknowledged")
            waited = (reached.json()["at"] - onset) * speed
            playing.cancel()
        await exporter.stop()
    assert 10 * 60 <= waited < 14 * 60


async def test_reload_takes_the_new_configuration_or_keeps_the_old(tmp_path):
    """A mistake is refused whole and said so; a mended file is taken."""
    async with simulated(load_scenario("blip-90s"), tmp_path) as (_, config):
        exporter = await Exporter(tmp_path, config).start()
        good = config.read_text(encoding="utf-8")
        config.write_text(f"{good}\ntargets:\n  - {{name: web, intervall: 10s}}\n", "utf-8")
        exporter.process.send_signal(signal.SIGHUP)
        metric = "claude_exporter_config_last_reload_successful"
        await exporter.until("/metrics", lambda answer: f"\n{metric} 0.0\n" in answer.text)
        refused = await _post(exporter, "/-/reload")
        assert refused.status_code == 500
        assert "$.targets[0].intervall" in refused.text
        assert (await exporter.rows())["web"] == "fine"

        config.write_text(f"{good}\ntargets:\n  - {{name: console, enabled: false}}\n", "utf-8")
        assert (await _post(exporter, "/-/reload")).status_code == 200
        text = (await exporter.get("/metrics")).text
        assert f"\n{metric} 1.0\n" in text
        assert 'target="console"' not in text
        assert await exporter.stop() == 0


async def _post(exporter, path):
    import httpx  # noqa: PLC0415

    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.post(f"{exporter.url}{path}")
