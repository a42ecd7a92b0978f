"""What /metrics says of keyed probes."""

import asyncio
import re
import subprocess

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.clock import FakeClock
from support.exposed import scrape_of
from support.programs import require

from claude_exporter.config import load_config
from claude_exporter.core.model import Allowance, ApiFacts, ProbeResult, Sign
from claude_exporter.probers.spec import ProbeRefusedError
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.plan import plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.web.api_text import API_FAMILIES
from claude_exporter.web.api_text import api_text as text_of

KEYED = {"key": {"env": "KEY"}, "models": ["claude-haiku-4-5"], "messages": True}
FACTS = ApiFacts(
    kind="message",
    first_token=0.61,
    total=0.97,
    input_tokens=11,
    output_tokens=7,
    output_rate=53.0,
    allowances=(Allowance(kind="requests", limit=50.0, remaining=47.0, reset_at=1767225613.0),),
)


def exporter_of(folder, **sections):
    file = folder / "exporter.yml"
    file.write_text(yaml.safe_dump(sections))
    plan = plan_of(load_config(file, {"KEY": "sk-marked"}))
    return Exporter(plan, FakeClock(), StateFile(folder / "state.db"))


def api_text(exporter):
    """What a scrape shows of keyed probes now."""
    return text_of(scrape_of(exporter))


@pytest.fixture
def keyed(tmp_path):
    """An exporter that has sent one message and was refused the next one."""
    exporter = exporter_of(tmp_path, api_probes=KEYED)
    receipt = exporter.budget.reserve("message", 104_000)
    exporter.budget.settle(receipt, 46_000)
    exporter.budget.back_off("message", 47.0)
    with pytest.raises(ProbeRefusedError):
        exporter.budget.reserve("message", 104_000)
    name = "keyed-message-claude-haiku-4-5"
    result = ProbeResult(
        target=name,
        started_at=exporter.clock.now(),
        duration=1.01,
        sign=Sign.RATE_LIMITED,
        success=False,
        api=FACTS,
        retry_after=47.0,
    )
    exporter.record(result)
    yield exporter
    exporter.state_file.close()


WITH_KEY = """\
claude_api_keyed_probes_enabled 1.0
claude_api_keyed_targets_blocked 0.0
claude_api_target_info{kind="models",model="",surface="api",target="keyed-models"} 1.0
claude_api_target_info{kind="count_tokens",model="M",surface="api",target="keyed-count-M"} 1.0
claude_api_target_info{kind="message",model="M",surface="api",target="T"} 1.0
claude_api_time_to_first_token_seconds{model="M",surface="api",target="T"} 0.61
claude_api_message_duration_seconds{model="M",surface="api",target="T"} 0.97
claude_api_output_tokens{model="M",surface="api",target="T"} 7.0
claude_api_output_tokens_per_second{model="M",surface="api",target="T"} 53.0
claude_api_ratelimit_limit{kind="requests",target="T"} 50.0
claude_api_ratelimit_remaining{kind="requests",target="T"} 47.0
claude_api_ratelimit_reset_timestamp_seconds{kind="requests",target="T"} 1.767225613e+09
claude_api_retry_after_seconds{target="T"} 47.0
claude_api_spent_usd_total 4.6e-05
claude_api_spent_today_usd 4.6e-05
claude_api_budget_usd 0.1
claude_api_probes_skipped_total{reason="budget"} 0.0
claude_api_probes_skipped_total{reason="rate"} 0.0
claude_api_probes_skipped_total{reason="backoff"} 1.0
claude_api_probes_skipped_total{reason="unsaved"} 0.0
"""
WITHOUT = """\
claude_api_keyed_probes_enabled 0.0
claude_api_keyed_targets_blocked 0.0
claude_api_spent_usd_total 0.0
claude_api_spent_today_usd 0.0
claude_api_budget_usd 0.0
claude_api_probes_skipped_total{reason="budget"} 0.0
claude_api_probes_skipped_total{reason="rate"} 0.0
claude_api_probes_skipped_total{reason="backoff"} 0.0
claude_api_probes_skipped_total{reason="unsaved"} 0.0
"""


def samples(text):
    """The samples but those of the histogram, with short names."""
    short = text.replace("keyed-message-claude-haiku-4-5", "T").replace("claude-haiku-4-5", "M")
    return re.sub(r"(#|claude_api_first_token_seconds).*\n", "", short)


def test_with_a_key(keyed):
    """Every number of the last message, the limits, and the money."""
    assert samples(api_text(keyed)) == WITH_KEY


def test_without_a_key(tmp_path):
    """No keyed probes is a number too."""
    assert samples(api_text(exporter_of(tmp_path))) == WITHOUT


def test_a_key_that_cannot_be_read(keyed):
    """Configured but blocked is off, and one that can be read is on."""
    names = [name for name, each in keyed.evaluator.tracked.items() if each.target.keyed]
    keyed.blocked = dict.fromkeys(names[1:], "it is not set")
    assert "claude_api_keyed_probes_enabled 1.0" in api_text(keyed)
    assert f"claude_api_keyed_targets_blocked {len(names) - 1}.0" in api_text(keyed)
    keyed.blocked = dict.fromkeys(names, "it is not set")
    assert "claude_api_keyed_probes_enabled 0.0" in api_text(keyed)


def test_first_tokens_are_a_histogram(keyed):
    """0.61 s lies in the fourth bucket."""
    families = {each.name: each for each in text_string_to_metric_families(api_text(keyed))}
    found = families["claude_api_first_token_seconds"].samples
    counts = {each.labels.get("le"): each.value for each in found if each.name.endswith("_bucket")}
    assert (counts["0.5"], counts["1.0"], counts["+Inf"]) == (0.0, 1.0, 1.0)
    assert found[-1].value == 0.61


def test_every_family_is_declared_once_and_told(keyed):
    """The table of families and the text agree, in order."""
    told = re.findall(r"# TYPE (\S+) (\S+)", api_text(keyed))
    assert told == [(each.name, each.kind) for each in API_FAMILIES]


def test_the_key_is_not_in_it(keyed):
    """Nor in any other text of the exporter's own."""
    assert "sk-marked" not in api_text(keyed) + repr(keyed.plan)


@pytest.mark.promtool
def test_promtool_has_nothing_to_say(keyed):
    """Names, units, types and help are as Prometheus wants them."""
    command = [require("promtool"), "check", "metrics"]
    found = subprocess.run(
        command, input=api_text(keyed).encode(), capture_output=True, check=False, timeout=30
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, b"")


def test_a_restart_finds_what_was_spent(keyed, tmp_path):
    """The counter goes on, the pause too, and what was paid today is still paid."""
    keyed.state_file.close()
    again = exporter_of(tmp_path, api_probes=KEYED)
    assert again.budget.spent == 46_000
    with pytest.raises(ProbeRefusedError, match="backoff"):
        again.budget.admit("message")
    again.state_file.close()


async def test_a_reload_keeps_what_was_spent(keyed, tmp_path):
    """Less is allowed from now on, and what was spent counts against it."""
    file = tmp_path / "less.yml"
    file.write_text(yaml.safe_dump({"api_probes": {**KEYED, "max_usd_per_day": 0.0001}}))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(keyed.scheduler.run([]))
        await asyncio.sleep(0)
        keyed.replace_plan(plan_of(load_config(file, {"KEY": "sk-marked"})))
        running.cancel()
    with pytest.raises(ProbeRefusedError, match="budget"):
        keyed.budget.reserve("another", 104_000)


def test_without_a_state_file_nothing_is_paid(tmp_path):
    """What no restart would remember is not spent."""
    exporter = exporter_of(tmp_path, api_probes=KEYED)
    exporter.state_file = StateFile(None)
    with pytest.raises(ProbeRefusedError, match="unsaved"):
        exporter.budget.reserve("message", 104_000)
