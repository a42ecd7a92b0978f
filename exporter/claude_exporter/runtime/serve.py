"""Start the exporter and its server, follow signals, stop cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from claude_exporter import __version__
from claude_exporter.claude_code.watch import ClaudeCode
from claude_exporter.config import Config, ConfigErrors, SecretError, load_config
from claude_exporter.config.secrets import secrets_in
from claude_exporter.config.warnings import warnings_of
from claude_exporter.core.guide import GuideError
from claude_exporter.probers.trust import TrustError, check_authorities
from claude_exporter.runtime.budget import cost_text, limits_of
from claude_exporter.runtime.clock import SystemClock
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.log import Redaction
from claude_exporter.runtime.plan import Plan, plan_of
from claude_exporter.runtime.state_file import StateFile, chosen_state_file
from claude_exporter.web.address import NOWHERE_ELSE, Address
from claude_exporter.web.server import Server

if TYPE_CHECKING:
    from claude_exporter.web.webconfig import WebConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """What the command line says."""

    config_file: Path | None
    listen: tuple[str, int]
    web_config: Path | None
    state_file: str | None
    redaction: Redaction
    address: Address = NOWHERE_ELSE
    speed: float = 1.0


class StartError(Exception):
    """The exporter cannot start; the text says why, one line a problem."""


async def run_exporter(settings: ServeSettings) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    try:
        plan, secured = _loaded_plan(settings), _web_config(settings.web_config)
    except StartError as error:
        for line in str(error).splitlines():
            log.error("cannot start", extra={"err": line})
        return 1
    stop = asyncio.Event()
    configured = plan.config.state.file
    place = chosen_state_file(settings.state_file, configured, os.environ, Path.home())
    exporter = Exporter(plan, SystemClock(), StateFile(place))
    exporter.claude_code = _claude_code(exporter)
    reload = _Reload(exporter, settings)
    _follow_signals(stop, reload)
    try:
        async with _listening(
            Server(exporter, reload, address=settings.address), settings.listen, secured
        ):
            log.info("started", extra={"version": __version__, "targets": len(plan.targets)})
            await _run_until(stop, exporter, reload)
    except OSError as error:
        log.error("cannot listen", extra={"err": str(error)})
        return 1
    log.info("stopped")
    return 0


def _claude_code(exporter: Exporter) -> ClaudeCode:
    config, kept = exporter.plan.config.claude_code, exporter.document("claude_code")
    return ClaudeCode(config, exporter.clock, os.environ, Path.home(), kept)


def _loaded_plan(settings: ServeSettings) -> Plan:
    try:
        config = load_config(settings.config_file, os.environ)
        settings.redaction.register(*_revealed(config))
        for warning in warnings_of(config):
            log.warning("configuration", extra={"warning": warning})
        if cost := cost_text(config.build_targets(), limits_of(config.api_probes)):
            log.info("paid probes", extra={"cost": cost})
        check_authorities(config.network_settings().ca_file)
        plan = plan_of(config, speed=settings.speed)
        return plan if settings.speed == 1.0 else replace(plan, config=_of_a_drill(config))
    except (ConfigErrors, GuideError, TrustError, OSError) as error:
        raise StartError(str(error)) from None


def _of_a_drill(config: Config) -> Config:
    """A drill must not take what the user's own exporter waits for: spool and transcripts."""
    played = config.claude_code.model_copy(update={"hook": False, "transcripts": False})
    return config.model_copy(update={"claude_code": played})


def _revealed(config: Config) -> Iterator[str]:
    """Every secret that can be read now, so that no log line shows it."""
    for secret in secrets_in(config):
        with suppress(SecretError):  # said by warnings_of, and by the target that needs it
            yield secret.reveal()


def _web_config(path: Path | None) -> WebConfig | None:
    if path is None:
        return None
    from claude_exporter.web.webconfig import load_web_config  # noqa: PLC0415  # rarely asked for

    try:
        return load_web_config(path)
    except (ConfigErrors, OSError) as error:
        raise StartError(str(error)) from None


class _Reload:
    """Loads the configuration again; the old one stays where the new one is refused."""

    def __init__(self, exporter: Exporter, settings: ServeSettings) -> None:
        self._exporter = exporter
        self._settings = settings
        self.asked = asyncio.Event()

    async def __call__(self) -> str:
        """Reload now and return what went wrong, empty if nothing did."""
        state = self._exporter.reload_state
        try:
            plan = _loaded_plan(self._settings)
            self._exporter.replace_plan(plan)
        except StartError as error:
            state.successful, state.problem = False, str(error)
            for line in str(error).splitlines():
                log.error("configuration refused, the old one stays", extra={"err": line})
            return str(error)
        state.successful, state.problem = True, ""
        state.success_at = self._exporter.clock.now()
        log.info("configuration loaded", extra={"targets": len(plan.targets)})
        return ""

    async def follow(self) -> None:
        """Reload each time SIGHUP asks for it."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            await self()


def _follow_signals(stop: asyncio.Event, reload: _Reload) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.asked.set)


async def _run_until(stop: asyncio.Event, exporter: Exporter, reload: _Reload) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(exporter.run()), group.create_task(reload.follow())]
        await stop.wait()
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def _listening(
    server: Server, listen: tuple[str, int], secured: WebConfig | None
) -> AsyncIterator[None]:
    app = server.application()
    if secured:
        secured.install(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, keepalive_timeout=75)
    await runner.setup()
    try:
        host, port = listen
        context = secured.ssl_context() if secured else None
        site = web.TCPSite(runner, host or None, port, ssl_context=context)
        await site.start()
        yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await runner.cleanup()
