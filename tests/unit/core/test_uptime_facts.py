"""What is recorded of a moment: all that is known, and nothing else."""

from dataclasses import replace

from support.seen import NOW, control, page, scene, tracked

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.fold import NetworkState
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import ProbeResult, Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus
from claude_exporter.core.uptime_facts import uptime_facts

DOWN = NetworkState(down_since=NOW - 60)


def facts(*targets, **more):
    return dict(uptime_facts(scene(*targets, **more), {}))


def test_a_target_is_up_or_down_or_not_told():
    """An old result, none at all, and an edge challenge tell nothing."""
    found = facts(
        tracked("up"),
        tracked("down", Sign.TIMEOUT),
        tracked("old", ago=900),
        tracked("never", None),
        tracked("edge", Sign.EDGE_CHALLENGE),
    )
    assert found == {"target/up": "up", "target/down": "down"}


def test_while_our_network_is_down_only_the_control_hosts_are_told():
    found = facts(tracked("api", Sign.DNS), control("c", Sign.DNS), network=DOWN)
    assert found == {"target/c": "down"}


def test_a_component_has_the_pages_word_while_the_page_is_believed():
    """What has no state of ours, or an id beyond measure, is not told."""
    components = tuple(
        Component(id=status.value, name="C", status=status) for status in ComponentStatus
    )
    huge = Component(id="k" * 65, name="C", status=ComponentStatus.MAJOR)
    report = page(components=(*components, huge))
    assert facts(pages=(report,)) == {
        "component/claude/operational": "up",
        "component/claude/degraded_performance": "degraded",
        "component/claude/partial_outage": "down",
        "component/claude/major_outage": "down",
        "component/claude/under_maintenance": "maintenance",
    }
    assert facts(pages=(replace(report, read_at=NOW - 301),)) == {}


def test_a_surface_has_its_verdict_unless_nothing_is_known_of_it():
    """That nothing is to be done about what nobody has seen is no uptime."""
    target, _ = tracked("api", part="p")
    evaluator = Evaluator(shipped_guide(), [target])
    evaluator.record_result(
        ProbeResult(target="api", started_at=NOW, duration=0.1, sign=Sign.OVERLOADED, success=False)
    )
    judged = evaluator.judge(NOW)
    found = dict(uptime_facts(scene(), judged))
    assert found == {"surface/api": "wait"}
    assert judged[Surface.WEB].verdict.row == "unknown"
