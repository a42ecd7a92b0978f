"""The exporter as a process that is killed while it spends."""

import signal

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.running import Exporter

from claude_exporter.probers.api_cost import price_of
from claude_exporter.simulator.server import Simulator

MODEL = "claude-haiku-4-5"
MOST_AN_HOUR = 3
A_MESSAGE = price_of(MODEL).of(11, 8) / 1e9


def config_of(folder, network):
    """Nothing but messages, as often as can be configured."""
    keyed = {
        "key": {"env": "CLAUDE_SIMULATED_KEY"},
        "models": [MODEL],
        "list_models": False,
        "count_tokens": False,
        "messages": True,
        "messages_interval": "10s",
        "messages_timeout": "5s",
        "max_per_hour": MOST_AN_HOUR,
    }
    file = folder / "exporter.yml"
    reached = {
        "resolver": network.resolver,
        "connect_to": dict(network.connect_to),
        "ca_file": network.ca_file,
        "proxy_from_environment": False,
    }
    sections = {"default_targets": False, "allow_no_control": True, "api_probes": keyed}
    pages = [{"name": "claude", "enabled": False}]
    file.write_text(yaml.safe_dump({**sections, "network": reached, "status_pages": pages}))
    return file


def number(response, name, **labels):
    """One sample of /metrics."""
    families = text_string_to_metric_families(response.text)
    samples = [each for family in families for each in family.samples]
    return next(each.value for each in samples if each.name == name and each.labels == labels)


def limited(response):
    """Whether the hour's number is reached, as /metrics says."""
    return number(response, "claude_api_probes_skipped_total", reason="rate") > 0


@pytest.mark.e2e
async def test_a_kill_does_not_buy_more(tmp_path):
    """Killed after the first message, then after the last: never more than the hour allows."""
    async with Simulator() as simulator:
        config = config_of(tmp_path, simulator.network())
        exporter = await Exporter(tmp_path, config, 20.0).start()
        try:
            await exporter.until(
                "/metrics", lambda found: number(found, "claude_api_spent_usd_total") > 0
            )
            await exporter.stop(signal.SIGKILL)
            await exporter.start()
            found = await exporter.until("/metrics", limited)
            assert simulator.requests["api.anthropic.com"] <= MOST_AN_HOUR
            spent = number(found, "claude_api_spent_usd_total")
            assert spent >= A_MESSAGE * simulator.requests["api.anthropic.com"]
            await exporter.stop(signal.SIGKILL)
            await exporter.start()
            await exporter.until("/metrics", limited)
            assert simulator.requests["api.anthropic.com"] <= MOST_AN_HOUR
        finally:
            await exporter.stop()
    assert "simulated-key" not in exporter.log.read_text() + found.text
    assert b"simulated-key" not in (tmp_path / "state.db").read_bytes()
