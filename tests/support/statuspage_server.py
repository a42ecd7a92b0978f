"""A status page on loopback that answers by a script, over real sockets, well or badly."""

import asyncio
import contextlib
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field

PIECE = 65_536


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """
    One answer. `raw` replaces everything else; `announced` is a wrong content-length.

    `pause` seconds pass before each byte of the body; `endless` repeats the body without end;
    `hang` never answers, or not on after `raw`.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    announced: int | None = None
    pause: float | None = None
    endless: bool = False
    hang: bool = False

    def head(self):
        lines = [f"HTTP/1.1 {self.status} X", "connection: close"]
        if not self.endless and self.status != 304:
            length = len(self.body) if self.announced is None else self.announced
            lines.append(f"content-length: {length}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


Script = Callable[[Request], Reply]

HANG = Reply(hang=True)


def json_reply(body, **headers):
    return Reply(body=body, headers={"content-type": "application/json", **headers})


def gzipped(body):
    return Reply(body=gzip.compress(body), headers={"content-encoding": "gzip"})


def with_etag(body, etag='W/"7f"'):
    """A script that answers 304 to whoever knows the page already."""

    def answer(request):
        if request.headers.get("if-none-match") == etag:
            return Reply(status=304, headers={"etag": etag})
        return json_reply(body, etag=etag)

    return answer


def in_turn(*replies):
    """A script of one reply after the other; the last one stays."""
    left = list(replies)

    def answer(_):
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


class PageServer:
    """An async context manager; `script` may be replaced at any time, `requests` remembers all."""

    def __init__(self, script, tls=None):
        self.script = in_turn(script) if isinstance(script, Reply) else script
        self.requests = []
        self.sent = 0
        self.port = 0
        self._tls = tls
        self._open = set()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://{self.address}"

    async def __aenter__(self):
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, limit=2**16
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        except asyncio.CancelledError:
            # The server's own stop: the stream protocol would report it as an error otherwise.
            return
        finally:
            writer.close()

    async def _answer(self, reader, writer):
        request = _request_of(await reader.readuntil(b"\r\n\r\n"))
        self.requests.append(request)
        reply = self.script(request)
        if reply.raw is not None:
            await self._send(writer, reply.raw)
        if reply.hang:
            await asyncio.Event().wait()
        if reply.raw is not None:
            return
        await self._send(writer, reply.head())
        for piece in _pieces(reply):
            await asyncio.sleep(reply.pause or 0)
            await self._send(writer, piece)

    async def _send(self, writer, data):
        writer.write(data)
        await writer.drain()
        self.sent += len(data)


def _pieces(reply):
    if reply.endless:
        while True:
            yield reply.body
    elif reply.pause is None:
        yield from (reply.body[at : at + PIECE] for at in range(0, len(reply.body), PIECE))
    else:
        yield from (bytes([byte]) for byte in reply.body)


def _request_of(head):
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines if line)
    return Request(method, target, {name.lower(): value.strip() for name, value in pairs})
