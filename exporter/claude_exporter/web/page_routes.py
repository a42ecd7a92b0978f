"""What goes out and comes in about status pages: a calendar of maintenances, and webhooks."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from claude_exporter.config import PageConfig, SecretError
from claude_exporter.config.model import WEBHOOK_SECRET_LENGTH
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.webhooks import Outcome
from claude_exporter.sources.statuspage_content import UnreadableError

from .calendar import CONTENT_TYPE, calendar_text
from .routing import refused, some

WEBHOOK: Final = "/webhooks/statuspage/{page}/{secret}"
BODY_LIMIT: Final = 256 * 1024
_NOT_FOUND: Final = "404: Not Found"


class PageRoutes:
    """The handlers of one exporter's status pages."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What is answered here, by method and path."""
        return (web.get("/maintenance.ics", self.calendar), web.post(WEBHOOK, self.webhook))

    async def calendar(self, request: web.Request) -> web.Response:
        """Announced maintenances, of one page with ?page=NAME; 503 while a page is unreadable."""
        known = [page.name for page in self._exporter.plan.pages]
        wanted = request.query.get("page")
        if wanted is not None and wanted not in known:
            return refused(404, f"Unknown page {wanted[:80]!r}: expected one of {some(known)}")
        names = known if wanted is None else [wanted]
        contents = self._exporter.readable_contents()
        missing = [name for name in names if name not in contents]
        if missing:
            # An empty calendar would make everybody's copy forget what is planned.
            answer = refused(503, f"Not known now: {some(missing)} cannot be read")
            answer.headers[hdrs.RETRY_AFTER] = "300"
            return answer
        text = calendar_text({name: contents[name] for name in names})
        headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "max-age=300"}
        return web.Response(body=text.encode(), headers=headers)

    async def webhook(self, request: web.Request) -> web.Response:
        """Take what a status page sends: 202 at once, whether it was news or not."""
        page = self._wanted(request)
        if page is None:
            return refused(404, _NOT_FOUND)
        webhooks = self._exporter.pages.webhooks
        if not webhooks.admits(page.name):
            return web.Response(status=429, text="Too often\n", headers={hdrs.RETRY_AFTER: "60"})
        body = await _body(request)
        if body is None:
            webhooks.note(page.name, Outcome.TOO_LARGE)
            return refused(413, f"Expected at most {BODY_LIMIT} bytes")
        try:
            outcome = self._exporter.pages.take_notice(page, body)
        except UnreadableError as error:
            return refused(400, f"Not a notice of a status page: {error}")
        if outcome is Outcome.WRONG_PAGE:
            return refused(403, "Refused: a notice of another page")
        return web.Response(status=202)

    def _wanted(self, request: web.Request) -> PageConfig | None:
        """The page whose secret was given; a wrong name takes as long as a wrong secret."""
        name, given = request.match_info["page"], request.match_info["secret"]
        page = next((each for each in self._exporter.plan.pages if each.name == name), None)
        right = _digest(_secret_of(page)) if page else b""
        if hmac.compare_digest(right.ljust(32), _digest(given)) and page is not None:
            return page
        if page is not None and page.webhook_secret is not None:
            self._exporter.pages.webhooks.note(name, Outcome.WRONG_SECRET)
        return None


def _secret_of(page: PageConfig) -> str | None:
    """The secret, None where there is none that can be used."""
    if page.webhook_secret is None:
        return None
    try:
        secret = page.webhook_secret.reveal()
    except SecretError:
        return None
    return secret if len(secret) >= WEBHOOK_SECRET_LENGTH else None


def _digest(secret: str | None) -> bytes:
    """Of the same length for all, so that a comparison tells nothing; empty for none."""
    return b"" if secret is None else sha256(secret.encode(errors="replace")).digest()


async def _body(request: web.Request) -> bytes | None:
    """The body, None where it is too long: no more than the limit is held."""
    body = bytearray()
    async for piece in request.content.iter_chunked(BODY_LIMIT):
        body += piece
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)
