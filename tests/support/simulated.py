"""A plain client of the simulator, made of the standard library only."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from claude_exporter.simulator.hosts import Host
from claude_exporter.simulator.world import World

PATIENCE = 5.0
"""A limit for what must happen at once; no test waits for it to pass."""


def world_of(**hosts):
    """A world in which the named hosts behave so."""
    return World(hosts={Host(name.replace("_", "-")): how for name, how in hosts.items()})


async def connect(simulator, url):
    """A connection to where the simulator plays a URL's host, with its certificate checked."""
    parts = urlsplit(url)
    port = 80 if parts.scheme == "http" else 443
    dialled = simulator.network().connect_to[f"{parts.hostname}:{port}"]
    context = None
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=simulator.network().ca_file)
    return await asyncio.open_connection(
        "127.0.0.1",
        int(dialled.rpartition(":")[2]),
        ssl=context,
        server_hostname=parts.hostname if context else None,
    )


async def ask(simulator, url, method="GET", headers=None, body=b""):
    """The whole answer to one request, as (status, headers, body)."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await connect(simulator, url)
        try:
            writer.write(_request(urlsplit(url), method, headers or {}, body))
            return _answer(await reader.read())
        finally:
            writer.close()


def _request(parts, method, headers, body):
    lines = {
        "host": parts.hostname,
        "connection": "close",
        "content-length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {parts.path or '/'} HTTP/1.1\r\n{head}\r\n".encode() + body


def _answer(wire):
    head, _, body = wire.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body
