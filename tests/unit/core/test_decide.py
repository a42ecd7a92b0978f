"""How conditions read facts, which row wins, and how a verdict is put into words."""

from dataclasses import replace

import pytest

from claude_exporter.core.decide import SURFACE_NAMES, Verdict, decide, holds, matching_row
from claude_exporter.core.guide import Condition, shipped_guide
from claude_exporter.core.guide import Test as How
from claude_exporter.core.model import Action, Sign, SignClass, Surface
from claude_exporter.core.observation import Observation

GUIDE = shipped_guide()
BLIP = GUIDE.thresholds["blip"]
SEEN = Observation(surface=Surface.API, known=True, network_down=False, failing=False)
FAILING = replace(SEEN, failing=True, failing_for=401.0, sign=Sign.OVERLOADED, sign_for=401.0)

TRUTHS = {
    "true": (How.TRUE, (True, False, False)),
    "not": (How.FALSE, (False, True, False)),
    "unless": (How.UNLESS, (False, True, True)),
    "perhaps": (How.PERHAPS, (True, False, True)),
}


@pytest.mark.parametrize(("test", "expected"), TRUTHS.values(), ids=TRUTHS.keys())
def test_an_unknown_meets_only_unless_and_perhaps(test, expected):
    """For a fact that is true, false, unknown, in this order."""
    condition = Condition("incident", test)
    found = [
        holds(condition, replace(SEEN, incident=truth), GUIDE) for truth in (True, False, None)
    ]
    assert tuple(found) == expected


SPANS = {
    "a breath before the threshold": (BLIP - 0.001, (False, True)),
    "the threshold itself": (BLIP, (True, False)),
    "an unknown span is neither": (None, (False, False)),
}


@pytest.mark.parametrize(("span", "expected"), SPANS.values(), ids=SPANS.keys())
def test_a_span_is_at_least_or_below(span, expected):
    seen = replace(SEEN, failing_for=span)
    tests = [Condition("failing_for", test, "blip") for test in (How.AT_LEAST, How.BELOW)]
    assert tuple(holds(test, seen, GUIDE) for test in tests) == expected


def test_a_sign_belongs_to_its_class_alone():
    seen = replace(SEEN, sign=Sign.BILLING)
    met = [c for c in SignClass if holds(Condition("sign", How.CLASS, c), seen, GUIDE)]
    assert met == [SignClass.ACCOUNT]


def test_the_first_row_that_holds_wins():
    """Two rows without conditions: the upper one."""
    upper, lower = GUIDE.rows[-1], replace(GUIDE.rows[-1], id="lower")
    assert matching_row(SEEN, replace(GUIDE, rows=(*GUIDE.rows[:-1], upper, lower))) == upper


def test_a_verdict_is_the_row_with_the_facts_put_in():
    """The whole value."""
    row = next(row for row in GUIDE.rows if row.key == "acknowledged")
    assert decide(replace(FAILING, incident=True), GUIDE) == Verdict(
        surface=Surface.API,
        action=Action.WAIT,
        row="acknowledged",
        stage="",
        title=row.title,
        reason="The Claude API has failed for 6 min (the API is at capacity, 529) and the status"
        " page has an incident that covers it.",
        typical=row.typical,
        next_steps=row.next_steps,
    )


def test_a_stage_is_told_beside_its_row():
    slow = replace(SEEN, slow=True, degraded_for=GUIDE.thresholds["degraded_after"])
    assert (decide(slow, GUIDE).row, decide(slow, GUIDE).stage) == ("slow", "lasting")


def spoken(text, seen):
    """What a row with this text in the middle of its reason would say."""
    row = replace(GUIDE.rows[-1], when=(), reason=f"It is: {text}")
    return decide(seen, replace(GUIDE, rows=(row,))).reason.removeprefix("It is: ")


WORDS = {
    "the surface": ("what covers {surface_name}", SEEN, "what covers the Claude API"),
    "the sign": ("{sign_text}", FAILING, "the API is at capacity, 529"),
    "a page with an incident": (
        "{page_text}",
        replace(SEEN, incident=True),
        "the status page has an incident that covers it",
    ),
    "a page without one": (
        "{page_text}",
        replace(SEEN, incident=False),
        "the status page says nothing about it",
    ),
    "a page that has closed its incident": (
        "{page_text}",
        replace(SEEN, incident=False, incident_over_for=61.0),
        "the status page closed its incident 61 s ago",
    ),
    "a page that could not be read": (
        "{page_text}",
        SEEN,
        "the status page could not be read",
    ),
    "each span in its own place": (
        "{failing_for}, {sign_for}, {network_down_for}, {incident_quiet_for}, {degraded_for}",
        replace(
            SEEN,
            failing_for=11.0,
            sign_for=13.0,
            network_down_for=17.0,
            incident_quiet_for=19.0,
            degraded_for=23.0,
        ),
        "11 s, 13 s, 17 s, 19 s, 23 s",
    ),
    "real requests": (
        "{real_requests}",
        replace(SEEN, real_failures=11, real_successes=13),
        "11 failed and 13 are known to have worked in 15 minutes",
    ),
    "no real requests": (
        "{real_requests}",
        SEEN,
        "0 failed and 0 are known to have worked in 15 minutes",
    ),
    "a share of successes": ("{success_ratio}", replace(SEEN, success_ratio=0.37), "37%"),
    "no share of successes": ("{success_ratio}", SEEN, "few"),
    "the end of a maintenance": (
        "now{maintenance_end}",
        replace(SEEN, maintenance_left=61.0),
        "now, until 61 s from now",
    ),
    "no end of a maintenance": ("now{maintenance_end}", SEEN, "now"),
    "the reset of a limit": ("x{reset}", replace(SEEN, reset_left=61.0), "x; it resets in 61 s"),
    "no reset of a limit": ("x{reset}", SEEN, "x"),
}


@pytest.mark.parametrize(("text", "seen", "words"), WORDS.values(), ids=WORDS.keys())
def test_a_reason_says(text, seen, words):
    assert spoken(text, seen) == words


def test_a_reason_begins_with_a_capital():
    """The name of a surface is written as in the middle of a sentence."""
    assert decide(FAILING, GUIDE).reason.startswith("The Claude API has failed for")


def test_every_surface_has_a_name_of_its_own():
    assert SURFACE_NAMES == {
        Surface.WEB: "Claude's web interface (claude.ai)",
        Surface.API: "the Claude API",
        Surface.CODE: "Claude Code",
        Surface.CONSOLE: "the Claude console",
        Surface.CONTROL: "the control hosts",
    }


def test_the_ids_of_the_rows_are_each_told_once_in_their_order():
    """Stages of one row share its id: labels are made of it."""
    ids = [row.id for row in GUIDE.rows]
    assert GUIDE.row_ids == tuple(sorted(set(ids), key=ids.index))
