"""What the evaluator is asked for in parts: single surfaces, what others say, what is saved."""

from support.seen import NOW, result, target

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.forecast_file import shipped_curve
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import WATCHED, Sign, Surface
from claude_exporter.core.real_use import Request

GUIDE = shipped_guide()
TARGETS = (
    target(),
    target("code", Surface.CODE),
    target("one", Surface.CONTROL),
    target("two", Surface.CONTROL),
)


def evaluator(**signs):
    """One that was told what each target met, and has judged nothing."""
    told = Evaluator(GUIDE, TARGETS)
    for name, sign in signs.items():
        told.record_result(result(name, sign))
    return told


def test_an_evaluator_begins_with_nothing_known():
    """At the pace of the clock, and believing a page for five minutes."""
    new = Evaluator(GUIDE, ())
    assert (new.pace, new.page_max_age, new.curve) == (1.0, 300.0, None)
    assert Evaluator(GUIDE, (), curve=shipped_curve()).curve == shipped_curve()
    assert (new.others_succeed, new.others_report) == (None, None)
    assert (new.judgements, new.requests, new.real) == ({}, {}, {})


def test_only_the_surfaces_that_are_asked_for_are_brought_up_to_date():
    """Unless our own network changed, which is every surface's matter."""
    told = evaluator(one=Sign.OK, two=Sign.OK)
    told.fold(NOW, (Surface.API,))
    assert set(told.surfaces) == {Surface.API}
    cut_off = evaluator(one=Sign.DNS, two=Sign.DNS)
    cut_off.fold(NOW, (Surface.API,))
    assert set(cut_off.surfaces) == set(WATCHED)


def test_what_others_report_reaches_the_verdict():
    told = evaluator(one=Sign.OK)
    told.others_report = True
    told.record_result(result("api", Sign.TIMEOUT))
    told.judge(NOW)
    told.record_result(result("api", Sign.TIMEOUT, ago=-400.0))
    assert told.judge(NOW + 400)[Surface.API].verdict.row == "others-report"


def test_a_record_has_the_moment_it_was_made():
    assert evaluator().record_at(NOW).saved_at == NOW


def test_probes_and_real_requests_began_to_fail_with_the_earlier_of_them():
    """Whichever met it first."""
    for probed_ago, began in ((61.0, 61.0), (7.0, 31.0)):
        told = evaluator()
        told.record_result(result("code", Sign.OVERLOADED, ago=probed_ago))
        told.requests = {Surface.CODE: [Request(NOW - ago, Sign.TIMEOUT) for ago in (31.0, 13.0)]}
        seen = told.judge(NOW)[Surface.CODE].seen
        assert (seen.failing_for, seen.sign) == (began, Sign.TIMEOUT)
