"""The HTTP side: metrics, /probe, the API, the page, health, reload. It never judges."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
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

from .address import NOWHERE_ELSE, Address
from .answers import history_answer, targets_answer, verdict_answer
from .blackbox import blackbox_text
from .compression import compressed
from .deadline import HEADER as SCRAPE_TIMEOUT
from .deadline import probe_timeout
from .events import Events
from .exposition import CONTENT_TYPE, Exposition
from .guard import add_headers, refuse_posts_from_elsewhere
from .incidents_answer import incidents_answer, maintenances_answer
from .notifications import MessageError, NotificationLog
from .page_routes import PageRoutes
from .routing import add_routes, add_way_home, refused, some
from .site import Site
from .uptime_answer import uptime_answer
from .uptime_text import watched_subjects

BODY_LIMIT: Final = 1024 * 1024
_METRICS_HEADERS: Final = {hdrs.CONTENT_TYPE: CONTENT_TYPE}

Reload = Callable[[], Awaitable[str]]
"""Reloads the configuration and returns what went wrong, empty if nothing did."""


class Server:
    """The handlers of one exporter; the runbooks are those in *runbooks*, or the program's."""

    def __init__(
        self,
        exporter: Exporter,
        reload: Reload,
        *,
        runbooks: Path | None = None,
        address: Address = NOWHERE_ELSE,
    ) -> None:
        self._exporter = exporter
        self._reload = reload
        self._address = address
        self._exposition = Exposition(exporter)
        self.notifications = NotificationLog(exporter.document("notifications"))
        self.events = Events(exporter, lambda: self.notifications.taken)
        self.site = Site(exporter, lambda: self.notifications.entries, address, runbooks)

    def application(self) -> web.Application:
        """The aiohttp application; unknown paths answer 404."""
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[refuse_posts_from_elsewhere])
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._let_listeners_go)
        add_routes(app, self._address, self._routes())
        if self._exporter.claude_code is not None:
            add_routes(app, self._address, self._exporter.claude_code.routes())
        add_way_home(app, self._address)
        return app

    def _routes(self) -> list[web.RouteDef]:
        return [
            *self.site.routes(),
            *PageRoutes(self._exporter).routes(),
            web.get("/metrics", self.metrics),
            web.get("/probe", self.probe),
            web.get("/config", self.config),
            web.get("/api/v1/verdict", self.verdict),
            web.get("/api/v1/targets", self.targets),
            web.get("/api/v1/history", self.history),
            web.get("/api/v1/uptime", self.uptime),
            web.get("/api/v1/incidents", self.incidents),
            web.get("/api/v1/maintenances", self.maintenances),
            web.get("/api/v1/events", self.events.stream, allow_head=False),
            web.get("/api/v1/notifications", self.list_notifications),
            web.post("/api/v1/notifications", self.take_notification),
            web.get("/support-bundle.zip", self.support_bundle),
            web.get("/-/healthy", self.healthy),
            web.get("/-/ready", self.ready),
            web.post("/-/reload", self.reload),
        ]

    async def _let_listeners_go(self, app: web.Application) -> None:
        del app
        self.events.close()

    async def metrics(self, request: web.Request) -> web.Response:
        body = await self._exposition.rendered(self.notifications.taken)
        return await compressed(body, request, CONTENT_TYPE)

    async def probe(self, request: web.Request) -> web.Response:
        """One configured target, probed now; only names of the configuration are taken."""
        try:
            target = self._wanted_target(request)
        except ValueError as error:
            return refused(400, str(error))
        try:
            result = await self._exporter.probe_now(target)
        except SecretError as error:
            return refused(500, f"{target.name} cannot be probed: {error}")
        except ProbeRefusedError as error:
            return refused(503, f"{target.name} may not be probed now: {error}")
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
            names = some(self._exporter.evaluator.tracked)
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
        return web.json_response(verdict_answer(self._exporter.judge(), now))

    async def targets(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(targets_answer(tuple(self._exporter.evaluator.tracked.values())))

    async def history(self, request: web.Request) -> web.Response:
        """Changes of verdict and results, of one target with ?target=NAME."""
        known, wanted = self._exporter.evaluator.tracked, request.query.get("target")
        if wanted and wanted not in known:
            expected = some(known)
            return refused(404, f"Unknown target {wanted[:80]!r}: expected one of {expected}")
        names = [wanted] if wanted else list(known)
        history = self._exporter.history
        results = {name: history.results_of(name) for name in names}
        return web.json_response(history_answer(tuple(history.changes), results))

    async def uptime(self, request: web.Request) -> web.Response:
        """Our own record of uptime, of one subject with ?subject=KIND/NAME."""
        known = [subject for subject, _ in watched_subjects(self._exporter)]
        wanted = request.query.get("subject")
        if wanted is not None and wanted not in known:
            return refused(404, f"Unknown subject {wanted[:80]!r}: expected {some(known)}")
        text = json.dumps(await uptime_answer(self._exporter, wanted))
        return await compressed(text.encode(), request, "application/json; charset=utf-8")

    async def incidents(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(incidents_answer(self._exporter))

    async def maintenances(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(maintenances_answer(self._exporter))

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
            return refused(400, f"Not an Alertmanager message: {error}")
        self._exporter.keep_document("notifications", self.notifications.document())
        self.events.look()
        return web.json_response({"taken": len(taken)})

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
            return refused(503, f"Not ready: no result yet of {some(waiting)}")
        return web.Response(text="Ready\n")

    async def reload(self, request: web.Request) -> web.Response:
        del request
        problem = await self._reload()
        if problem:
            return refused(500, f"failed to reload config: {problem}")
        return web.Response(text="")
