"""Reading the body of an answer in bounded memory, also where it was packed to burst."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, cast

import httpx

ACCEPTED: Final = "gzip"
"""What to send as `accept-encoding`: what can be unpacked piece by piece."""

GZIP: Final = 16 + zlib.MAX_WBITS


class TooLargeError(Exception):
    """The body is longer than was allowed."""


class BrokenBodyError(Exception):
    """The body is not packed as its headers say."""


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """Whole body, unpacked; raises TooLargeError, BrokenBodyError and httpx's errors."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLargeError(f"expected at most {limit} bytes, {announced} were announced")
    body = bytearray()
    async with aclosing(_unpacked(response, limit)) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > limit:
                raise TooLargeError(f"expected at most {limit} bytes, and more came")
    return bytes(body)


async def read_start(response: httpx.Response, length: int) -> bytes:
    """At most the first *length* bytes, unpacked, as far as they can be read."""
    body = bytearray()
    try:
        async with aclosing(_unpacked(response, length)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) >= length:
                    break
    except BrokenBodyError:
        return bytes(body)
    return bytes(body[:length])


async def _unpacked(response: httpx.Response, limit: int) -> AsyncGenerator[bytes, None]:
    """Pieces of the body, none longer than *limit* and one."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "", "gzip"}:
        raise BrokenBodyError(f"expected gzip or no encoding, not {packing[:40]!r}")
    unpacker = zlib.decompressobj(wbits=GZIP) if packing == "gzip" else None
    packed = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
    async with aclosing(packed):
        async for piece in packed:
            yield piece if unpacker is None else _inflated(unpacker, piece, limit + 1)
    if unpacker is not None and not unpacker.eof:
        raise BrokenBodyError("expected gzip to its end, it was cut short")


def _inflated(unpacker: zlib._Decompress, piece: bytes, most: int) -> bytes:
    try:
        return unpacker.decompress(piece, most)
    except zlib.error as exc:
        raise BrokenBodyError(f"expected gzip, {exc}") from exc
