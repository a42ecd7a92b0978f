"""How late the page is, and how long it disagrees with the probes: by a story of seconds."""

from dataclasses import replace

import pytest

from claude_exporter.core.churn import Change, changes, fingerprints
from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.observation import Observation
from claude_exporter.core.page_model import Component, ComponentStatus
from claude_exporter.core.page_watch import LAG_BOUNDS, Direction, Lags, PageWatch, fold_watch

START = 1_700_000_000.0
STEP = 10.0


def told(story, watch=PageWatch(), start=START):  # noqa: B008  # it is frozen
    """
    Fold a story of (seconds, what is so); `f` fails, `w` works, `i` incident, `q` quiet page.

    `?` in place of either is unknown, `a` fails for account reasons, `d` works but slowly, `m` is a
    maintenance, `n` our network is down.
    """
    now, onset = start, None
    for seconds, words in story:
        for _ in range(int(seconds / STEP)):
            failing = None if words[0] == "?" else words[0] in "fa"
            onset = (onset or now) if failing else None
            now += STEP
            seen = Observation(
                surface=Surface.API,
                known=failing is not None,
                network_down="n" in words,
                failing=failing,
                failing_for=now - onset if failing else None,
                sign=Sign.AUTHENTICATION if words[0] == "a" else Sign.OVERLOADED,
                slow=words[0] == "d",
                incident=None if words[1] == "?" else words[1] == "i",
                maintenance="m" in words,
            )
            watch = fold_watch(watch, seen, now, STEP, blip=300.0, fresh=120.0)
    return watch


LAGS = {
    "the page speaks 16 minutes after the onset": ([(60, "wq"), (960, "fq"), (60, "fi")], [970.0]),
    "a page that spoke before anything failed has no lag": ([(60, "wi"), (600, "fi")], [0.0]),
    "one failure has one lag, however often the page falls silent": (
        [(300, "fq"), (60, "fi"), (60, "fq"), (60, "fi")],
        [310.0],
    ),
    "nor has one that began with the page's word two, when it falls silent": (
        [(60, "wi"), (10, "fi"), (60, "fq"), (60, "fi")],
        [0.0],
    ),
    "polls that are lost for two minutes leave it dated": (
        [(60, "fq"), (110, "f?"), (60, "fi")],
        [180.0],
    ),
    "two failures have two": (
        [(60, "fq"), (60, "fi"), (60, "wq"), (10, "fq"), (10, "fi")],
        [70, 20],
    ),
    "while the page cannot be read nobody knows when it spoke": (
        [(60, "fq"), (600, "f?"), (60, "fi")],
        [],
    ),
    "a poll that is lost leaves it dated": ([(60, "fq"), (60, "f?"), (60, "fi")], [130.0]),
    "a page first read in the middle of it is not dated": ([(600, "f?"), (60, "fi")], []),
    "a key of ours is nothing a page could speak of": ([(600, "aq"), (60, "ai")], []),
    "our own network is nobody's lateness": ([(600, "fqn"), (60, "fin")], []),
}


@pytest.mark.parametrize(("story", "expected"), LAGS.values(), ids=LAGS.keys())
def test_lag(story, expected):
    lags = told(story).lags
    assert (sum(lags.counts), lags.sum) == (len(expected), sum(expected))
    assert lags.last == (expected[-1] if expected else None)


@pytest.mark.parametrize("trouble", ["partial", "slow", "intermittent", "one_model"])
def test_a_page_with_an_incident_is_not_contradicted_by_a_surface_with_any_trouble(trouble):
    well = Observation(surface=Surface.API, known=True, failing=False, incident=True)
    for seen, expected in (
        (well, Direction.PAGE_TROUBLE),
        (replace(well, **{trouble: True}), None),
    ):
        watch = fold_watch(PageWatch(), seen, START, STEP, blip=300.0, fresh=120.0)
        assert watch.direction is expected


MISSED = {
    "ten minutes without a word are missed": ([(600, "fq"), (60, "wq")], 1),
    "just five minutes are": ([(290, "fq"), (60, "wq")], 1),
    "a blip is not": ([(240, "fq"), (60, "wq")], 0),
    "nor is what the page spoke of": ([(600, "fq"), (10, "fi"), (60, "wq")], 0),
    "nor what went on while the page could not be read": ([(600, "f?"), (60, "wq")], 0),
    "nor what a refused key came after, unseen": (
        [(60, "fq"), (60, "??"), (600, "aq"), (60, "wq")],
        0,
    ),
    "what still goes on is not over": ([(6000, "fq")], 0),
    "an answer that is lost does not end it": ([(600, "fq"), (60, "?q"), (60, "wq")], 1),
}


@pytest.mark.parametrize(("story", "expected"), MISSED.values(), ids=MISSED.keys())
def test_missed(story, expected):
    assert told(story).lags.missed == expected


FINE, TROUBLE = Direction.PAGE_FINE, Direction.PAGE_TROUBLE
DISAGREEMENTS = {
    "they agree that all is well": ([(600, "wq")], None, (0.0, 0.0)),
    "they agree that it fails": ([(600, "fi")], None, (0.0, 0.0)),
    "the page is green while it fails": ([(600, "wq"), (310, "fq")], FINE, (310.0, 0.0)),
    "the page is red while all is well": ([(600, "wq"), (310, "wi")], TROUBLE, (0.0, 310.0)),
    "slow is not well": ([(600, "di")], None, (0.0, 0.0)),
    "a maintenance is a word too": ([(600, "fqm")], None, (0.0, 0.0)),
    "a key of ours is no disagreement": ([(600, "aq")], None, (0.0, 0.0)),
    "what is unknown adds nothing and ends nothing": (
        [(100, "fq"), (500, "f?"), (300, "?q"), (20, "fq")],
        FINE,
        (120.0, 0.0),
    ),
    "it turns round": ([(100, "fq"), (70, "wi")], TROUBLE, (100.0, 70.0)),
    "it is over": ([(100, "fq"), (70, "fi")], None, (100.0, 0.0)),
}


@pytest.mark.parametrize(
    ("story", "direction", "seconds"), DISAGREEMENTS.values(), ids=DISAGREEMENTS.keys()
)
def test_disagreement(story, direction, seconds):
    watch = told(story)
    assert (watch.direction, watch.seconds) == (direction, seconds)
    assert (watch.since is None) is (direction is None)


def test_since_is_when_it_began():
    assert told([(600, "wq"), (310, "fq")]).since == START + 600
    assert told([(100, "fq"), (70, "wi")]).since == START + 100


def test_an_onset_that_moved_on_is_another_failure():
    """After a restart a day later nobody knows how the old one ended."""
    before = told([(600, "fq")])
    after = told([(60, "fq"), (60, "fi")], before, START + 86_400)
    assert (after.lags.last, after.lags.missed) == (70.0, 0)


def test_a_lag_falls_into_the_first_bucket_that_holds_it():
    for number, bound in enumerate((*LAG_BOUNDS, 7201.0)):
        counts = Lags().with_lag(bound).counts
        assert counts.index(1) == number


def component(key, name="API"):
    return Component(id=key, name=name, status=ComponentStatus.OPERATIONAL)


A, B = component("a"), component("b", "Web")
CHURN = {
    "nothing changed": ((A, B), (B, A), {}),
    "one came": ((A,), (A, B), {Change.APPEARED: 1}),
    "one went": ((A, B), (A,), {Change.DISAPPEARED: 1}),
    "one has another name": ((A, B), (A, replace(B, name="claude.ai")), {Change.RENAMED: 1}),
    "one has another status": ((A,), (replace(A, status=ComponentStatus.MAJOR),), {}),
    "another with the same name is another": (
        (A,),
        (component("c"),),
        {Change.APPEARED: 1, Change.DISAPPEARED: 1},
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHURN.values(), ids=CHURN.keys())
def test_churn(before, after, expected):
    assert +changes(fingerprints(before), fingerprints(after)) == expected
