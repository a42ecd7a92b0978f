"""What real requests say: failures in a row, the latest success, one model among others."""

import pytest

from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Standing
from claude_exporter.core.real_use import RealUse, Request, is_telling, real_use

GUIDE = shipped_guide()
NOW = 1_700_000_003.0
DOWN, UP, UNKNOWN = Standing.DOWN, Standing.UP, Standing.UNKNOWN
OPUS, HAIKU = "claude-opus-4-6", "claude-haiku-4-5"


def failed(ago, sign=Sign.OVERLOADED, model=None):
    return Request(NOW - ago, sign, model)


def worked(ago, model=None):
    return Request(NOW - ago, model=model)


def found(standing=UNKNOWN, failures=0, successes=0, **more):
    return RealUse(standing=standing, failures=failures, successes=successes, **more)


OVER = {"sign": Sign.OVERLOADED}
USES = {
    "nobody asked": ([], found()),
    "one failure is no outage": ([failed(7)], found(failures=1)),
    "two in a row are one": ([failed(67), failed(7)], found(DOWN, 2, since=NOW - 67, **OVER)),
    "in whatever order they were told": (
        [failed(7), failed(67)],
        found(DOWN, 2, since=NOW - 67, **OVER),
    ),
    "a success between them ends the row": (
        [failed(67), worked(31), failed(7)],
        found(UNKNOWN, 2, 1),
    ),
    "a success after them is working": ([failed(67), failed(31), worked(7)], found(UP, 2, 1)),
    "a success before them does not hide them": (
        [worked(97), failed(67), failed(7)],
        found(DOWN, 2, 1, since=NOW - 67, **OVER),
    ),
    "a success is believed for two minutes": ([worked(119)], found(UP, 0, 1)),
    "and no longer": ([worked(120)], found(UNKNOWN, 0, 1)),
    "the last failure is believed for five minutes": (
        [failed(367), failed(299)],
        found(DOWN, 2, since=NOW - 367, **OVER),
    ),
    "and not for longer": ([failed(367), failed(300)], found(UNKNOWN, 2)),
    "failures five minutes apart are a row": (
        [failed(307), failed(7)],
        found(DOWN, 2, since=NOW - 307, **OVER),
    ),
    "another model's success at the moment of the first failure is not since": (
        [failed(67, model=OPUS), worked(67, HAIKU), failed(7, model=OPUS)],
        found(UNKNOWN, 2, 1),
    ),
    "one between two failures is": (
        [failed(67, model=OPUS), worked(31, HAIKU), failed(7, model=OPUS)],
        found(UNKNOWN, 2, 1, failing_models=frozenset({OPUS})),
    ),
    "failures more than five minutes apart are no row": (
        [failed(308), failed(7)],
        found(UNKNOWN, 2),
    ),
    "what is older than the window is forgotten": ([failed(900), worked(900)], found()),
    "a clock may be a minute ahead": (
        [failed(-60), failed(-59)],
        found(DOWN, 2, since=NOW + 59, **OVER),
    ),
    "and not more": ([failed(-61), worked(-61)], found()),
    "a request that is wrong tells nothing": (
        [failed(31, Sign.INVALID_REQUEST), failed(7, Sign.TOO_LARGE)],
        found(),
    ),
    "what nobody could name tells nothing": (
        [failed(31, Sign.UNEXPECTED), failed(7, Sign.EDGE_CHALLENGE)],
        found(),
    ),
    "the most frequent sign is told": (
        [failed(31), failed(17, Sign.TIMEOUT), failed(7, Sign.TIMEOUT)],
        found(DOWN, 3, since=NOW - 31, sign=Sign.TIMEOUT),
    ),
    "one model fails while another answers": (
        [failed(67, model=OPUS), worked(31, HAIKU), failed(11, model=OPUS), worked(7, HAIKU)],
        found(UP, 2, 2, failing_models=frozenset({OPUS})),
    ),
    "another model that answered only before tells nothing of now": (
        [worked(97, HAIKU), failed(67, model=OPUS), failed(7, model=OPUS)],
        found(DOWN, 2, 1, since=NOW - 67, **OVER),
    ),
    "one failure of a model is none": (
        [failed(67, model=OPUS), worked(7, HAIKU)],
        found(UP, 1, 1),
    ),
}


@pytest.mark.parametrize(("requests", "expected"), USES.values(), ids=USES)
def test_real_use(requests, expected):
    assert real_use(requests, GUIDE, NOW) == expected


def test_which_signs_tell_something():
    """Of the service or of the way to it, and named."""
    silent = {sign for sign in Sign if not is_telling(sign)}
    assert silent == {
        Sign.OK,
        Sign.SLOW,
        Sign.INVALID_REQUEST,
        Sign.NOT_FOUND,
        Sign.TOO_LARGE,
        Sign.EDGE_CHALLENGE,
        Sign.UNEXPECTED,
    }
