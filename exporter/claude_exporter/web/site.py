"""What people open: the page, its history, the runbooks, the badge and the feed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from claude_exporter.runtime.exporter import Exporter

from .address import Address
from .badge import CACHED_FOR, badge_of, badge_svg, wanted_surface
from .compression import compressed
from .feed import feed_atom
from .history_page import history_html, target_html
from .marks import icon_svg
from .notifications import Notification
from .page import kind_of, page_html
from .routing import refused, some
from .runbooks import runbook, runbook_html, runbook_list_html
from .strips import Strips

_PACKAGE: Final = files(__package__)
STYLE: Final = _PACKAGE.joinpath("style.css").read_text(encoding="utf-8")
SCRIPT: Final = _PACKAGE.joinpath("live.js").read_text(encoding="utf-8")

_KEPT_SHORTLY: Final[Mapping[str, str]] = {hdrs.CACHE_CONTROL: "max-age=300"}
_BADGE_HEADERS: Final[Mapping[str, str]] = {
    hdrs.CACHE_CONTROL: f"max-age={CACHED_FOR}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_FEED_HEADERS: Final[Mapping[str, str]] = {hdrs.CACHE_CONTROL: "no-cache"}
_HTML: Final = "text/html; charset=utf-8"


class Site:
    """The handlers of one exporter's pages."""

    def __init__(
        self,
        exporter: Exporter,
        notifications: Callable[[], Sequence[Notification]],
        address: Address,
        runbooks: Path | None,
    ) -> None:
        self._exporter = exporter
        self._notifications = notifications
        self._address = address
        self._runbooks = runbooks
        self._started_at = exporter.clock.now()
        self._strips = Strips(exporter)

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What is answered here, by method and path."""
        return (
            web.get("/", self.page),
            web.get("/style.css", self.style),
            web.get("/live.js", self.script),
            web.get("/icon.svg", self.icon),
            web.get("/history", self.history),
            web.get("/badge.svg", self.badge),
            web.get("/feed.atom", self.feed),
            web.get("/runbooks", self.runbook_list),
            web.get("/runbooks/{alert}", self.runbook_page),
            web.get("/docs/alerts/{alert}.md", self.runbook),
        )

    async def page(self, request: web.Request) -> web.Response:
        exporter = self._exporter
        exporter.judge()
        strips = await self._strips.latest()
        html = page_html(exporter, tuple(self._notifications()), exporter.clock.now(), strips)
        return await compressed(html.encode(), request, _HTML)

    async def history(self, request: web.Request) -> web.Response:
        """Changes of verdict; of one target with ?target=NAME its results with their logs."""
        exporter, name = self._exporter, request.query.get("target")
        if name is None:
            exporter.judge()
            return await compressed(history_html(exporter).encode(), request, _HTML)
        known = exporter.evaluator.tracked
        if name not in known:
            return refused(404, f"Unknown target {name[:80]!r}: expected one of {some(known)}")
        html = target_html(exporter, known[name])
        return await compressed(html.encode(), request, _HTML)

    async def style(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text=STYLE, content_type="text/css", headers=_KEPT_SHORTLY)

    async def script(self, request: web.Request) -> web.Response:
        """What keeps an open page up to date."""
        del request
        return web.Response(text=SCRIPT, content_type="text/javascript", headers=_KEPT_SHORTLY)

    async def icon(self, request: web.Request) -> web.Response:
        """The verdict as the mark of a browser's tab."""
        del request
        svg = icon_svg(kind_of(self._exporter.judge()))
        return web.Response(text=svg, content_type="image/svg+xml")

    async def badge(self, request: web.Request) -> web.Response:
        """The verdict for other people's pages, of one surface with ?surface=NAME."""
        try:
            surface = wanted_surface(request.query.get("surface"))
        except ValueError as error:
            return refused(404, str(error))
        svg = badge_svg(badge_of(self._exporter.judge(), surface))
        return _unless_known(svg, request, "image/svg+xml", _BADGE_HEADERS)

    async def feed(self, request: web.Request) -> web.Response:
        """Changes of verdict as Atom."""
        exporter = self._exporter
        exporter.judge()
        home = f"{self._address.external or self._seen_as(request)}/"
        changes, now = tuple(exporter.history.changes), exporter.clock.now()
        text = feed_atom(changes, home, self._started_at, now)
        return _unless_known(text, request, "application/atom+xml", _FEED_HEADERS)

    def _seen_as(self, request: web.Request) -> str:
        """Our own address as this client wrote it; only it gets to see that."""
        return f"{request.scheme}://{request.host}{self._address.prefix}"

    async def runbook(self, request: web.Request) -> web.Response:
        """What to do about an alert; the `runbook_url` of each leads here."""
        text = runbook(request.match_info["alert"], self._runbooks)
        if text is None:
            return refused(404, "404: Not Found")
        return web.Response(text=text)

    async def runbook_page(self, request: web.Request) -> web.Response:
        """The same as a page."""
        html = runbook_html(request.match_info["alert"], self._runbooks)
        if html is None:
            return refused(404, "404: Not Found")
        return web.Response(text=html, content_type="text/html")

    async def runbook_list(self, request: web.Request) -> web.Response:
        """The names of all of them."""
        del request
        return web.Response(text=runbook_list_html(self._runbooks), content_type="text/html")


def _unless_known(
    text: str, request: web.Request, kind: str, headers: Mapping[str, str]
) -> web.Response:
    """The text with its ETag, or 304 to who has it."""
    tag = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    known = request.if_none_match or ()
    if any(each.value in {tag, "*"} for each in known):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(text=text, content_type=kind, headers=headers)
    response.etag = tag
    return response
