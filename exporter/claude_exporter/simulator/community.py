"""Reddit and Hacker News on loopback, as they are to a program: polite, throttling, or shut."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from aiohttp import web

from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.simulator.authority import Authority
from claude_exporter.simulator.community_bodies import (
    BLOCKED,
    Said,
    hacker_news,
    reddit_feed,
    reddit_listing,
)
from claude_exporter.simulator.dns_server import LOOPBACK
from claude_exporter.simulator.listener import Listener

REDDIT: Final = "www.reddit.com"
REDDIT_API: Final = "oauth.reddit.com"
ALGOLIA: Final = "hn.algolia.com"
NAMES: Final = (REDDIT, REDDIT_API, ALGOLIA)

APP: Final = ("simulated-app", "simulated-app-secret")
"""Id and secret of the one app that Reddit knows."""

_BASIC: Final = "Basic " + b64encode(":".join(APP).encode()).decode()
_TOKEN_LIFE: Final = 86_400
_LIBRARIES: Final = ("python-httpx", "python-requests", "curl/", "python-urllib", "go-http")
_HOSTILE: Final = b'{"hits": [{"title": ["claude is down"], "objectID": {}, "created_at_i": "x"}, '
_PIECE: Final = b" " * 65_536


class Mood(StrEnum):
    """How a place meets its visitors."""

    OPEN = "open"
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    BROKEN = "broken"
    WALLED = "walled"
    HANGING = "hanging"
    HUGE = "huge"
    HOSTILE = "hostile"
    EMPTY = "empty"
    AWAY = "away"


class CommunityServer:
    """
    The three hosts while it is entered; `posts`, `mood` and `allowance` may be changed any time.

    `allowance` is how many requests Reddit still grants, `requests` counts what came by host.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.posts: list[Said] = []
        self.mood = Mood.OPEN
        self.allowance = 100
        self.requests: Counter[str] = Counter()
        self.seen: list[Mapping[str, str]] = []
        self._now = now
        self._tokens: set[str] = set()
        self._stack = AsyncExitStack()
        self._ca_file = ""
        self._port = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="claude-community-"))
            authority = Authority(Path(folder))
            self._ca_file = str(authority.ca_file)
            listener = Listener(self._answer, _context(authority))
            stack.push_async_callback(listener.stop)
            await listener.open()
            self._port = listener.port
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def network(self) -> NetworkSettings:
        """The settings with which an exporter asks the true addresses and meets this server."""
        here = f"{LOOPBACK}:{self._port}"
        connect_to = MappingProxyType({f"{name}:443": here for name in NAMES})
        return NetworkSettings(
            connect_to=connect_to, ca_file=self._ca_file, proxy_from_environment=False
        )

    def revoke(self) -> None:
        """Refuse every token that was granted."""
        self._tokens.clear()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = urlsplit(f"//{request.host}").hostname or ""
        self.requests[host] += 1
        self.seen.append({name.lower(): value for name, value in request.headers.items()})
        if self.mood is not Mood.OPEN:
            return await self._moody(request)
        if host == ALGOLIA:
            return _json(hacker_news(self.posts, request.query))
        agent = request.headers.get("user-agent", "").lower()
        if not agent or agent.startswith(_LIBRARIES):
            return _throttled(17)
        if request.path == "/api/v1/access_token":
            return await self._grant(request)
        return self._reddit(request, host)

    def _reddit(self, request: web.BaseRequest, host: str) -> web.Response:
        name, limit = request.path.split("/")[2], min(int(request.query.get("limit", "25")), 100)
        if self.allowance <= 0:
            return _throttled(313)
        self.allowance -= 1
        if host == REDDIT:
            body, kind = reddit_feed(self.posts, name, limit, self._now()), "application/atom+xml"
            return web.Response(body=body, content_type=kind, headers=self._left())
        token = request.headers.get("authorization", "").removeprefix("bearer ")
        if token not in self._tokens:
            return _json(b'{"message": "Unauthorized", "error": 401}', status=401)
        return _json(reddit_listing(self.posts, name, limit), self._left())

    async def _grant(self, request: web.BaseRequest) -> web.Response:
        if request.headers.get("authorization") != _BASIC:
            return _json(b'{"message": "Unauthorized", "error": 401}', status=401)
        if (await request.post()).get("grant_type") != "client_credentials":
            return _json(b'{"error": "unsupported_grant_type"}')
        token = f"simulated-token-{len(self.seen)}"
        self._tokens.add(token)
        text = f'{{"access_token": "{token}", "token_type": "bearer", "expires_in": {_TOKEN_LIFE}}}'
        return _json(text.encode())

    def _left(self) -> dict[str, str]:
        used = max(0, 100 - self.allowance)
        return {
            "x-ratelimit-used": str(used),
            "x-ratelimit-remaining": f"{max(0, self.allowance)}.0",
            "x-ratelimit-reset": "431",
        }

    async def _moody(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.mood in _SHUT:
            return _SHUT[self.mood]()
        if self.mood is Mood.AWAY:
            return web.Response(status=302, headers={"location": str(request.url)})
        if self.mood is Mood.HANGING:
            await asyncio.Event().wait()
        return await _flood(request, _HOSTILE if self.mood is Mood.HOSTILE else b"")


async def _flood(request: web.BaseRequest, start: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(start + b"[" * 100_000 if start else _PIECE)
    while not start:
        await response.write(_PIECE)
    return response


def _context(authority: Authority) -> ssl.SSLContext:
    contexts = {name: authority.context(name) for name in NAMES}

    def choose(
        connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
    ) -> None:
        connection.context = contexts.get(name or "", contexts[REDDIT])

    context = authority.context("default.sim.test")
    context.sni_callback = choose
    return context


def _json(
    body: bytes, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> web.Response:
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _throttled(seconds: int) -> web.Response:
    return web.Response(
        status=429,
        text="Too Many Requests",
        headers={"retry-after": str(seconds), "x-ratelimit-remaining": "0"},
    )


_SHUT: Final[Mapping[Mood, Callable[[], web.Response]]] = MappingProxyType(
    {
        Mood.THROTTLED: lambda: _throttled(1201),
        Mood.BLOCKED: lambda: web.Response(status=403, body=BLOCKED, content_type="text/html"),
        Mood.BROKEN: lambda: web.Response(status=503, text="upstream connect error"),
        Mood.WALLED: lambda: web.Response(body=BLOCKED, content_type="text/html"),
        Mood.EMPTY: web.Response,
    }
)
