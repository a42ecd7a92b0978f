"""The registry of metric families: all of /metrics is in it, once, and explained."""

import importlib
import pkgutil
import re
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.exposed import STATES, Exposed, scrape_of

import claude_exporter
from claude_exporter.config import load_config
from claude_exporter.runtime.plan import plan_of
from claude_exporter.web.cardinality import sizes_of
from claude_exporter.web.exposition import Exposition
from claude_exporter.web.families import Desc
from claude_exporter.web.metrics import CATALOGUE, GROUPS

GROUP_IDS = [group.heading for group in GROUPS]
each_group = pytest.mark.parametrize("group", GROUPS, ids=GROUP_IDS)


def declared_anywhere():
    """Every family that any module of the package declares."""
    names = (
        each.name for each in pkgutil.walk_packages(claude_exporter.__path__, "claude_exporter.")
    )
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    values = (value for module in modules for value in vars(module).values())
    return {value for value in values if isinstance(value, Desc)}


def test_every_family_that_is_declared_is_in_the_registry():
    """One that is declared beside it would be bounded and documented nowhere."""
    assert {desc.name for desc in declared_anywhere()} == {desc.name for desc in CATALOGUE}


def test_no_label_is_one_of_prometheus_own():
    """They would be renamed to exported_... or clash with what service discovery sets."""
    own = {"service", "type", "env", "region", "instance", "job", "le", "quantile"}
    assert [desc.name for desc in CATALOGUE if own & set(desc.labels)] == []


def test_no_family_and_no_size_is_there_twice():
    assert [name for name, n in Counter(desc.name for desc in CATALOGUE).items() if n > 1] == []
    plan = Exposed().exporter.plan
    words = Counter(word for group in GROUPS for word in group.sizes(plan))
    assert [word for word, n in words.items() if n > 1] == []


@pytest.mark.parametrize("state", STATES)
async def test_a_scrape_shows_what_the_registry_has_and_nothing_else(state):
    """Of the whole answer, the process's own families included."""
    exporter = (await STATES[state]()).exporter
    text = (await Exposition(exporter).rendered(7)).decode()
    shown = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)
    ours = [each for each in shown if not each[0].startswith(("process_", "python_gc_"))]
    assert ours == [(desc.name, desc.kind) for desc in CATALOGUE]


@each_group
async def test_a_group_renders_its_own_families_with_their_own_labels(group):
    """In order, each with its header, in the middle of an outage."""
    exporter = (await STATES["outage_acknowledged"]()).exporter
    text = group.text(scrape_of(exporter))
    assert re.findall(r"^# TYPE (\S+)", text, re.MULTILINE) == [d.name for d in group.families]
    labels = {desc.name.removesuffix("_total"): set(desc.labels) for desc in group.families}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels.keys() - {"le"} == labels[family.name], sample


@each_group
def test_every_label_is_explained_and_every_explanation_is_of_a_label(group):
    used = {label for desc in group.families for label in desc.labels}
    assert group.labels.keys() == used
    assert all(group.labels.values())


@each_group
def test_every_size_that_a_family_names_is_counted(group):
    plan = Exposed().exporter.plan
    counted = {word for each in GROUPS for word in each.sizes(plan)}
    named = {word for desc in group.families for word in desc.series if isinstance(word, str)}
    assert named <= counted


def test_sizes_follow_the_configuration(tmp_path):
    """Keyed probes and targets are counted as they are configured."""
    file = tmp_path / "exporter.yml"
    file.write_text("api_probes: {key: {env: KEY}, models: [claude-haiku-4-5], messages: true}\n")
    plan = plan_of(load_config(file, {"KEY": "sk-x"}))
    sizes = sizes_of(plan)
    assert (sizes["targets"], sizes["keyed"], sizes["messages"]) == (len(plan.targets), 3, 1)
