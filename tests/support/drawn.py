"""Dashboards drawn by the harness in a real Chromium: pictures, and what each panel came to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright
from support.days import BEGIN, days
from support.harness import HarnessServer
from support.past import past
from support.programs import require

WIDTH = 1200
SCRAPED_EVERY = "60s"
"""The scrape interval of the days, as the data source is told."""

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)
DEADLINE = 60_000
READY = "() => window.harness?.ready() && document.fonts.status === 'loaded'"
NEXT_FRAMES = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture (PNG), the harness's own report, and what the browser complained about."""

    picture: bytes
    report: dict[str, Any]
    complaints: list[str]

    def panel(self, title: str) -> dict[str, Any]:
        """What the panel of this title came to."""
        (found,) = (panel for panel in self.report["panels"] if panel["title"] == title)
        return found


class Artist:
    """Draws any dashboard on any day; one browser for all of them."""

    def __init__(self, browser: Browser, server: HarnessServer) -> None:
        self._server = server
        self._context = browser.new_context(
            viewport={"width": WIDTH, "height": 900}, locale="en-US", timezone_id="UTC"
        )

    def draw(self, uid: str, name: str, document: str | None = None) -> Drawn:
        """The dashboard, a generated one where no *document* is given, at the end of a day."""
        self._server.sources[name] = past(name).url
        if document is not None:
            self._server.documents[f"{uid}.json"] = document
        complaints: list[str] = []
        with self._context.new_page() as page:
            _listen(page, complaints)
            page.clock.set_fixed_time(datetime.fromtimestamp(days()[name].end, UTC))
            page.goto(f"{self._server.url}/index.html?{_asked(uid, name)}")
            _settle(page)
            page.set_viewport_size({"width": WIDTH, "height": _height(page)})
            _settle(page)
            return Drawn(
                picture=page.screenshot(),
                report=page.evaluate("() => window.harness.read()"),
                complaints=complaints,
            )


@contextmanager
def artist() -> Iterator[Artist]:
    """A browser and a server for as long as it is needed."""
    server = HarnessServer()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=require("chromium"), headless=True, args=list(OPTIONS)
            )
            yield Artist(browser, server)
            browser.close()
    finally:
        server.close()


def _asked(uid: str, name: str) -> str:
    """What the address says: the dashboard, and the whole of the day."""
    asked = {
        "dashboard": uid,
        "data": name,
        "from": _moment(BEGIN),
        "to": _moment(days()[name].end),
        "interval": SCRAPED_EVERY,
    }
    return urlencode(asked)


def _listen(page: Page, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on(
        "response",
        lambda answer: (
            complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )


def _settle(page: Page) -> None:
    """Wait until all is answered, twice with a drawing between: one answer may ask for more."""
    for _ in range(3):
        page.wait_for_function(READY, timeout=DEADLINE)
        page.evaluate(NEXT_FRAMES)


def _height(page: Page) -> int:
    height = page.evaluate("() => document.getElementById('root').scrollHeight")
    return max(400, int(height))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
