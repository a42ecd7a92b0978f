"""Pictures of the page: a scenario played on a still clock, in a real Chromium."""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp.test_utils import TestServer
from PIL import Image

from claude_exporter.simulator.library import load_scenario
from claude_exporter.web.server import Server

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.browser import chromium, opened
from support.pictured import played

COLOURS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What of the page is shown, and when in a scenario."""

    name: str
    scenario: str
    at: float
    width: int
    height: int
    scheme: str
    path: str = ""


PICTURES: Final = (
    Picture(
        name="page-outage",
        scenario="unacknowledged-outage",
        at=840,
        width=1280,
        height=1010,
        scheme="light",
    ),
    Picture(
        name="page-phone",
        scenario="acknowledged-late",
        at=1260,
        width=390,
        height=900,
        scheme="dark",
    ),
    Picture(
        name="page-checks",
        scenario="unacknowledged-outage",
        at=90,
        width=1280,
        height=900,
        scheme="dark",
        path="#checks",
    ),
)


async def take_all(images: Path) -> None:
    """Write every picture into *images*."""
    async with chromium() as browser:
        for picture in PICTURES:
            with tempfile.TemporaryDirectory() as folder:
                exposed = await played(load_scenario(picture.scenario), Path(folder), picture.at)
            server = Server(exposed.exporter, _no_reload)
            async with TestServer(server.application()) as running:
                url = f"{running.make_url('/')}{picture.path}"
                taken = await _taken(browser, url, picture)
            (images / f"{picture.name}.png").write_bytes(small(taken))


async def _taken(browser: object, url: str, picture: Picture) -> bytes:
    look = {"width": picture.width, "scheme": picture.scheme}
    async with opened(browser, url, **look) as page:
        await page.set_viewport_size({"width": picture.width, "height": picture.height})
        if picture.path:
            await page.locator(picture.path).scroll_into_view_if_needed()
        taken: bytes = await page.screenshot()
    return taken


def small(png: bytes) -> bytes:
    """The same in few colours."""
    few = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


async def _no_reload() -> str:
    return ""


def main() -> None:
    """Write every picture of the page."""
    asyncio.run(take_all(Path(__file__).parent / "images"))


if __name__ == "__main__":
    main()
