"""
A target that answers after the asked time and remembers how long it really took.

`GET /?id=7&ms=50` is answered 50 ms later; `GET /delays` tells the true seconds of every id since
the last time. Prints its two ports, HTTP and HTTPS. Usage: delays.py CERTIFICATE KEY
"""

import asyncio
import json
import os
import ssl
import sys
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


class Delayed(asyncio.Protocol):
    """One connection, one request."""

    def __init__(self, taken: dict[str, float]) -> None:
        self.taken = taken

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        arrived_at = perf_counter()
        url = urlsplit(data.split(b" ", 2)[1].decode())
        if url.path == "/delays":
            self.answer(json.dumps(self.taken).encode())
            self.taken.clear()
            return
        asked = parse_qs(url.query)
        loop = asyncio.get_running_loop()
        loop.call_later(float(asked["ms"][0]) / 1000, self.answer_late, asked["id"][0], arrived_at)

    def answer_late(self, key: str, arrived_at: float) -> None:
        self.answer(b"x" * 300)
        self.taken[key] = perf_counter() - arrived_at

    def answer(self, body: bytes) -> None:
        self.transport.write(HEAD % len(body) + body)
        self.transport.close()


async def serve(certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    taken: dict[str, float] = {}
    plain = await loop.create_server(lambda: Delayed(taken), "127.0.0.1", 0)
    secure = await loop.create_server(lambda: Delayed(taken), "127.0.0.1", 0, ssl=context)
    ports = [server.sockets[0].getsockname()[1] for server in (plain, secure)]
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        # It has to wake up on time however busy the machine is.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except (PermissionError, AttributeError):
        print("no real-time priority: delays are less exact", file=sys.stderr)
    asyncio.run(serve(*sys.argv[1:]))
