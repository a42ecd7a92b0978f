"""The connector: names, places, and everything a probe must not leave behind."""

import asyncio
import contextlib
import gc
import socket
import threading

import pytest
from support.wire import LOOPS, answers, connector, hangs, probe, run, serve

from claude_exporter.core.model import Phase, Sign
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.resolve import Workers
from claude_exporter.probers.stream import Stream


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


def test_a_name_has_a_resolve_phase(loop):
    """The system resolves a name; an address has nothing to resolve and no such phase."""

    async def probed():
        async with serve(answers(200)) as wire:
            by = connector(ip_protocol="ip4")
            return await probe(f"http://localhost:{wire.port}/", by=by)

    seen = run(loop, probed())

    assert tuple(seen.phases) == (
        Phase.RESOLVE,
        Phase.CONNECT,
        Phase.PROCESSING,
        Phase.TRANSFER,
    )
    assert (seen.ip, seen.success) == ("127.0.0.1", True)


def test_a_name_that_does_not_exist(loop):
    """A name under .invalid is a DNS failure without any phase."""
    seen = run(loop, probe("http://claude.invalid/"))

    assert (seen.sign, dict(seen.phases), seen.ip) == (Sign.DNS, {}, None)
    assert seen.detail.startswith("resolve: ")


def test_connect_to(loop):
    """The place to connect to changes; the Host header stays, and nothing is resolved."""

    async def probed():
        async with serve(answers(200)) as wire:
            by = connector(connect_to={"claude.test:80": wire.place})
            return await probe("http://CLAUDE.test/", by=by), wire.requests

    seen, [request] = run(loop, probed())

    assert b"\r\nHost: claude.test\r\n" in request
    assert Phase.RESOLVE not in seen.phases
    assert seen.success


def test_tcp(loop):
    """A connect is all the tcp prober does."""

    async def probed():
        async with serve(hangs()) as wire:
            return await probe(wire.place, "tcp")

    seen = run(loop, probed())

    assert (seen.sign, seen.success, tuple(seen.phases)) == (Sign.OK, True, (Phase.CONNECT,))
    assert seen.duration == seen.phases[Phase.CONNECT]


def test_a_host_that_does_not_answer(loop):
    """A SYN that nobody answers ends at the deadline, with no phase."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        place = listener.getsockname()
        # The first fills the queue of the listener, which then ignores every SYN.
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(place)
        seen = run(loop, probe(f"127.0.0.1:{place[1]}", "tcp", timeout=0.11))

    assert (seen.sign, dict(seen.phases)) == (Sign.TIMEOUT, {})
    assert seen.detail == "connect: the deadline of 0.11s passed"


def test_cancel_passes(loop):
    """Whoever cancels a probe gets its cancellation, and the connection is gone."""

    async def probed():
        asked = asyncio.Event()

        async def act(_reader, _writer):
            asked.set()
            await asyncio.Event().wait()

        async with serve(act) as wire:
            task = asyncio.ensure_future(probe(wire.url))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return True

    assert run(loop, probed())


LEFT = {
    "an answer": (answers(200), {}),
    "a timeout": (hangs(), {"timeout": 0.02}),
    "garbage": (hangs(b"no http\r\n\r\n"), {}),
}


@pytest.mark.parametrize(("act", "options"), LEFT.values(), ids=LEFT)
def test_nothing_is_left_to_the_collector(loop, act, options):
    """A probe breaks its reference cycles: nothing waits for the garbage collector."""

    async def probed():
        async with serve(act) as wire:
            by = connector()
            await probe(wire.url, by=by, **options)
            gc.collect()
            gc.set_debug(gc.DEBUG_SAVEALL)
            try:
                await probe(wire.url, by=by, **options)
                gc.collect()
                return [thing for thing in gc.garbage if isinstance(thing, Stream | Answer)]
            finally:
                gc.set_debug(0)
                gc.garbage.clear()

    assert run(loop, probed()) == []


def test_lookups_that_hang_do_not_hold_the_others():
    """A lookup that hangs takes one thread; its caller may leave, and another call goes through."""
    hang = threading.Event()

    async def both():
        workers = Workers(2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await workers.run(hang.wait)
        return await workers.run(lambda: 17)

    assert run("uvloop", both()) == 17
    hang.set()


def test_lookups_wait_for_a_thread():
    """Beyond the limit a call waits, and one whose caller has left is never made."""
    hang, made = threading.Event(), []

    async def crowd():
        workers = Workers(1)
        first = asyncio.ensure_future(workers.run(hang.wait))
        second = asyncio.ensure_future(workers.run(lambda: made.append("second")))
        third = asyncio.ensure_future(workers.run(lambda: made.append("third")))
        await asyncio.sleep(0)
        second.cancel()
        hang.set()
        await asyncio.gather(first, third)
        return made

    assert run("uvloop", crowd()) == ["third"]


PROBLEMS = {
    "a resolver that is a name": ({"resolver": "dns.test:53"}, "resolver: expected ip:port"),
    "a place without a port": ({"connect_to": {"a:1": "b"}}, "expected host:port, not 'b'"),
}


@pytest.mark.parametrize(("settings", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_bad_settings(settings, problem):
    """Settings that cannot work are refused at once, with what was expected."""
    with pytest.raises(ValueError, match=problem):
        connector(**settings)
