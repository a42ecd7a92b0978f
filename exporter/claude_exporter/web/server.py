"""The HTTP side: metrics, /probe, the API, the page, health, reload. It never judges."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from claude_exporter.config import SecretError
from claude_exporter.config.show import effective_yaml
from claude_exporter.core.model import Target
from claude_exporter.probers.spec import ProbeRefusedError
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.support.handler import support_bundle

from .answers import history_answer, targets_answer, verdict_answer
from .blackbox import blackbox_text
from .compression import compressed
from .deadline import HEADER as SCRAPE_TIMEOUT
from .deadline import probe_timeout
from .exposition import CONTENT_TYPE, Exposition
from .guard import add_headers, refuse_posts_from_elsewhere
from .notifications import MessageError, NotificationLog
from .page import STYLE, icon_svg, page_html
from .runbooks import runbook
from .uptime_answer import uptime_answer
from .uptime_text import watched_subjects

BODY_LIMIT: Final = 1024 * 1024
_NAMES_SHOWN: Final = 20
_METRICS_HEADERS: Final = {hdrs.CONTENT_TYPE: CONTENT_TYPE}
_STYLE_HEADERS: Final = {hdrs.CACHE_CONTROL: "max-age=300"}

Reload = Callable[[], Awaitable[str]]
"""Reloads the configuration and returns what went wrong, empty if nothing did."""


class Server:
    """The handlers of one exporter; the runbooks are those in *runbooks*, or the program's."""

    def __init__(self, exporter: Exporter, reload: Reload, *, runbooks: Path | None = None) -> None:
        self._exporter = exporter
        self._reload = reload
        self._runbooks = runbooks
        self._exposition = Exposition(exporter)
        self.notifications = NotificationLog(exporter.document("notifications"))

    def application(self) -> web.Application:
        """The aiohttp application; unknown paths answer 404."""
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[refuse_posts_from_elsewhere])
        app.on_response_prepare.append(add_headers)
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/style.css", self.style),
                web.get("/icon.svg", self.icon),
                web.get("/metrics", self.metrics),
                web.get("/probe", self.probe),
                web.get("/config", self.config),
                web.get("/api/v1/verdict", self.verdict),
                web.get("/api/v1/targets", self.targets),
                web.get("/api/v1/history", self.history),
                web.get("/api/v1/uptime", self.uptime),
                web.get("/api/v1/notifications", self.list_notifications),
                web.post("/api/v1/notifications", self.take_notification),
                web.get("/support-bundle.zip", self.support_bundle),
                web.get("/docs/alerts/{alert}.md", self.runbook),
                web.get("/-/healthy", self.healthy),
                web.get("/-/ready", self.ready),
                web.post("/-/reload", self.reload),
            ]
        )
        if self._exporter.claude_code is not None:
            app.add_routes(self._exporter.claude_code.routes())
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        body = await self._exposition.rendered(self.notifications.taken)
        return await compressed(body, request, CONTENT_TYPE)

    async def probe(self, request: web.Request) -> web.Response:
        """One configured target, probed now; only names of the configuration are taken."""
        try:
            target = self._wanted_target(request)
        except ValueError as error:
            return _refused(400, str(error))
        try:
            result = await self._exporter.probe_now(target)
        except SecretError as error:
            return _refused(500, f"{target.name} cannot be probed: {error}")
        except ProbeRefusedError as error:
            return _refused(503, f"{target.name} may not be probed now: {error}")
        text = blackbox_text(target, result)
        if request.query.get("debug") == "true":
            log = "\n".join(result.log)
            text = f"Logs for the probe:\n{log}\n\nMetrics that would have been returned:\n{text}"
        return web.Response(body=text.encode(), headers=_METRICS_HEADERS)

    def _wanted_target(self, request: web.Request) -> Target:
        """The target asked for, with the time there is; ValueError says what is wrong."""
        name = request.query.get("target")
        if not name:
            raise ValueError("Target parameter is missing: expected /probe?target=NAME")
        known = self._exporter.evaluator.tracked.get(name)
        if known is None:
            names = _some(self._exporter.evaluator.tracked)
            raise ValueError(f"Unknown target {name[:80]!r}: expected one of {names}")
        target = known.target
        module = request.query.get("module", target.prober)
        if module != target.prober:
            raise ValueError(f"Unknown module {module[:80]!r}: expected {target.prober}")
        timeout = probe_timeout(target.timeout, request.headers.get(SCRAPE_TIMEOUT))
        return replace(target, timeout=timeout)

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
        known, wanted = self._exporter.evaluator.tracked, request.query.get("target")
        if wanted and wanted not in known:
            expected = _some(known)
            return _refused(404, f"Unknown target {wanted[:80]!r}: expected one of {expected}")
        names = [wanted] if wanted else list(known)
        history = self._exporter.history
        results = {name: history.results_of(name) for name in names}
        return web.json_response(history_answer(tuple(history.changes), results))

    async def uptime(self, request: web.Request) -> web.Response:
        """Our own record of uptime, of one subject with ?subject=KIND/NAME."""
        known = [subject for subject, _ in watched_subjects(self._exporter)]
        wanted = request.query.get("subject")
        if wanted is not None and wanted not in known:
            return _refused(404, f"Unknown subject {wanted[:80]!r}: expected {_some(known)}")
        text = json.dumps(await uptime_answer(self._exporter, wanted))
        return await compressed(text.encode(), request, "application/json; charset=utf-8")

    async def support_bundle(self, request: web.Request) -> web.Response:
        """What a support request needs, without any secret."""
        del request
        return await support_bundle(self._exporter)

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
        return web.Response(text=html, content_type="text/html")

    async def style(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text=STYLE, content_type="text/css", headers=_STYLE_HEADERS)

    async def icon(self, request: web.Request) -> web.Response:
        """The verdict as the colour of a browser's tab."""
        del request
        svg = icon_svg(self._exporter.evaluator.worst_action())
        return web.Response(text=svg, content_type="image/svg+xml")

    async def runbook(self, request: web.Request) -> web.Response:
        """What to do about an alert; the `runbook_url` of each leads here."""
        text = runbook(request.match_info["alert"], self._runbooks)
        if text is None:
            return _refused(404, "404: Not Found")
        return web.Response(text=text)

    async def healthy(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text="Healthy\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Ready once every target that can and may be probed has been."""
        del request
        unasked = self._exporter.blocked.keys() | self._exporter.refused.keys()
        waiting = [
            name
            for name, each in self._exporter.evaluator.tracked.items()
            if each.state.last is None and name not in unasked
        ]
        if waiting:
            return _refused(503, f"Not ready: no result yet of {_some(waiting)}")
        return web.Response(text="Ready\n")

    async def reload(self, request: web.Request) -> web.Response:
        del request
        problem = await self._reload()
        if problem:
            return _refused(500, f"failed to reload config: {problem}")
        return web.Response(text="")


def _some(names: Iterable[str]) -> str:
    """The first names; an answer is no place for a thousand."""
    found = list(names)
    more = f" and {len(found) - _NAMES_SHOWN} more" if len(found) > _NAMES_SHOWN else ""
    return ", ".join(found[:_NAMES_SHOWN]) + more


def _refused(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
