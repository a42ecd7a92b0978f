"""Values of the core made from a few words: what was probed, what was seen, when."""

from typing import Final

from claude_exporter.core.fold import NetworkState
from claude_exporter.core.model import ProbeResult, Sign, Surface, Target
from claude_exporter.core.observe import Scene
from claude_exporter.core.page_model import (
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    PageContent,
    PageReport,
)
from claude_exporter.core.target_state import TargetState, Tracked

NOW: Final = 1_700_000_011.0
INTERVAL: Final = 30.0
TIMEOUT: Final = 10.0
FRESH_FOR: Final = 3 * INTERVAL + TIMEOUT


def result(name="api", sign=Sign.OK, ago=0.0, **more):
    """What one probe saw; only `ok` and `slow` are successes unless told."""
    more.setdefault("success", sign in {Sign.OK, Sign.SLOW})
    return ProbeResult(target=name, started_at=NOW - ago, duration=0.1, sign=sign, **more)


def target(name="api", surface=Surface.API, **more):
    return Target(name=name, surface=surface, prober="http", address="https://api.test/", **more)


def tracked(name="api", sign=Sign.OK, ago=0.0, *, retry_after=None, recent=(), **more):
    """A target and its last result; with sign None it has never been probed."""
    last = None if sign is None else result(name, sign, ago, retry_after=retry_after)
    return Tracked(target(name, **more), TargetState(last=last, recent=recent))


def essential(sign, ago=3.0, name="api", **more):
    return tracked(name, sign, ago, **more)


def control(name, sign=Sign.OK, ago=0.0):
    return tracked(name, sign, ago, surface=Surface.CONTROL)


def incident(*surfaces, **more):
    more = {
        "id": "i",
        "name": "Elevated errors",
        "phase": IncidentPhase.INVESTIGATING,
        "impact": Impact.MAJOR,
    } | more
    return Incident(surfaces=frozenset(surfaces), **more)


def planned(phase, ends_at, *surfaces):
    return Maintenance(
        id="m",
        name="Upgrade",
        phase=phase,
        surfaces=frozenset(surfaces or (Surface.API,)),
        starts_at=NOW - 60,
        ends_at=ends_at,
    )


def page(*incidents, ago=0.0, **more):
    """A status page that was read so many seconds ago."""
    content = PageContent(
        page_id="p", name="Claude", indicator=Impact.NONE, incidents=incidents, **more
    )
    return PageReport(page="claude", polled_at=NOW, content=content, read_at=NOW - ago)


def scene(*targets, **more):
    more = {
        "now": NOW,
        "surfaces": {},
        "network": NetworkState(),
        "pages": (),
        "page_max_age": 300.0,
    } | more
    return Scene(tracked=targets, **more)
