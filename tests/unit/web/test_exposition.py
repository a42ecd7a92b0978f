"""/metrics, byte for byte."""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from support.exposed import STATES, Exposed, healthy
from support.programs import require

from claude_exporter.core.model import Sign, Surface
from claude_exporter.web.exposition import Exposition
from claude_exporter.web.metrics import CATALOGUE

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="module")
def texts():
    """Each state is played once."""
    return {}


@pytest.fixture
async def text(state, texts):
    """The exposition; what differs from machine to machine is put aside."""
    if state not in texts:
        texts[state] = portable(Exposition((await STATES[state]()).exporter).text(7))
    return texts[state]


def portable(text):
    return re.sub(r'\{python="[^"]*",version="[^"]*"\}', '{python="3.x",version="x"}', text)


def samples_of(text):
    """The sample lines of an exposition, by series."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


@pytest.mark.parametrize("state", STATES)
def test_golden_exposition(state, text):
    """Each state is told with exactly these bytes; `make golden` writes them again."""
    golden = GOLDEN / f"{state}.prom"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_state():
    assert {path.stem for path in GOLDEN.glob("*.prom")} == set(STATES)


class Parsed:
    """A collector that gives back what was parsed."""

    def __init__(self, text):
        self.families = list(text_string_to_metric_families(text))

    def collect(self):
        return self.families


@pytest.mark.parametrize("state", STATES)
def test_prometheus_client_renders_the_same_bytes(text):
    """Parsed and rendered again by prometheus_client's own generate_latest, nothing changes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Parsed(text))
    assert generate_latest(registry).decode() == text


@pytest.mark.promtool
@pytest.mark.parametrize("state", STATES)
def test_promtool_has_nothing_to_say(state):
    """Names, units, types and help are as Prometheus wants them."""
    done = subprocess.run(
        [require("promtool"), "check", "metrics"],
        input=(GOLDEN / f"{state}.prom").read_bytes(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.mark.parametrize("state", STATES)
def test_every_family_is_declared_once_and_in_order(text):
    """Also without a sample: a family that appears later would be a surprise to whoever queries."""
    declared = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)
    assert declared == [(desc.name, desc.kind) for desc in CATALOGUE]


@pytest.mark.parametrize("state", STATES)
def test_no_series_is_there_twice(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(samples_of(text))


async def test_only_a_target_with_a_new_result_is_rendered_again():
    """Ten targets at first, none while nothing happens, one after one result."""
    exposed = await healthy()
    exposition = Exposition(exposed.exporter)
    rendered = []
    for target in (None, None, "web"):
        if target:
            last = exposed.evaluator.tracked[target].state.last
            exposed.evaluator.record_result(last)
        exposition.text(0)
        rendered.append(exposition._targets.rendered)
    assert rendered == [10, 10, 11]


async def test_what_is_kept_never_goes_stale():
    """Scraped before, during and after an outage, it says what one scrape at the end says."""
    exposed = Exposed()
    scraped = Exposition(exposed.exporter)
    for signs in ({}, {Surface.API: Sign.OVERLOADED}, {Surface.API: Sign.TIMEOUT}, {}):
        await exposed.pass_time(60, signs)
        assert scraped.text(0) == Exposition(exposed.exporter).text(0)
    assert samples_of(scraped.text(0))[FAILURES] == "2.0"


FAILURES = 'claude_probe_failures_total{sign="timeout",surface="api",target="api-models"}'


async def test_what_was_prepared_is_what_is_shown():
    """Rendering ahead, a few targets at a time, changes nothing but who waits."""
    exposed = await healthy()
    plain = Exposition(exposed.exporter).text(7)
    prepared = (await Exposition(exposed.exporter).rendered(7)).decode()
    assert prepared.startswith(plain)
    assert "\nprocess_cpu_seconds_total " in prepared[len(plain) :]


async def test_counters_stay_while_nothing_happens():
    """Two scrapes a minute apart differ in no counter and no histogram."""
    exposed = await healthy()
    exposition = Exposition(exposed.exporter)
    before = samples_of(exposition.text(0))
    await exposed.clock.advance(60)
    after = samples_of(exposition.text(0))
    changed = {series for series in before if before[series] != after.get(series)}
    assert {series.partition("{")[0] for series in changed} <= {"claude_surface_success_ratio"}


async def test_every_sign_of_a_failure_is_there_from_zero():
    """rate() sees the first failure."""
    text = Exposition(Exposed().exporter).text(0)
    zeros = re.findall(r'claude_probe_failures_total\{sign="(\w+)",.*target="web"\} 0\.0', text)
    assert zeros == [sign for sign in Sign if sign not in {Sign.OK, Sign.SLOW}]


async def test_a_target_that_is_no_longer_watched_leaves_nothing():
    """Neither samples nor memory."""
    exposed = await healthy()
    exposition = Exposition(exposed.exporter)
    assert 'target="web"' in exposition.text(0)
    kept = [each for each, _ in exposed.evaluator.tracked.values() if each.name != "web"]
    exposed.evaluator.replace_targets(kept)
    assert 'target="web"' not in exposition.text(0)
    assert "web" not in exposition._targets._texts
    assert "web" not in exposition._targets._kept


async def test_a_target_that_moves_to_another_surface_takes_its_new_label():
    """A reload may change everything but the name; the totals go on."""
    exposed = await healthy()
    exposition = Exposition(exposed.exporter)
    exposition.text(0)
    targets = [
        replace(each, surface=Surface.CONSOLE) if each.name == "web" else each
        for each, _ in exposed.evaluator.tracked.values()
    ]
    exposed.evaluator.replace_targets(targets)
    samples = samples_of(exposition.text(0))
    assert samples['claude_probe_attempts_total{surface="console",target="web"}'] == "5.0"
    assert 'claude_probe_attempts_total{surface="web",target="web"}' not in samples
