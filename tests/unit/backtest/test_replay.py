"""A replay says what the evaluator would have said, and may leave out time without saying less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from support.outages import BEGIN, history_of, incident, setup_of

from claude_exporter.backtest.noise import Cause, Trouble
from claude_exporter.backtest.replay import Change, replay
from claude_exporter.backtest.vantage import Setup
from claude_exporter.core.model import WATCHED, Surface


def trouble(
    cause: Cause, start: float, end: float, *surfaces: Surface, vantage: int | None = None
) -> Trouble:
    """One trouble; moments are minutes after BEGIN."""
    return Trouble(
        cause=cause,
        start=BEGIN + start * 60,
        end=BEGIN + end * 60,
        surfaces=frozenset(surfaces),
        vantage=vantage,
    )


def rows_of(setup: Setup, surface: Surface, vantage: int = 0) -> list[str]:
    """The rows one vantage said of a surface, once it was known to work."""
    found = [
        it.row
        for it in replay(setup).changes
        if it.surface is surface and it.vantage == vantage and it.row != "unknown"
    ]
    return [row for row, before in zip(found, ["", *found], strict=False) if row != before]


UNSEEN = incident(1, start=13, end=71, posted=400)
POSTED = incident(2, start=13, end=71, posted=30, resolved=90)
QUICK = incident(3, start=13, end=16, posted=400)
MODEL = incident(4, start=13, end=71, posted=30, resolved=90, title="Errors on Claude Opus 4")
LATER = incident(5, start=13, end=71, posted=89, retroactive=True)

STORIES = {
    "an outage nobody posts is escalated": (
        (UNSEEN,),
        ["fine", "blip", "unconfirmed", "unacknowledged", "fine"],
    ),
    "an outage posted after 17 minutes is escalated until then": (
        (POSTED,),
        ["fine", "blip", "unconfirmed", "unacknowledged", "acknowledged", "fine"],
    ),
    "three minutes are a blip": ((QUICK,), ["fine", "blip", "fine"]),
    "one model does not show without a key": ((MODEL,), ["fine"]),
    "what was posted only afterwards was not on the page": (
        (LATER,),
        ["fine", "blip", "unconfirmed", "unacknowledged", "fine"],
    ),
}


@pytest.mark.parametrize(("incidents", "wanted"), STORIES.values(), ids=STORIES)
def test_one_outage(incidents: Sequence[dict[str, object]], wanted: list[str]) -> None:
    """The rows of the API, in order."""
    assert rows_of(setup_of(history_of(*incidents)), Surface.API) == wanted


def test_with_keys_one_model_shows_until_the_page_names_it() -> None:
    """The guide's row for one model, and then the one that the page's word brings."""
    rows = rows_of(setup_of(history_of(MODEL), keyed=True), Surface.API)
    assert rows == ["fine", "one-model", "acknowledged/model", "fine"]


NOISE = {
    "our network": (trouble(Cause.NETWORK, 13, 41), ["fine", "blip", "our-network", "fine"]),
    "a path that only Claude is behind": (
        trouble(Cause.PATH, 13, 41),
        ["fine", "blip", "unconfirmed", "unacknowledged", "fine"],
    ),
    "a blip": (trouble(Cause.BLIP, 13, 13.5, Surface.API), ["fine", "blip", "fine"]),
    "slow answers": (trouble(Cause.SLOW, 13, 41, Surface.API), ["fine", "slow", "fine"]),
    "a browser check hides the API": (trouble(Cause.CHALLENGE, 13, 41, Surface.API), ["fine"]),
}


@pytest.mark.parametrize(("noise", "wanted"), NOISE.values(), ids=NOISE)
def test_noise(noise: Trouble, wanted: list[str]) -> None:
    """The rows of the API while nothing is wrong with Claude."""
    found = rows_of(setup_of((), noise), Surface.API)
    assert [row for row in found if row != "blip"] == [row for row in wanted if row != "blip"]


def test_a_refused_account_is_troubleshot_and_then_taken_to_support() -> None:
    """Only keyed probes have an account that can be refused."""
    noise = trouble(Cause.ACCOUNT, 13, 71)
    assert rows_of(setup_of((), noise), Surface.API) == ["fine"]
    rows = rows_of(setup_of((), noise, keyed=True), Surface.API)
    # Within one round of probes some models are refused before others.
    rows = [row for row in rows if row not in ("one-model", "blip")]
    assert list(dict.fromkeys(rows)) == ["fine", "account", "account/support"]


BUSY = (
    incident(1, start=13, end=71, posted=30, resolved=95),
    incident(2, start=55, end=60, posted=59, title="claude.ai is down"),
    incident(3, start=180, end=182, posted=400),
    incident(4, start=190, end=431, posted=200, resolved=440, title="Console outage"),
    incident(5, start=440, end=460, posted=452, title="Errors on Claude Sonnet 4"),
)
HUM = (
    trouble(Cause.BLIP, 5, 5.5, Surface.WEB, vantage=0),
    trouble(Cause.BLIP, 9, 10, Surface.WEB, vantage=0),
    trouble(Cause.BLIP, 12, 13.5, Surface.WEB, vantage=0),
    trouble(Cause.NETWORK, 20, 29, vantage=0),
    trouble(Cause.PAGE, 100, 250, vantage=0),
    trouble(Cause.SLOW, 120, 170, Surface.CODE, vantage=0),
    trouble(Cause.CHALLENGE, 300, 350, Surface.API, vantage=0),
    trouble(Cause.PATH, 340, 361, vantage=0),
    trouble(Cause.ACCOUNT, 370, 420, vantage=0),
)
SKIPS = {
    "one vantage, every probe fails": (1, False, 1.0, 9),
    "one vantage with keys, a part of the probes fails": (1, True, 0.6, 3),
    "three vantages": (3, False, 1.0, 1.5),
}


@pytest.mark.parametrize(("vantages", "keyed", "share", "hours"), SKIPS.values(), ids=SKIPS)
def test_leaving_out_what_cannot_change_changes_no_word(
    vantages: int, keyed: bool, share: float, hours: float
) -> None:
    """Playing every cycle and judging every surface each time gives the same, moment by moment."""
    setup = setup_of(
        history_of(*BUSY), *HUM, hours=hours, vantages=vantages, keyed=keyed, share=share
    )
    skipped, stepped = replay(setup), replay(replace(setup, skip=False))
    assert skipped.changes == stepped.changes
    assert stepped.played == stepped.cycles
    assert skipped.played < stepped.played


def test_a_replay_repeats_itself() -> None:
    """The same setup gives the same changes; another seed gives other moments."""
    setup = setup_of(history_of(*BUSY), *HUM, hours=1.5, share=0.6)
    again = replay(setup)
    assert replay(setup) == again
    assert replay(replace(setup, seed=5)).changes != again.changes


def test_a_quiet_year_is_hardly_played() -> None:
    """Nothing happens, so nothing is stepped through."""
    found = replay(setup_of((), hours=24 * 365))
    assert found.cycles > 1_000_000
    assert found.played < 10


def test_changes_are_changes() -> None:
    """They come in order, and no vantage says the same of a surface twice in a row."""
    changes = replay(setup_of(history_of(*BUSY), *HUM, hours=3)).changes
    assert [it.at for it in changes] == sorted(it.at for it in changes)
    for surface in WATCHED:
        told = [it for it in changes if it.surface is surface]
        assert all(_said(one) != _said(other) for one, other in pairwise(told))


def _said(change: Change) -> tuple[object, ...]:
    return change[1:]


def test_the_progress_is_told_and_ends_at_the_end() -> None:
    """For a bar: moments that never go back, the last one the end of the span."""
    setup, moments = setup_of(history_of(UNSEEN)), list[float]()
    replay(setup, moments.append)
    assert moments == sorted(moments)
    assert moments[-1] >= setup.span.end


def test_one_vantage_alone_is_told_that_it_works_for_others() -> None:
    """The others keep saying fine, and nobody is paged."""
    setup = setup_of((), trouble(Cause.PATH, 13, 41, vantage=0), vantages=2)
    assert rows_of(setup, Surface.API) == ["fine", "blip", "only-you", "fine"]
    assert rows_of(setup, Surface.API, vantage=1) == ["fine"]


def test_an_outage_everywhere_is_no_vantage_s_own() -> None:
    """All three fail, so none is told that it works for others."""
    setup = setup_of(history_of(UNSEEN), vantages=3)
    for vantage in range(3):
        rows = rows_of(setup, Surface.API, vantage)
        # Whoever recovers last is alone for a moment, after the fourth row.
        assert rows[:4] == ["fine", "blip", "unconfirmed", "unacknowledged"]
