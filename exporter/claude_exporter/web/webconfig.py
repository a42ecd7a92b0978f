"""TLS, passwords, headers and a rate limit for the server, from an exporter-toolkit file."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from claude_exporter.config import ConfigErrors
from claude_exporter.runtime.clock import Clock, SystemClock
from claude_exporter.web.page_routes import WEBHOOK
from claude_exporter.web.webconfig_access import Bucket, Logins
from claude_exporter.web.webconfig_file import (
    TlsServer,
    WebConfigFile,
    read_web_config,
)
from claude_exporter.web.webconfig_tls import ReloadingContext, stamp_of

log = logging.getLogger(__name__)


class WebConfig:
    """
    What one web-config file asks of the server.

    Users and headers are those of the file at each request, certificates those at each handshake;
    the rate limit, and whether there is TLS at all, are those of the start.
    """

    def __init__(self, path: Path | None, file: WebConfigFile, clock: Clock) -> None:
        self._path = path
        self._file = file
        self._stamp = stamp_of(path) if path else None
        self._problem: ConfigErrors | None = None
        self._bucket = Bucket(file.rate_limit, clock)
        self._logins = Logins()
        latest = ReloadingContext.make(self._latest_tls) if file.tls_server_config else None
        self._context: Final = latest

    def ssl_context(self) -> ssl.SSLContext | None:
        """Give what to serve with; None is plain HTTP."""
        return self._context

    def install(self, app: web.Application) -> None:
        """Guard every path of `app`; call it after all other middlewares are in."""
        app.middlewares.insert(0, self.middleware())
        app.on_response_prepare.append(self._add_headers)

    def middleware(self) -> Middleware:
        """Give the guard alone; the headers need `install`, since a stream sends them early."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                file = self._current()
            except ConfigErrors:
                return web.Response(status=500, text="Internal Server Error\n")
            if not self._bucket.admits():
                return web.Response(status=429, text="Too Many Requests\n")
            refusal = await self._refusal(request, file)
            return await handler(request) if refusal is None else refusal

        return guard

    async def _refusal(self, request: web.Request, file: WebConfigFile) -> web.Response | None:
        tls = file.tls_server_config
        if tls and tls.client_allowed_sans and not _is_allowed(request, tls):
            return web.Response(status=403, text="Forbidden\n")
        users, given = file.basic_auth_users, request.headers.get(hdrs.AUTHORIZATION)
        if not users or _has_its_own_secret(request) or await self._logins.admits(given, users):
            return None
        wanted = {hdrs.WWW_AUTHENTICATE: "Basic"}
        return web.Response(status=401, text="Unauthorized\n", headers=wanted)

    async def _add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._file.http_server_config.headers.items())

    def _current(self) -> WebConfigFile:
        stamp = stamp_of(self._path) if self._path else None
        if self._path is None or (stamp == self._stamp and stamp is not None):
            if self._problem:
                # A new one: an exception raised again and again grows by a traceback each time.
                raise ConfigErrors(self._problem.errors)
            return self._file
        self._stamp = stamp
        try:
            self._file, self._problem = read_web_config(self._path), None
        except ConfigErrors as exc:
            if str(exc) != str(self._problem):
                log.error("web config cannot be read", extra={"error": str(exc)})
            self._problem = exc
            raise
        return self._file

    def _latest_tls(self) -> tuple[TlsServer | None, Path]:
        return self._current().tls_server_config, self._path or Path()


def load_web_config(path: Path | None, clock: Clock | None = None) -> WebConfig:
    """
    Read the web-config file at `path`; none means plain HTTP for everybody.

    Raises ConfigErrors for a file that is wrong or names certificates that cannot be used.
    """
    file = read_web_config(path) if path else WebConfigFile()
    return WebConfig(path, file, clock or SystemClock())


def _has_its_own_secret(request: web.Request) -> bool:
    """Whether it goes to a webhook: whoever sends those cannot log in."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical.endswith(WEBHOOK)


def _is_allowed(request: web.Request, tls: TlsServer) -> bool:
    transport = request.transport
    certificate: Mapping[str, Any] = (
        transport.get_extra_info("peercert") if transport else None
    ) or {}
    # Without a certificate the handshake's policy has decided already.
    names = {value for _, value in certificate.get("subjectAltName", ())}
    return not certificate or not names.isdisjoint(tls.client_allowed_sans)
