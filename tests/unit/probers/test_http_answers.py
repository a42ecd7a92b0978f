"""The http prober against servers that answer, and servers that misbehave on purpose."""

import pytest
from support.wire import LOOPS, answers, hangs, probe, probe_of, repeats, resets, run, says, serve

from claude_exporter.core.model import HttpFacts, Phase, Sign

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"
UNENDING = b"HTTP/1.1 200 OK\r\n\r\n"
WHOLE = (Phase.CONNECT, Phase.PROCESSING, Phase.TRANSFER)
BEGUN = WHOLE[:2]
SILENT = WHOLE[:1]


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


def facts(status, **more):
    return HttpFacts(status=status, version="1.1", **more)


ANSWERS = {
    "a 200 is fine": (
        answers(200, b"hello world"),
        (Sign.OK, True, "", WHOLE, facts(200, content_length=11, body_length=11)),
    ),
    "a body of chunks has no announced length": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"0\r\n\r\n"),
        (Sign.OK, True, "", WHOLE, facts(200, body_length=3)),
    ),
    "a body that ends with the connection is whole": (
        says(UNENDING, b"hello"),
        (Sign.OK, True, "", WHOLE, facts(200, body_length=5)),
    ),
    "an interim answer is not the answer": (
        says(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", HEAD + b"hello world"),
        (Sign.OK, True, "", WHOLE, facts(200, content_length=11, body_length=11)),
    ),
    "what follows a whole answer is not read": (
        says(HEAD + b"hello world" + b"garbage garbage"),
        (Sign.OK, True, "", WHOLE, facts(200, content_length=11, body_length=11)),
    ),
    "an upgrade nobody asked for is unexpected": (
        says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxxx"),
        (Sign.UNEXPECTED, False, "status 101", WHOLE, facts(101)),
    ),
    "a 503 is the service's": (
        answers(503, b"no"),
        (
            Sign.SERVICE_UNAVAILABLE,
            False,
            "status 503",
            WHOLE,
            facts(503, content_length=2, body_length=2),
        ),
    ),
    "an error of the API is told with its words": (
        answers(
            529, b'{"type":"error","error":{"type":"overloaded_error","message":"Over\\nload"}}'
        ),
        (
            Sign.OVERLOADED,
            False,
            "status 529, overloaded_error: Over load",
            WHOLE,
            facts(529, content_length=75, body_length=75),
        ),
    ),
    "garbage is a protocol error": (
        says(b"SSH-2.0-nope\r\n\r\n"),
        (Sign.PROTOCOL, False, "processing: Expected HTTP/, RTSP/ or ICE/", BEGUN, None),
    ),
    "an empty answer is a protocol error": (
        says(b""),
        (Sign.PROTOCOL, False, "processing: closed before a whole answer", SILENT, None),
    ),
    "a cut header is a protocol error": (
        says(b"HTTP/1.1 200 OK\r\nContent-Le"),
        (Sign.PROTOCOL, False, "processing: closed before a whole answer", BEGUN, None),
    ),
    "a cut body is a protocol error that keeps its status": (
        says(HEAD + b"hel"),
        (
            Sign.PROTOCOL,
            False,
            "processing: closed after 3 bytes of a longer body",
            BEGUN,
            facts(200, content_length=11, body_length=3),
        ),
    ),
    "a cut body of chunks is a protocol error": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
        (
            Sign.PROTOCOL,
            False,
            "processing: closed after 3 bytes of a longer body",
            BEGUN,
            facts(200, body_length=3),
        ),
    ),
    "a reset is a connect error": (
        resets(),
        (Sign.CONNECT, False, "processing: Connection reset by peer", SILENT, None),
    ),
    "headers without end are a protocol error": (
        repeats(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 4096 + b"\r\n"),
        (Sign.PROTOCOL, False, "processing: more than 65536 bytes of headers", BEGUN, None),
    ),
    "one header line without end is a protocol error": (
        repeats(b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 4096),
        (Sign.PROTOCOL, False, "processing: more than 65536 bytes of headers", BEGUN, None),
    ),
    "trailers without end are a protocol error": (
        repeats(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-More: ", b"x" * 4096),
        (Sign.PROTOCOL, False, "processing: more than 65536 bytes of headers", BEGUN, facts(200)),
    ),
}


@pytest.mark.parametrize(("act", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers(loop, act, expected):
    """Each way to answer has one sign, its phases and its facts, on both event loops."""
    seen = run(loop, probe_of(act))

    assert expected == (seen.sign, seen.success, seen.detail, tuple(seen.phases), seen.http)
    assert all(seconds >= 0 for seconds in seen.phases.values())
    assert seen.ip == "127.0.0.1"


DEADLINES = {
    "silence passes the deadline while processing": (hangs(), SILENT),
    "a hanging body passes the deadline": (hangs(HEAD + b"hel"), BEGUN),
    "a body that drips for ever passes the deadline": (repeats(UNENDING, b"x"), BEGUN),
    "headers that drip pass the deadline": (hangs(b"HTTP/1.1 200 OK\r\nX: "), BEGUN),
    "a body without end is read to the deadline": (repeats(UNENDING, b"x" * 65536), BEGUN),
}


@pytest.mark.parametrize(("act", "phases"), DEADLINES.values(), ids=DEADLINES)
def test_deadline(loop, act, phases):
    """The deadline is total: whatever trickles in, the probe ends when it is reached."""
    seen = run(loop, probe_of(act, timeout=0.11))

    assert (seen.sign, seen.success) == (Sign.TIMEOUT, False)
    assert seen.detail == "processing: the deadline of 0.11s passed"
    assert tuple(seen.phases) == phases
    # A timer of uvloop has whole milliseconds.
    assert 0.108 <= seen.duration < 0.5


def test_head_has_no_body():
    """The answer to HEAD is whole with its headers, whatever length they announce."""
    seen = run("uvloop", probe_of(hangs(HEAD), method="HEAD"))

    assert seen.http == facts(200, content_length=11)
    assert seen.success


def test_body_is_not_kept_beyond_its_limit():
    """A large body is read to its end and counted, but not kept."""
    size = 3 * 2**20
    seen = run("uvloop", probe_of(answers(200, b"x" * size), body_limit=7))

    assert seen.http == facts(200, content_length=size, body_length=size)


def test_last_modified():
    """The date of the content is kept as a moment."""
    seen = run("uvloop", probe_of(answers(200, last_modified="Wed, 21 Oct 2015 07:28:00 GMT")))

    assert seen.http == facts(200, content_length=0, last_modified_at=1445412480.0)


def test_nobody_listens(loop):
    """A refused connection is a connect error with no phase at all."""

    async def refused():
        async with serve(hangs()) as wire:
            pass
        return await probe(wire.url)

    seen = run(loop, refused())

    assert (seen.sign, dict(seen.phases)) == (Sign.CONNECT, {})
    assert seen.detail == "connect: Connection refused"
