"""A status page source beside the server it polls."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from support.clock import FakeClock
from support.statuspage_body import COMPONENTS
from support.statuspage_server import PageServer

from claude_exporter.core.model import Surface
from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import CLAUDE_PAGE_ID, StatusPage

OFFLINE = NetworkSettings(proxy_from_environment=False)


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str = "claude"
    url: str
    aliases: tuple[str, ...] = ()
    interval: float = 60.0
    timeout: float = 5.0
    max_age: float | None = None
    max_body: int = 2**20
    components: Mapping[str, Surface] = field(default_factory=lambda: COMPONENTS)


@contextlib.asynccontextmanager
async def polled(script, **settings):
    """A page server and the source that polls it."""
    async with PageServer(script) as server, make_client(OFFLINE) as client:
        clock = FakeClock()
        page = StatusPage(Page(url=server.url, **settings), client, clock, CLAUDE_PAGE_ID)
        yield server, page, clock
