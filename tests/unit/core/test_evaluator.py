"""The evaluator on a virtual clock: probes in, verdicts out."""

from dataclasses import replace

import pytest

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.forecast_file import shipped_curve
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Action, ProbeResult, Sign, Surface, Target
from claude_exporter.core.page_model import Impact, Incident, IncidentPhase, PageContent, PageReport

GUIDE = shipped_guide()
START = 1_700_000_000.0
TARGETS = (
    Target(name="api", surface=Surface.API, prober="http", address="https://api.test/"),
    Target(name="web", surface=Surface.WEB, prober="http", address="https://web.test/"),
    Target(name="code", surface=Surface.CODE, prober="http", address="https://code.test/"),
    Target(name="console", surface=Surface.CONSOLE, prober="http", address="https://con.test/"),
    Target(name="one", surface=Surface.CONTROL, prober="http", address="https://one.test/"),
    Target(name="two", surface=Surface.CONTROL, prober="http", address="https://two.test/"),
)
KEYED = Target(
    name="keyed",
    surface=Surface.API,
    prober="http",
    address="https://api.test/",
    part="models",
    keyed=True,
)


class Replay:
    """Probes every target each 30 s of virtual time with the signs that hold then."""

    def __init__(self, *more):
        self.evaluator = Evaluator(GUIDE, (*TARGETS, *more))
        self.signs = dict.fromkeys(self.evaluator.tracked, Sign.OK)
        self.page = PageContent(page_id="p", name="Claude", indicator=Impact.NONE)
        self.now = START

    def run(self, seconds, **signs):
        self.signs |= signs
        until = self.now + seconds
        while self.now < until:
            self.step()
            self.now += 30
        return self

    def step(self):
        for name, sign in self.signs.items():
            self.evaluator.record_result(result(name, self.now, sign))
        if self.page is not None:
            self.evaluator.record_page(
                PageReport(page="claude", polled_at=self.now, content=self.page, read_at=self.now)
            )
        self.evaluator.judge(self.now)

    def row(self, surface=Surface.API):
        return self.evaluator.judge(self.now)[surface].verdict.row


def result(name, at, sign):
    success = sign in {Sign.OK, Sign.SLOW}
    return ProbeResult(target=name, started_at=at, duration=0.1, sign=sign, success=success)


def incident(*surfaces, updated_at=START):
    return Incident(
        id="i",
        name="Elevated errors",
        phase=IncidentPhase.INVESTIGATING,
        impact=Impact.MAJOR,
        surfaces=frozenset(surfaces),
        updated_at=updated_at,
    )


def everything(sign):
    return {target.name: sign for target in TARGETS}


def test_an_unacknowledged_outage_goes_from_blip_to_escalate_and_back():
    """The guide's thresholds decide to the second."""
    replay = Replay().run(60)
    replay.run(30, api=Sign.OVERLOADED)
    onset = replay.now - 30
    rows = []
    for second in (0, 299, 300, 599, 600):
        replay.evaluator.record_result(result("api", onset + second, Sign.OVERLOADED))
        rows.append(replay.evaluator.judge(onset + second)[Surface.API].verdict.row)
    assert rows == ["blip", "blip", "unconfirmed", "unconfirmed", "unacknowledged"]
    replay.now = onset + 630
    assert replay.run(60, api=Sign.OK).row() == "fine"


def test_claude_code_alone_is_a_matter_of_set_up_until_the_page_is_too_late():
    """The web interface and the API answer all the time; the guide's ten minutes end the doubt."""
    replay = Replay().run(150).run(30, code=Sign.OVERLOADED)
    onset = replay.now - 30
    told = []
    for second in range(0, 601, 30):
        for name, sign in replay.signs.items():
            replay.evaluator.record_result(result(name, onset + second, sign))
        verdict = replay.evaluator.judge(onset + second)[Surface.CODE].verdict
        told.append((verdict.row, verdict.stage, verdict.action))
    assert list(dict.fromkeys(told)) == [
        ("blip", "", Action.WAIT),
        ("only-claude-code", "", Action.TROUBLESHOOT),
        ("only-claude-code", "unacknowledged", Action.ESCALATE),
    ]
    assert [each[1] for each in told].index("unacknowledged") == 20
    replay.evaluator.others_succeed = True
    assert replay.evaluator.judge(onset + 601)[Surface.CODE].verdict.row == "only-you"


CASES = {
    "an incident that covers the surface acknowledges it": (
        lambda replay: (acknowledge(replay, Surface.API), replay.run(1200, api=Sign.OVERLOADED)),
        "acknowledged",
    ),
    "a moment's failure in an incident that has gone silent calls nobody": (
        lambda replay: (silent(replay, Surface.API), replay.run(570, api=Sign.OVERLOADED)),
        "acknowledged",
    ),
    "ten minutes of failing in an incident that has gone silent call for an update": (
        lambda replay: (silent(replay, Surface.API), replay.run(600, api=Sign.OVERLOADED)),
        "silent-incident",
    ),
    "an incident of another surface does not": (
        lambda replay: (acknowledge(replay, Surface.WEB), replay.run(1200, api=Sign.OVERLOADED)),
        "unacknowledged",
    ),
    "a page that cannot be read is no all-clear and no incident": (
        lambda replay: (without_page(replay), replay.run(1200, api=Sign.TIMEOUT)),
        "unacknowledged",
    ),
    "our network is down when nothing at all answers": (
        lambda replay: replay.run(1200, **everything(Sign.DNS)),
        "our-network",
    ),
    "control hosts alone do not make a network outage": (
        lambda replay: replay.run(1200, one=Sign.DNS, two=Sign.DNS),
        "fine",
    ),
    "a challenge is neither up nor down": (
        lambda replay: replay.run(1200, api=Sign.EDGE_CHALLENGE),
        "unknown",
    ),
    "two failures that passed are fine": (
        lambda replay: replay.run(60, api=Sign.TIMEOUT).run(60, api=Sign.OK),
        "fine",
    ),
    "a request that is refused as wrong never escalates": (
        lambda replay: replay.run(3600, api=Sign.NOT_FOUND),
        "our-request",
    ),
}


def acknowledge(replay, *surfaces):
    page = replace(replay.page, incidents=(incident(*surfaces, updated_at=START + 900),))
    replay.page = page


def silent(replay, *surfaces):
    page = replace(replay.page, incidents=(incident(*surfaces, updated_at=START - 7200),))
    replay.page = page


def without_page(replay):
    replay.page = None


@pytest.mark.parametrize(("act", "row"), CASES.values(), ids=CASES.keys())
def test_row(act, row):
    """Each situation ends in the row the guide gives it."""
    replay = Replay().run(60)
    act(replay)
    assert replay.row() == row


def test_a_key_that_is_refused_is_ours_and_after_half_an_hour_supports():
    """The keyless probe of the same host succeeds, so the service is up."""
    replay = Replay(KEYED).run(60)
    replay.run(270, keyed=Sign.AUTHENTICATION)
    assert replay.row() == "blip"
    replay.run(120)
    assert replay.row() == "account"
    replay.run(1500)
    verdict = replay.evaluator.judge(replay.now)[Surface.API].verdict
    assert (verdict.row, verdict.stage, verdict.action) == ("account", "support", "escalate")


def test_after_our_network_comes_back_claude_starts_at_zero():
    """An outage of ours is never counted as Claude's."""
    replay = Replay().run(60).run(1800, **everything(Sign.CONNECT))
    assert replay.row() == "our-network"
    replay.evaluator.record_result(result("one", replay.now, Sign.OK))
    assert {replay.row(each.surface) for each in TARGETS[:4]} == {"unknown"}
    replay.run(120, one=Sign.OK, two=Sign.OK)
    assert replay.row() == "blip"


def test_a_stray_success_does_not_restart_the_clock_and_two_do():
    """One answer in ten is not a recovery."""
    replay = Replay().run(60).run(510, api=Sign.OVERLOADED)
    replay.run(30, api=Sign.OK).run(90, api=Sign.OVERLOADED)
    assert replay.row() == "unacknowledged"
    replay.run(60, api=Sign.OK)
    assert replay.row() == "fine"


def test_flapping_is_intermittent():
    """Half the probes succeed: it works on and off."""
    replay = Replay().run(60)
    for _ in range(8):
        replay.run(30, api=Sign.TIMEOUT).run(60, api=Sign.OK)
    assert replay.row() == "intermittent"


def test_an_onset_survives_a_restart():
    """Killed in minute 6, back in minute 7: it still escalates at minute 10."""
    before = Replay().run(60).run(360, api=Sign.OVERLOADED)
    after = Replay()
    after.evaluator.restore(before.evaluator.record_at(before.now))
    after.now = before.now + 60
    after.run(150, api=Sign.OVERLOADED)
    assert after.row() == "unconfirmed"
    after.run(60)
    assert after.row() == "unacknowledged"


def test_an_old_onset_is_not_carried_over_a_long_gap():
    """Yesterday's outage is not today's."""
    before = Replay().run(60).run(360, api=Sign.OVERLOADED)
    after = Replay()
    after.evaluator.restore(before.evaluator.record_at(before.now))
    after.now = before.now + 86_400
    after.run(60, api=Sign.OVERLOADED)
    assert after.row() == "blip"


def test_a_target_that_is_no_longer_watched_is_ignored():
    """Its probe may still be under way when the configuration is read again."""
    replay = Replay()
    replay.evaluator.record_result(result("gone", START, Sign.DNS))
    assert set(replay.evaluator.tracked) == set(replay.signs)


def test_a_target_that_keeps_its_name_keeps_its_totals():
    """A reload forgets what is gone and starts what is new."""
    replay = Replay().run(60)
    replay.evaluator.replace_targets((TARGETS[0], KEYED))
    attempts = {name: each.state.attempts for name, each in replay.evaluator.tracked.items()}
    assert attempts == {"api": 2, "keyed": 0}


def test_a_record_of_a_target_that_is_gone_is_not_taken_up():
    before = Replay(KEYED).run(60)
    after = Replay()
    after.evaluator.restore(before.evaluator.record_at(before.now))
    attempts = {name: each.state.attempts for name, each in after.evaluator.tracked.items()}
    assert attempts == {target.name: 2 for target in TARGETS}


def test_the_worst_action_of_all_surfaces_is_the_most_urgent():
    """Nothing judged yet is nothing to do."""
    replay = Replay()
    worst = [replay.evaluator.worst_action()]
    for signs in ({}, {"web": Sign.TIMEOUT}, {"api": Sign.NOT_FOUND}, {"web": Sign.OVERLOADED}):
        replay.run(600, **signs)
        worst.append(replay.evaluator.worst_action())
    assert worst == [
        Action.NONE,
        Action.NONE,
        Action.WAIT,
        Action.ESCALATE,
        Action.ESCALATE,
    ]


def test_a_row_holds_since_it_began_and_a_stage_is_a_new_row():
    replay = Replay().run(300).run(300, api=Sign.OVERLOADED)
    judged = replay.evaluator.judgements
    assert judged[Surface.WEB].since == START
    assert (judged[Surface.API].verdict.row, judged[Surface.API].since) == ("blip", START + 300)


def test_a_failing_surface_has_a_forecast_where_there_is_a_curve():
    """And a drill's pace is told to it."""
    replay = Replay()
    assert replay.run(60, api=Sign.OVERLOADED).evaluator.judgements[Surface.API].forecast is None
    replay.evaluator.curve, replay.evaluator.pace = shipped_curve(), 3.0
    replay.step()
    forecasts = {s: each.forecast for s, each in replay.evaluator.judgements.items()}
    assert forecasts[Surface.API] == shipped_curve().forecast(180.0, None)
    assert forecasts[Surface.WEB] is None
