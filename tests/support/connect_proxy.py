"""A small HTTP proxy: joins CONNECT to one place, or answers a request itself."""

from __future__ import annotations

import asyncio

from support.wire import Act


def joins(port: int) -> Act:
    """Say 200 to CONNECT and pass everything on to `port`, whatever host was asked for."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, inner_writer))
                both.create_task(_copy(inner_reader, writer))
        finally:
            inner_writer.transport.abort()

    return act


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
