"""What every answer and every posted request has to keep to, whoever asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
        "script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
)
"""Sent with every answer; a web-config file may say otherwise."""

_SAFE: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_OURS: Final = frozenset({"same-origin", "none"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_from_elsewhere(headers: Mapping[str, str], host: str) -> bool:
    """
    Whether a browser sent this on behalf of a page that is not ours.

    Programs send neither header. `Sec-Fetch-Site` is the browser's own word, so that a proxy that
    changes the host does not matter; browsers without it still send `Origin`.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OURS
    origin = headers.get(hdrs.ORIGIN)
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


@web.middleware
async def refuse_posts_from_elsewhere(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let no page of somebody else reload us or write into the log through a visitor's browser."""
    if request.method not in _SAFE and is_from_elsewhere(request.headers, request.host):
        text = "Refused: expected a program or a page of this exporter, not a page of elsewhere\n"
        return web.Response(status=403, text=text)
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add HEADERS where the answer does not bring its own."""
    del request
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
