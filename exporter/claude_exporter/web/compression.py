"""Gzip for /metrics, away from the event loop that the probes share."""

from __future__ import annotations

import asyncio
import gzip
import re
from typing import Final

from aiohttp import hdrs, web

_WORTH_IT: Final = 1024
_LEVEL: Final = 1
"""Higher levels cost several times as much and save a tenth."""

_NOT_AT_ALL: Final = re.compile(r"q=0(\.0{0,3})?")


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    for part in accepted.lower().split(","):
        coding, _, weight = (word.strip() for word in part.partition(";"))
        if coding in {"gzip", "*"}:
            return not _NOT_AT_ALL.fullmatch(weight)
    return False


async def compressed(body: bytes, request: web.Request, content_type: str) -> web.Response:
    """An answer with *body*, gzipped in a thread where the client takes it."""
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    accepted = request.headers.get(hdrs.ACCEPT_ENCODING, "")
    if len(body) >= _WORTH_IT and takes_gzip(accepted):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        body = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
    return web.Response(body=body, headers=headers)
