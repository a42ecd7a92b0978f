"""What the guide makes of real requests, beside, against and without the probes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_exporter.core.decide import decide
from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import (
    CLASS_OF_SIGN,
    Action,
    ProbeResult,
    Sign,
    SignClass,
    Surface,
    Target,
)
from claude_exporter.core.page_model import Impact, Incident, IncidentPhase, PageContent, PageReport
from claude_exporter.core.real_use import Request

GUIDE = shipped_guide()
NOW = 1_700_000_003.0
OPUS, HAIKU = "claude-opus-4-6", "claude-haiku-4-5"


def failed(ago):
    return Request(NOW - ago, Sign.OVERLOADED)


def worked(ago):
    return Request(NOW - ago)


def target(name, surface):
    return Target(name=name, surface=surface, prober="http", address="https://x.invalid")


TARGETS = (
    target("web", Surface.WEB),
    target("api", Surface.API),
    target("code", Surface.CODE),
    target("control", Surface.CONTROL),
)
ALL_FAIL = dict.fromkeys(("web", "api", "code", "control"), Sign.CONNECT)


def judged(requests, signs=None, *, for_seconds=0, incident=None):
    """The judgement of Claude Code after probing every 30 s for a while, up to now."""
    evaluator = Evaluator(GUIDE, TARGETS)
    if incident is not None:
        evaluator.record_page(incident)
    evaluator.requests = {Surface.CODE: requests}
    for ago in range(int(for_seconds), -1, -30):
        at = NOW - ago
        for each in TARGETS:
            sign = (signs or {}).get(each.name, Sign.OK)
            ok = sign in {Sign.OK, Sign.SLOW}
            evaluator.record_result(
                ProbeResult(target=each.name, started_at=at, duration=0.1, sign=sign, success=ok)
            )
        evaluator.requests = {Surface.CODE: [each for each in requests if each.at <= at]}
        evaluator.judge(at)
    return evaluator.judgements[Surface.CODE]


def steadily(sign, seconds, model=None):
    """A request every minute, up to now."""
    return [Request(NOW - ago, sign, model) for ago in range(0, seconds, 60)]


def page(*, models=()):
    """A readable page with an incident of Claude Code, or of a model alone."""
    one = Incident(
        id="x",
        name="Elevated errors",
        phase=IncidentPhase.INVESTIGATING,
        impact=Impact.MAJOR,
        surfaces=frozenset() if models else frozenset({Surface.CODE}),
        started_at=NOW - 300,
        updated_at=NOW - 300,
        models=frozenset(models),
    )
    content = PageContent(page_id="p", name="Claude", indicator=Impact.MAJOR, incidents=(one,))
    return PageReport(page="claude", polled_at=NOW, content=content, read_at=NOW)


JUDGED = {
    "local errors alone, for a short while": (
        lambda: judged(steadily(Sign.OVERLOADED, 200), for_seconds=600),
        ("blip", ""),
    ),
    "local errors alone": (
        lambda: judged(steadily(Sign.OVERLOADED, 480), for_seconds=600),
        ("real-errors", ""),
    ),
    "local errors alone, for too long": (
        lambda: judged(steadily(Sign.OVERLOADED, 780), for_seconds=900),
        ("real-errors", "unacknowledged"),
    ),
    "local errors of the network alone": (
        lambda: judged(steadily(Sign.TLS, 780), for_seconds=900),
        ("only-claude-code", "setup"),
    ),
    "local errors of the network alone, where an edge challenges the probe": (
        lambda: judged(steadily(Sign.TLS, 780), {"code": Sign.EDGE_CHALLENGE}, for_seconds=900),
        ("only-claude-code", "setup"),
    ),
    "local errors of the network and a failing probe are no set-up of Claude Code's": (
        lambda: judged(steadily(Sign.TLS, 780), {"code": Sign.TLS}, for_seconds=900),
        ("only-claude-code", "unacknowledged"),
    ),
    "local errors and failing probes are an outage like any other": (
        lambda: judged(
            steadily(Sign.OVERLOADED, 780),
            {"code": Sign.OVERLOADED, "api": Sign.OVERLOADED},
            for_seconds=780,
        ),
        ("unacknowledged", ""),
    ),
    "local errors, and an incident on the page": (
        lambda: judged(steadily(Sign.OVERLOADED, 480), for_seconds=600, incident=page()),
        ("acknowledged", ""),
    ),
    "a single error": (lambda: judged([failed(31)], for_seconds=300), ("fine", "")),
    "local successes while probes fail": (
        lambda: judged(steadily(Sign.OK, 600), {"code": Sign.CONNECT}, for_seconds=600),
        ("partial", ""),
    ),
    "local successes while not even the control hosts answer": (
        lambda: judged(steadily(Sign.OK, 600), ALL_FAIL, for_seconds=600),
        ("partial", ""),
    ),
    "nobody works while not even the control hosts answer": (
        lambda: judged([], ALL_FAIL, for_seconds=600),
        ("our-network", ""),
    ),
    "one model fails here": (
        lambda: judged(
            [*steadily(Sign.OVERLOADED, 480, OPUS), *steadily(Sign.OK, 480, HAIKU)],
            for_seconds=600,
        ),
        ("one-model", ""),
    ),
    "one model fails here, and the page names it": (
        lambda: judged(
            [*steadily(Sign.OVERLOADED, 480, OPUS), *steadily(Sign.OK, 480, HAIKU)],
            for_seconds=600,
            incident=page(models=["Opus 4.6"]),
        ),
        ("acknowledged", "model"),
    ),
    "a limit that users meet": (
        lambda: judged(steadily(Sign.RATE_LIMITED, 480), for_seconds=600),
        ("rate-limited", ""),
    ),
}


@pytest.mark.parametrize(("found", "row"), JUDGED.values(), ids=JUDGED)
def test_the_guide_says(found, row):
    """What real requests met decides, beside, against and without the probes."""
    verdict = found().verdict
    assert (verdict.row, verdict.stage) == row


NETWORK = [sign for sign, kind in CLASS_OF_SIGN.items() if kind is SignClass.NETWORK]
NOT_FAILING = st.sampled_from([Sign.OK, Sign.SLOW, Sign.EDGE_CHALLENGE])


@settings(max_examples=40, deadline=None)
@given(
    signs=st.lists(st.sampled_from(NETWORK), min_size=2, max_size=21),
    probed=st.fixed_dictionaries(dict.fromkeys(("web", "api", "code", "control"), NOT_FAILING)),
    quiet=st.booleans(),
)
def test_local_errors_of_the_network_alone_never_escalate(signs, probed, quiet):
    """However long they last and whatever our probes know: nothing but this machine says so."""
    requests = [Request(NOW - 60 * ago, sign) for ago, sign in enumerate(signs)]
    told = replace(page(), content=replace(page().content, incidents=())) if quiet else None
    found = judged(requests, probed, for_seconds=60 * len(signs), incident=told)
    assert found.verdict.action is not Action.ESCALATE


def test_the_reason_has_the_counts():
    seen = judged(steadily(Sign.OVERLOADED, 480), for_seconds=600).seen
    assert (seen.real_failures, seen.real_successes) == (8, 0)
    assert "8 failed and 0 are known to have worked" in decide(seen, GUIDE).reason


def test_without_a_source_nothing_is_counted():
    evaluator = Evaluator(GUIDE, TARGETS)
    seen = evaluator.judge(NOW)[Surface.CODE].seen
    assert (seen.real_only, seen.real_failures, seen.real_successes) == (None, None, None)


def test_a_request_that_worked_says_that_it_is_not_real_requests_alone_that_fail():
    """And where nobody has asked for long, nothing is known of it."""
    assert judged([worked(7)], for_seconds=60).seen.real_only is False
    assert judged([worked(301)], for_seconds=360).seen.real_only is None


def test_an_onset_is_the_first_failure_of_the_row_and_outlasts_the_window():
    """Twenty minutes later it has still failed since then."""
    seen = judged(steadily(Sign.OVERLOADED, 1201), for_seconds=1200).seen
    assert seen.failing_for == 1200


def test_it_is_over_with_the_first_success():
    """Real evidence ends what real evidence began, at once."""
    requests = [*(failed(ago) for ago in range(60, 600, 60)), worked(1)]
    assert judged(requests, for_seconds=600).verdict.row == "fine"


def test_it_is_over_when_nobody_tries_any_more_and_probes_answer():
    requests = [failed(ago) for ago in range(310, 700, 60)]
    assert judged(requests, for_seconds=700).verdict.row == "fine"
