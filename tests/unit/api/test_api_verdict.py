"""What keyed probes mean for the verdict: the simulator really probed, the clock set by hand."""

from dataclasses import replace

import pytest
import yaml
from support.simulated import world_of

from claude_exporter.config import load_config
from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Impact, Incident, IncidentPhase, PageContent, PageReport
from claude_exporter.probers import PROBERS
from claude_exporter.probers.spec import ProbeContext
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.behaviour import Behaviour
from claude_exporter.simulator.readings import reading_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

HAIKU, OPUS = "claude-haiku-4-5", "claude-opus-4-6"
NOW = 1_700_000_003.0
DOWN = {HAIKU: "overloaded_error"}
ALL_DOWN = {**DOWN, OPUS: "overloaded_error"}
IN_STREAM = {HAIKU: {"stream": {"error": "overloaded_error"}}}
GATEWAY = {
    "name": "gateway",
    "base_url": "https://api.anthropic.com/v1/gateway",
    "key": {"env": "CLAUDE_SIMULATED_KEY"},
    "models": [HAIKU],
    "messages": True,
}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Two models with messages, and a gateway that is never there."""
    keyed = {
        "key": {"env": "CLAUDE_SIMULATED_KEY"},
        "models": [HAIKU, OPUS],
        "messages": True,
        "routes": [GATEWAY],
    }
    file = tmp_path_factory.mktemp("config") / "exporter.yml"
    file.write_text(yaml.safe_dump({"api_probes": keyed}))
    return load_config(file, ENVIRON)


def page(*models):
    """A page without incidents, or with one that names models but no component."""
    posted = Incident(
        id="i1",
        name="Elevated errors",
        phase=IncidentPhase.INVESTIGATING,
        impact=Impact.MINOR,
        surfaces=frozenset(),
        models=frozenset(models),
        updated_at=NOW,
    )
    incidents = (posted,) if models else ()
    return PageContent(page_id="p", name="Claude", indicator=Impact.NONE, incidents=incidents)


FOUND = {
    "all models answer": ({}, page(), ("fine", "none")),
    "one model fails": (DOWN, page(), ("one-model", "troubleshoot")),
    "one model fails inside its streams only": (IN_STREAM, page(), ("one-model", "troubleshoot")),
    "one model fails and the page names it": (DOWN, page("Haiku 4.5"), ("acknowledged", "wait")),
    "one model fails and the page names another": (
        DOWN,
        page("Opus 4.6"),
        ("one-model", "troubleshoot"),
    ),
    "all models fail": (ALL_DOWN, page(), ("blip", "wait")),
}


@pytest.mark.parametrize(("models", "content", "verdict"), FOUND.values(), ids=FOUND)
async def test_verdict(api, config, models, content, verdict):
    """One model that fails is not the API; all of them are."""
    await api.behave(models=models)
    targets = [each for each in config.build_targets() if not each.part.startswith("route-")]
    found = await judged(api, targets, content)
    assert (found.verdict.row, found.verdict.action) == verdict


async def test_a_fallback_that_fails_does_not_fail_the_api(api, config):
    """A gateway's trouble is its own: the surface does not fail, and no model does."""
    await api.behave()
    targets = config.build_targets()
    routes = {each.name for each in targets if each.part == "route-gateway"}
    found = await judged(api, targets, page())
    assert {name for name, result in api.results.items() if not result.success} == routes
    assert (found.seen.failing, found.seen.one_model) == (False, False)


WORLDS = {
    "all is well": {},
    "one model fails": {"models": DOWN},
    "inside a stream": {"stream": {"error": "api_error"}},
    "cut": {"stream": {"cut": True}},
    "unfinished": {"stream": {"unfinished": True}},
    "limited": {"body": "rate_limit_error"},
    "no json": {"body": "not_json"},
    "garbage": {"fault": "garbage"},
}


@pytest.mark.parametrize("behaviour", WORLDS.values(), ids=WORLDS)
async def test_the_replay_reads_what_the_prober_reads(api, config, behaviour):
    """A scenario on the virtual clock and the prober on sockets agree about keyed probes."""
    await api.behave(**behaviour)
    world = world_of(api=Behaviour.model_validate(behaviour))
    targets = [each for each in config.build_targets() if each.keyed]
    await judged(api, targets, page())
    found = {name: (each.sign, each.success) for name, each in api.results.items()}
    read = {each.name: reading_of(each, world) for each in targets}
    assert found == {name: (each.sign, each.success) for name, each in read.items()}


async def judged(api, targets, content):
    """The API's judgement after one probe of each of its targets, all at one moment."""
    evaluator = Evaluator(shipped_guide(), targets)
    context = ProbeContext(connector=api.connector, user_agent="test", purse=api.purse)
    api.results = {}
    for target in targets:
        if target.surface is not Surface.API:
            continue
        result = await PROBERS[target.prober].probe(target, context)
        api.results[target.name] = replace(result, started_at=NOW)
        evaluator.record_result(api.results[target.name])
    report = PageReport(page="claude", polled_at=NOW, content=content, read_at=NOW)
    evaluator.record_page(report)
    return evaluator.judge(NOW + 1.0)[Surface.API]
