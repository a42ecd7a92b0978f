"""Arrival times: the kernel's where they can be true, ours where they cannot."""

import asyncio
import os
import socket
import sys
import time

import pytest
from support.wire import LOOPS, connector, probe, run, serve

from claude_exporter.core.model import Phase
from claude_exporter.probers.timestamps import arrival_of, enable_stamps, keep_stamping, receive

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

AGES = {
    "a stamp of this exchange counts": (3_000_000_000, 10.0, 17.0, 14.0),
    "a stamp from before it is a stepped clock": (11_000_000_000, 10.0, 17.0, 17.0),
    "a stamp from the future is a stepped clock": (-1, 10.0, 17.0, 17.0),
    "a stamp of this very moment counts": (0, 10.0, 17.0, 17.0),
}


@pytest.mark.parametrize(("age", "since", "now", "at"), AGES.values(), ids=AGES)
def test_age(age, since, now, at):
    """A stamp is an age, believed only within the exchange."""
    assert arrival_of(age, since, now) == pytest.approx(at)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what a socket receives")
def test_the_kernel_knows_better():
    """What is read late still arrived when it arrived."""
    keeper = keep_stamping()
    with socket.create_server(("127.0.0.1", 0)) as server, keeper, socket.socket() as client:
        client.connect(server.getsockname())
        enable_stamps(client)
        other, _ = server.accept()
        with other:
            since = time.perf_counter()
            other.send(b"warm")  # the first packet may come before the kernel stamps any
            receive(client, since)
            other.send(b"late")
            sent_at = time.perf_counter()
            busy_until = sent_at + 0.03
            while time.perf_counter() < busy_until:
                pass
            arrival = receive(client, since)

    assert arrival.data == b"late"
    assert since <= arrival.at <= sent_at + 0.01
    assert arrival.read_at >= busy_until


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what a socket receives")
@pytest.mark.parametrize("loop", LOOPS)
def test_a_busy_process_measures_truly(loop):
    """The answer arrives while our loop is busy with something else: that time is not its own."""
    busy = 0.2

    async def probed():
        async def act(reader, writer):
            # Past the loop, which might send only when it is free again.
            os.write(writer.get_extra_info("socket").fileno(), ANSWER)
            time.sleep(busy)  # noqa: ASYNC251 - the loop that also runs the probe stands still
            # A FIN would give its own stamp to the bytes before it that nobody has read yet.
            await reader.read()

        async with serve(act) as wire:
            by = connector()
            await probe(wire.url, by=by)
            return await probe(wire.url, by=by)

    seen = run(loop, probed())

    assert seen.phases[Phase.PROCESSING] < busy / 2
    assert seen.duration < busy / 2


def test_an_answer_that_takes_its_time():
    """The server's own time is in the processing phase, the body's in the transfer."""

    async def act(_reader, writer):
        await asyncio.sleep(0.03)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
        await asyncio.sleep(0.02)
        writer.write(b"x")

    async def probed():
        async with serve(act) as wire:
            return await probe(wire.url)

    seen = run("asyncio", probed())

    assert seen.phases[Phase.PROCESSING] >= 0.029
    assert seen.phases[Phase.TRANSFER] >= 0.019
