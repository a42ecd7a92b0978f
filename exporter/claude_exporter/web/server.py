"""The HTTP side: metrics, /probe, the API, the page, health, reload. It never judges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from claude_exporter.config.show import effective_yaml
from claude_exporter.runtime.exporter import Exporter

from .answers import history_answer, targets_answer, verdict_answer
from .blackbox import blackbox_text
from .exposition import CONTENT_TYPE, Exposition
from .notifications import MessageError, NotificationLog
from .page import page_html

_BODY_LIMIT: Final = 1024 * 1024
_METRICS_HEADERS: Final = {"Content-Type": CONTENT_TYPE}
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Reload = Callable[[], Awaitable[str]]
"""Reloads the configuration and returns what went wrong, empty if nothing did."""


class Server:
    """The handlers of one exporter."""

    def __init__(self, exporter: Exporter, reload: Reload) -> None:
        self._exporter = exporter
        self._reload = reload
        self._exposition = Exposition(exporter)
        self.notifications = NotificationLog(exporter.document("notifications"))

    def application(self) -> web.Application:
        """The aiohttp application; unknown paths answer 404."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/metrics", self.metrics),
                web.get("/probe", self.probe),
                web.get("/config", self.config),
                web.get("/api/v1/verdict", self.verdict),
                web.get("/api/v1/targets", self.targets),
                web.get("/api/v1/history", self.history),
                web.get("/api/v1/notifications", self.list_notifications),
                web.post("/api/v1/notifications", self.take_notification),
                web.get("/-/healthy", self.healthy),
                web.get("/-/ready", self.ready),
                web.post("/-/reload", self.reload),
            ]
        )
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        text = self._exposition.text(self.notifications.taken)
        response = web.Response(body=text.encode(), headers=_METRICS_HEADERS)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.enable_compression(web.ContentCoding.gzip)
        return response

    async def probe(self, request: web.Request) -> web.Response:
        """One configured target, probed now; only names of the configuration are taken."""
        name = request.query.get("target")
        if not name:
            return _refused(400, "Target parameter is missing: expected /probe?target=NAME")
        known = self._exporter.evaluator.tracked.get(name)
        if known is None:
            names = ", ".join(self._exporter.evaluator.tracked)
            return _refused(400, f"Unknown target {name[:80]!r}: expected one of {names}")
        if request.query.get("module", known.target.prober) != known.target.prober:
            module = request.query["module"][:80]
            return _refused(400, f"Unknown module {module!r}: expected {known.target.prober}")
        result = await self._exporter.probe_now(known.target)
        text = blackbox_text(known.target, result)
        if request.query.get("debug") == "true":
            log = "\n".join(result.log)
            text = f"Logs for the probe:\n{log}\n\nMetrics that would have been returned:\n{text}"
        return web.Response(body=text.encode(), headers=_METRICS_HEADERS)

    async def config(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text=effective_yaml(self._exporter.plan.config))

    async def verdict(self, request: web.Request) -> web.Response:
        del request
        now = self._exporter.clock.now()
        return web.json_response(verdict_answer(self._exporter.evaluator.judge(now), now))

    async def targets(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(targets_answer(tuple(self._exporter.evaluator.tracked.values())))

    async def history(self, request: web.Request) -> web.Response:
        """Changes of verdict and results, of one target with ?target=NAME."""
        wanted = request.query.get("target")
        names = [wanted] if wanted else list(self._exporter.evaluator.tracked)
        history = self._exporter.history
        results = {name: history.results_of(name) for name in names}
        return web.json_response(history_answer(tuple(history.changes), results))

    async def list_notifications(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"notifications": self.notifications.document()})

    async def take_notification(self, request: web.Request) -> web.Response:
        """Alertmanager's webhook."""
        try:
            taken = self.notifications.take(await request.read(), self._exporter.clock.now())
        except MessageError as error:
            return _refused(400, f"Not an Alertmanager message: {error}")
        self._exporter.keep_document("notifications", self.notifications.document())
        return web.json_response({"taken": len(taken)})

    async def page(self, request: web.Request) -> web.Response:
        del request
        exporter = self._exporter
        now = exporter.clock.now()
        exporter.evaluator.judge(now)
        html = page_html(exporter, tuple(self.notifications.entries), now)
        return web.Response(text=html, content_type="text/html", headers=_PAGE_HEADERS)

    async def healthy(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text="Healthy\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Ready once every target that can be probed has been."""
        del request
        waiting = [
            name
            for name, each in self._exporter.evaluator.tracked.items()
            if each.state.last is None and name not in self._exporter.blocked
        ]
        if waiting:
            return _refused(503, f"Not ready: no result yet of {', '.join(waiting[:10])}")
        return web.Response(text="Ready\n")

    async def reload(self, request: web.Request) -> web.Response:
        del request
        problem = await self._reload()
        if problem:
            return _refused(500, f"failed to reload config: {problem}")
        return web.Response(text="")


def _refused(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
