"""What the guide may look at, fact by fact; the rest of the observation stays as it was."""

from dataclasses import replace

import pytest
from support.seen import FRESH_FOR, NOW, incident, page, planned, scene, tracked

from claude_exporter.core.fold import Conditions, NetworkState, SurfaceState
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Standing, Surface
from claude_exporter.core.observation import Observation
from claude_exporter.core.observe import names_model, observe
from claude_exporter.core.page_model import MaintenancePhase
from claude_exporter.core.target_state import Slice

GUIDE = shipped_guide()
SETTLE = GUIDE.thresholds["settle"]
NUMBER = int(NOW // 60)


def seen(surface, where):
    return observe(surface, where, GUIDE)


def everything():
    failing = SurfaceState(
        failing_since=NOW - 401,
        sign=Sign.OVERLOADED,
        sign_since=NOW - 203,
        standing=Standing.DOWN,
        conditions=Conditions(intermittent=True, partial=True, slow=True, one_model=True),
        degraded_since=NOW - 97,
    )
    maintenance = planned(MaintenancePhase.IN_PROGRESS, NOW + 601)
    record = (Slice(NUMBER, 8, 6),)
    return scene(
        tracked("keyless", Sign.OVERLOADED, retry_after=53.0, recent=record),
        tracked("extra", essential=False, recent=(Slice(NUMBER, 8, 0),)),
        surfaces={Surface.API: failing},
        network=NetworkState(down_since=NOW - 31),
        pages=(page(incident(Surface.API, updated_at=NOW - 301), maintenances=(maintenance,)),),
        others_succeed=True,
        others_report=False,
    )


def test_everything_known_at_once():
    """One observation, every field of it."""
    assert seen(Surface.API, everything()) == Observation(
        surface=Surface.API,
        known=True,
        network_down=True,
        network_down_for=31.0,
        maintenance=True,
        maintenance_left=601.0,
        failing=True,
        failing_for=401.0,
        sign=Sign.OVERLOADED,
        sign_for=203.0,
        reset_left=53.0,
        incident=True,
        incident_names_model=False,
        incident_quiet_for=301.0,
        keyless_ok=False,
        code_only=None,
        one_model=True,
        others_succeed=True,
        others_report=False,
        intermittent=True,
        partial=True,
        slow=True,
        degraded_for=97.0,
        success_ratio=0.75,
    )


def test_nothing_known_at_all():
    """An unknown is neither true nor false: no page, no probe, no state."""
    assert seen(Surface.CODE, scene()) == Observation(
        surface=Surface.CODE, known=False, failing=None, one_model=False
    )


def test_a_surface_that_works_has_no_spans_of_failing():
    working = SurfaceState(standing=Standing.UP, sign_since=NOW - 5)
    where = scene(
        tracked("api", Sign.OK, retry_after=53.0), surfaces={Surface.API: working}, pages=(page(),)
    )
    assert seen(Surface.API, where) == Observation(
        surface=Surface.API,
        known=True,
        maintenance=False,
        failing=False,
        incident=False,
        incident_names_model=False,
        keyless_ok=True,
        one_model=False,
    )


def test_what_an_edge_hides_is_neither_failing_nor_has_it_spans():
    """The onset is remembered, and not told until something is known again."""
    hidden = SurfaceState(failing_since=NOW - 401, sign_since=NOW - 203, standing=Standing.UNKNOWN)
    where = scene(
        tracked("api", Sign.RATE_LIMITED, retry_after=53.0), surfaces={Surface.API: hidden}
    )
    found = seen(Surface.API, where)
    assert (found.known, found.failing) == (False, None)
    assert (found.failing_for, found.sign_for, found.reset_left) == (None, None, None)


def test_a_clock_that_went_back_makes_no_span_negative():
    ahead = SurfaceState(failing_since=NOW + 5, sign_since=NOW + 5, standing=Standing.DOWN)
    found = seen(Surface.API, scene(surfaces={Surface.API: ahead}))
    assert (found.failing_for, found.sign_for) == (0.0, 0.0)


NAMES = {
    "the words in any order": ("Opus 4.1", "claude-opus-4-1-20250805", True),
    "a family": ("Haiku", "claude-3-5-haiku-20241022", True),
    "another family": ("Sonnet 4", "claude-opus-4-1-20250805", False),
    "another version": ("Opus 3", "claude-opus-4-1-20250805", False),
    "a name without words": ("...", "claude-opus-4-1-20250805", False),
}


@pytest.mark.parametrize(("name", "model", "expected"), NAMES.values(), ids=NAMES.keys())
def test_a_page_s_name_means_a_model(name, model, expected):
    assert names_model(name, model) is expected


MODELS = {
    "a model that fails is named": (tracked("m", Sign.OVERLOADED, model="claude-opus-4-1"), True),
    "a model that works is named": (tracked("m", Sign.OK, model="claude-opus-4-1"), False),
    "another model fails": (tracked("m", Sign.OVERLOADED, model="claude-haiku-4-5"), False),
    "what fails asks no model": (tracked("m", Sign.OVERLOADED), False),
    "its failure is too old to be known": (
        tracked("m", Sign.OVERLOADED, FRESH_FOR + 1, model="claude-opus-4-1"),
        False,
    ),
}


@pytest.mark.parametrize(("target", "expected"), MODELS.values(), ids=MODELS.keys())
def test_an_incident_names_the_model_that_fails(target, expected):
    named = incident(Surface.API, models=frozenset({"Opus 4.1"}))
    found = seen(Surface.API, scene(target, pages=(page(named),)))
    assert found.incident_names_model is expected


KEYLESS = {
    "it answers": ((tracked(),), True),
    "it answers beside one that fails": (
        (tracked("api", Sign.DNS), tracked("other")),
        True,
    ),
    "it fails": ((tracked("api", Sign.DNS),), False),
    "its refusal tells nothing of a key it does not send": (
        (tracked("api", Sign.AUTHENTICATION),),
        None,
    ),
    "a challenge tells nothing": ((tracked("api", Sign.EDGE_CHALLENGE),), None),
    "the keyed probe is not asked": (
        (tracked("api", Sign.OK, keyed=True), tracked("bad", Sign.DNS, keyed=True)),
        None,
    ),
    "what is not essential is not asked": ((tracked("api", Sign.OK, essential=False),), None),
    "what was seen before our network came back does not count": ((tracked(ago=8),), None),
}


@pytest.mark.parametrize(("targets", "expected"), KEYLESS.values(), ids=KEYLESS.keys())
def test_the_same_host_without_a_key(targets, expected):
    network = NetworkState(recovered_at=NOW - 7)
    assert seen(Surface.API, scene(*targets, network=network)).keyless_ok is expected


WORKS = SurfaceState(standing=Standing.UP)
CODE_ONLY = {
    "both others work": (Surface.CODE, WORKS, WORKS, True),
    "it is asked of Claude Code alone": (Surface.API, WORKS, WORKS, None),
    "the web interface is unknown": (
        Surface.CODE,
        replace(WORKS, standing=Standing.UNKNOWN),
        WORKS,
        None,
    ),
    "the API fails": (
        Surface.CODE,
        WORKS,
        replace(WORKS, standing=Standing.DOWN, failing_since=NOW - 3),
        False,
    ),
    "the API recovered a probe earlier": (
        Surface.CODE,
        WORKS,
        replace(WORKS, recovered_at=NOW - SETTLE + 1),
        False,
    ),
    "the API recovered a settling time ago": (
        Surface.CODE,
        WORKS,
        replace(WORKS, recovered_at=NOW - SETTLE),
        True,
    ),
}


@pytest.mark.parametrize(
    ("surface", "web", "api", "expected"), CODE_ONLY.values(), ids=CODE_ONLY.keys()
)
def test_claude_code_alone(surface, web, api, expected):
    where = scene(surfaces={Surface.WEB: web, Surface.API: api})
    assert seen(surface, where).code_only is expected


RESETS = {
    "the latest of what was announced": (
        (
            tracked("a", Sign.RATE_LIMITED, 5.0, retry_after=31.0),
            tracked("b", Sign.RATE_LIMITED, 7.0, retry_after=61.0),
            tracked("c", Sign.RATE_LIMITED),
            tracked("d", None),
        ),
        54.0,
    ),
    "it has passed": ((tracked("a", Sign.RATE_LIMITED, 31.0, retry_after=3.0),), 0.0),
    "nobody announced one": ((tracked("a", Sign.RATE_LIMITED),), None),
}


@pytest.mark.parametrize(("targets", "expected"), RESETS.values(), ids=RESETS.keys())
def test_when_a_limit_resets(targets, expected):
    limited = SurfaceState(failing_since=NOW - 3, sign_since=NOW - 3, standing=Standing.DOWN)
    found = seen(Surface.API, scene(*targets, surfaces={Surface.API: limited}))
    assert found.reset_left == expected
