"""The guide is a table: complete, without dead rows, and refused by name where it is wrong."""

from dataclasses import fields, replace
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core import guide as table
from claude_exporter.core.decide import decide, holds, matching_row
from claude_exporter.core.guide import (
    SPANS,
    TRUTHS,
    Condition,
    GuideError,
    _condition,
    parse_guide,
    shipped_guide,
)
from claude_exporter.core.model import CLASS_OF_SIGN, WATCHED, Sign, SignClass
from claude_exporter.core.observation import Observation

GUIDE = shipped_guide()
SHIPPED = (files("claude_exporter.core") / "guide.yml").read_text(encoding="utf-8")
TRUTH = st.sampled_from([True, False, None])
EDGES = sorted({*GUIDE.thresholds.values(), *(each - 1 for each in GUIDE.thresholds.values()), 0.0})
SPAN = st.none() | st.sampled_from(EDGES) | st.floats(0, 1e6)


def strategy_of(name):
    if name in TRUTHS:
        return TRUTH
    if name in SPANS or name.endswith("_left"):
        return SPAN
    return {
        "surface": st.sampled_from(WATCHED),
        "sign": st.sampled_from(Sign),
        "success_ratio": st.none() | st.floats(0, 1),
        "real_failures": st.none() | st.integers(0, 999),
        "real_successes": st.none() | st.integers(0, 999),
    }[name]


OBSERVATIONS = st.builds(
    Observation, **{spec.name: strategy_of(spec.name) for spec in fields(Observation)}
)


@given(seen=OBSERVATIONS)
def test_any_observation_has_one_verdict_in_whole_words(seen):
    """Whatever is known or unknown: the first row that holds, and a reason without a gap."""
    row = matching_row(seen, GUIDE)
    earlier = GUIDE.rows[: GUIDE.rows.index(row)]
    assert all(holds(test, seen, GUIDE) for test in row.when)
    assert not any(all(holds(test, seen, GUIDE) for test in each.when) for each in earlier)
    verdict = decide(seen, GUIDE)
    assert (verdict.row, verdict.stage, verdict.action) == (row.id, row.stage, row.action)
    assert "{" not in verdict.reason
    assert "None" not in verdict.reason


@given(seen=OBSERVATIONS)
def test_our_own_network_outranks_everything(seen):
    assert matching_row(replace(seen, network_down=True), GUIDE).id == "our-network"


@given(seen=OBSERVATIONS)
def test_what_is_unknown_never_pages(seen):
    """Without a known failure and its length nobody is told to escalate an outage."""
    row = matching_row(replace(seen, failing=None), GUIDE)
    assert row.action != "escalate"


MEANT = {
    table.Test.TRUE: True,
    table.Test.FALSE: False,
    table.Test.UNLESS: None,
    table.Test.PERHAPS: None,
}
NOTHING = Observation(surface=WATCHED[0], **dict.fromkeys(TRUTHS, None))


def meeting(row):
    """The observation that says what a row asks for and nothing else."""
    found = {}
    for condition in row.when:
        match condition.test:
            case table.Test.CLASS:
                sign = next(s for s, kind in CLASS_OF_SIGN.items() if kind == condition.operand)
                found["sign"] = sign
            case table.Test.AT_LEAST:
                found[condition.fact] = GUIDE.thresholds[condition.operand]
            case table.Test.BELOW:
                found[condition.fact] = GUIDE.thresholds[condition.operand] - 1
            case test:
                found[condition.fact] = MEANT[test]
    return replace(NOTHING, **({"known": True} | found))


@pytest.mark.parametrize("row", GUIDE.rows, ids=lambda row: row.key)
def test_no_row_is_dead(row):
    """Each row is the first match of the observation that says just what it asks for."""
    assert matching_row(meeting(row), GUIDE).key == row.key


@pytest.mark.parametrize(
    "condition",
    [each for row in GUIDE.rows for each in row.when],
    ids=str,
)
def test_a_condition_is_read_as_it_is_written(condition):
    assert _condition(str(condition), GUIDE.thresholds, "rows: x") == condition


@given(
    condition=st.builds(
        Condition,
        st.sampled_from(sorted(TRUTHS)),
        st.sampled_from([table.Test.TRUE, table.Test.FALSE, table.Test.UNLESS, table.Test.PERHAPS]),
    )
    | st.builds(
        Condition,
        st.sampled_from(sorted(SPANS)),
        st.sampled_from([table.Test.AT_LEAST, table.Test.BELOW]),
        st.sampled_from(sorted(GUIDE.thresholds)),
    )
    | st.builds(
        Condition,
        st.just("sign"),
        st.just(table.Test.CLASS),
        st.sampled_from([*map(str, SignClass)]),
    )
)
def test_any_condition_can_be_written_and_read(condition):
    assert _condition(str(condition), GUIDE.thresholds, "rows: x") == condition


def test_a_threshold_holds_from_its_own_length_on():
    """One tick below the limit is not yet there."""
    late = Condition("failing_for", table.Test.AT_LEAST, "escalate_after")
    early = Condition("failing_for", table.Test.BELOW, "escalate_after")
    limit = GUIDE.thresholds["escalate_after"]
    seen = {
        span: replace(NOTHING, failing_for=span) for span in (limit - 0.001, limit, limit + 0.001)
    }
    assert [holds(late, each, GUIDE) for each in seen.values()] == [False, True, True]
    assert [holds(early, each, GUIDE) for each in seen.values()] == [True, False, False]


def test_the_guide_is_what_its_file_says():
    """Every text, threshold and action of the file is in the parsed guide, in the file's order."""
    written, guide = yaml.safe_load(SHIPPED), parse_guide(SHIPPED)
    assert shipped_guide() == guide
    assert guide.source == written["source"]
    assert set(guide.thresholds) == set(written["thresholds"])
    assert guide.thresholds["escalate_after"] == 600.0
    assert guide.limits == written["limits"]
    assert [
        (row.id, row.stage, row.section, [str(each) for each in row.when], row.action.value)
        for row in guide.rows
    ] == [
        (each["id"], each.get("stage", ""), each["section"], each["when"], each["action"])
        for each in written["rows"]
    ]
    assert [(row.title, row.reason, row.typical, [*row.next_steps]) for row in guide.rows] == [
        (each["title"], each["reason"], each["typical"], each["next"]) for each in written["rows"]
    ]
    assert {
        sign.value: (text.meaning, text.typical, text.action.value)
        for sign, text in guide.signs.items()
    } == {
        sign: (each["meaning"], each["typical"], each["action"])
        for sign, each in written["signs"].items()
    }


def test_an_error_in_the_shipped_guide_names_its_file():
    with pytest.raises(GuideError, match=r"^guide\.yml: expected a key 'thresholds'"):
        parse_guide("{}")


def changed(old, new):
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


CONDITION = "expected a condition over a known fact and threshold, not"
BAD = {
    "an unknown fact": (
        changed("[network_down]", "[network_gone]"),
        f"rows: our-network: {CONDITION} 'network_gone'",
    ),
    "an unknown threshold": (
        changed("failing_for < blip", "failing_for < blib"),
        f"rows: blip: {CONDITION} 'failing_for < blib'",
    ),
    "a number for a threshold": (
        changed("failing_for < blip", "failing_for < 300"),
        f"rows: blip: {CONDITION} 'failing_for < 300'",
    ),
    "an unknown comparison": (
        changed("failing_for < blip", "failing_for <= blip"),
        f"rows: blip: {CONDITION} 'failing_for <= blip'",
    ),
    "an unknown class": (
        changed("sign is request", "sign is query"),
        f"rows: our-request: {CONDITION} 'sign is query'",
    ),
    "an unknown action": (changed("action: troubleshoot", "action: panic"), "'panic'"),
    "a duration without a unit": (
        changed("blip: 5m", "blip: 5"),
        "expected a duration like 30s or 1m30s, not '5'; add a unit, as in 5s",
    ),
    "a limit that is no number": (changed("intermittent_low: 0.1", "intermittent_low: few"), "few"),
    "a missing key of the file": (changed("\nlimits:", "\nlimit:"), "expected a key 'limits'"),
    "a missing key of a row": (
        changed("    title: A blip, so far\n", ""),
        "expected a key 'title'",
    ),
    "a sign without its text": (changed("  overloaded: {", "  overload: {"), "'overloaded'"),
    "rows that are no list": ("source: x\nthresholds: {}\nlimits: {}\nrows: 7\n", "int"),
    "thresholds that are a list": ("source: x\nthresholds: []\n", "items"),
    "a file that is a list": ("- a\n", "list"),
    "an empty file": ("", "NoneType"),
    "what is not YAML": ("a: [\n", "expected"),
}


@pytest.mark.parametrize(("text", "wanted"), BAD.values(), ids=BAD.keys())
def test_a_guide_that_cannot_be_used_says_where_and_why(text, wanted):
    with pytest.raises(GuideError) as caught:
        parse_guide(text, source="my.yml")
    assert str(caught.value).startswith("my.yml: ")
    assert wanted in str(caught.value)


def test_thresholds_can_be_replaced_by_name_only():
    changed_guide = GUIDE.with_thresholds({"blip": 7.0})
    assert changed_guide.thresholds == {**GUIDE.thresholds, "blip": 7.0}
    with pytest.raises(GuideError, match=r"^thresholds: expected one of account_after, .*'blib'$"):
        GUIDE.with_thresholds({"blib": 7.0})


def test_a_scaled_guide_is_the_same_table_in_faster_time():
    scaled = GUIDE.scaled(60)
    assert scaled.rows == GUIDE.rows
    assert scaled.thresholds["escalate_after"] == GUIDE.thresholds["escalate_after"] / 60
