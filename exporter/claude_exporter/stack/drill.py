"""
Play a scenario through the real exporter, Prometheus and Alertmanager, and record what they do.

Time runs *speed* times as fast: the intervals of all programs and the guide's thresholds shrink
alike, so that ten minutes without a word are still ten minutes without a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
from aiohttp import web

from claude_exporter.runtime.clock import SystemClock
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.player import Player
from claude_exporter.simulator.scenario import Scenario
from claude_exporter.simulator.server import Simulator
from claude_exporter.simulator.world import World

from . import ports
from .drill_files import write_drill_files, write_exporter_config
from .drill_record import Event, Judged, Kind, Recording, story
from .drill_requests import send_requests
from .launches import launch_alertmanager, launch_exporter, launch_prometheus
from .programs import find_or_install
from .scraped import all_scraped
from .supervise import Launch, all_ready, started, watched

_LOOK_EVERY: Final = 0.1
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSettings:
    """How to play: the folder for files and logs, and how fast time runs."""

    folder: Path
    speed: float
    install: bool = True


Show = Callable[[Event], None]


async def play(
    scenario: Scenario, settings: DrillSettings, say: Callable[[str], None], show: Show
) -> Recording:
    """Play *scenario* to its end. Raises StackError or MissingError, with everything stopped."""
    programs = find_or_install(("prometheus", "alertmanager"), say, install=settings.install)
    seen = _Drill(scenario, settings.speed, show)
    async with contextlib.AsyncExitStack() as entered:
        places = entered.enter_context(ports.held_places(_LOOPBACK))
        simulator = await entered.enter_async_context(Simulator(scenario.world_at(0.0)))
        receiver = await entered.enter_async_context(seen.receiver())
        reach = {name: place.reach for name, place in places.items()}
        files = settings.folder / "config"
        write_drill_files(files, reach, receiver, settings.speed)
        write_exporter_config(files / "exporter.yml", scenario, simulator.network())
        sources, alertmanager = _launches(settings, programs, places, files / "exporter.yml")
        client = httpx.AsyncClient(trust_env=False, timeout=5.0)
        async with client, _running(sources, client):
            await all_scraped(f"http://{reach['prometheus']}", client, "claude-exporter")
            # Only now: whatever fired while the programs came up is nobody's news.
            async with _running(alertmanager, client):
                say(f"playing {scenario.name} at {settings.speed:g} times its speed")
                await seen.run(simulator, client, reach)
    return seen.recording


def _launches(
    settings: DrillSettings,
    programs: Mapping[str, Path],
    places: Mapping[str, ports.Place],
    config: Path,
) -> tuple[Sequence[Launch], Sequence[Launch]]:
    """The exporter and Prometheus; and Alertmanager, which is started after them."""
    exporter = launch_exporter(settings.folder, places["exporter"], config)
    command = (*exporter.command, f"--drill.speed={settings.speed}")
    faster = replace(exporter, command=command, environment=ENVIRON)
    resend = f"--rules.alert.resend-delay={max(1, round(60_000 / settings.speed))}ms"
    prometheus = launch_prometheus(settings.folder, programs["prometheus"], places["prometheus"])
    alertmanager = launch_alertmanager(
        settings.folder, programs["alertmanager"], places["alertmanager"]
    )
    resending = replace(prometheus, command=(*prometheus.command, resend))
    return (faster, resending), (alertmanager,)


@contextlib.asynccontextmanager
async def _running(launches: Sequence[Launch], client: httpx.AsyncClient) -> AsyncIterator[None]:
    """Run programs that are ready when the body begins; one that dies ends it."""
    async with started(launches) as programs, watched(programs, asyncio.Event()):
        await all_ready(programs, client)
        yield


class _Drill:
    """One run: moves the world on, and looks at the programs all the while."""

    def __init__(self, scenario: Scenario, speed: float, show: Show) -> None:
        self._scenario = scenario
        self._speed = speed
        self._show = show
        self._began_at = time.time()
        self._failed: set[str] = set()
        self._alerts: set[tuple[str, str]] = set()
        self.recording = Recording()

    def _at(self, moment: float) -> float:
        return (moment - self._began_at) * self._speed

    def _add(self, moment: float, kind: Kind, text: str) -> None:
        event = Event(at=self._at(moment), kind=kind, text=text)
        self.recording.events.append(event)
        self._show(event)

    async def run(
        self, simulator: Simulator, client: httpx.AsyncClient, reach: Mapping[str, str]
    ) -> None:
        """Play the time-line while looking; ends with the scenario."""
        self._began_at = time.time()
        player = Player(
            self._scenario,
            simulator,
            SystemClock(),
            scale=self._speed,
            on_change=self._tell_change,
        )
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look(client, reach))
            asking = group.create_task(
                send_requests(
                    self._scenario.requests,
                    client,
                    f"http://{reach['exporter']}",
                    lambda: self._at(time.time()),
                    self._speed,
                )
            )
            await player.play()
            looking.cancel()
            asking.cancel()

    async def _tell_change(self, world: World) -> None:
        self._add(time.time(), Kind.WORLD, story(self._scenario, world.at))

    async def _look(self, client: httpx.AsyncClient, reach: Mapping[str, str]) -> None:
        while True:
            await self._look_at_exporter(client, f"http://{reach['exporter']}")
            await self._look_at_alerts(client, f"http://{reach['prometheus']}")
            await asyncio.sleep(_LOOK_EVERY)

    async def _look_at_exporter(self, client: httpx.AsyncClient, exporter: str) -> None:
        history = (await client.get(f"{exporter}/api/v1/history")).json()
        for change in history["changes"][len(self.recording.judged) :]:
            surface, row, action = change["surface"], change["row"], change["action"]
            judged = Judged(at=self._at(change["at"]), surface=surface, row=row, action=action)
            self.recording.judged.append(judged)
            if judged.at >= 0:
                self._add(change["at"], Kind.VERDICT, f"{surface}: {action} ({row})")
        for name, results in history["results"].items():
            self._note_probes(name, results)

    def _note_probes(self, name: str, results: list[dict[str, object]]) -> None:
        last = results[-1] if results else None
        if last is None or last["success"] is (name not in self._failed):
            return
        self._failed ^= {name}
        word = f"fails: {last['sign']}" if name in self._failed else "works again"
        self._add(float(str(last["started_at"])), Kind.PROBE, f"{name} {word}")

    async def _look_at_alerts(self, client: httpx.AsyncClient, prometheus: str) -> None:
        answer = (await client.get(f"{prometheus}/api/v1/alerts")).json()
        # Pending says nothing to a person: most of it never fires.
        found = {
            (alert["labels"]["alertname"], alert["labels"].get("surface", ""))
            for alert in answer["data"]["alerts"]
            if alert["state"] == "firing" and alert["labels"]["alertname"] != "Watchdog"
        }
        for name, surface in sorted(found - self._alerts):
            self._add(time.time(), Kind.ALERT, f"{name} {surface}".rstrip() + " fires")
        for name, surface in sorted(self._alerts - found):
            self._add(time.time(), Kind.ALERT, f"{name} {surface}".rstrip() + " is over")
        self._alerts = found

    @contextlib.asynccontextmanager
    async def receiver(self) -> AsyncIterator[str]:
        """A webhook receiver on loopback: the person at the end of the chain; yields its URL."""
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, _LOOPBACK, 0)
        await site.start()
        try:
            yield f"http://{_LOOPBACK}:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        moment = time.time()
        for told in self.recording.take_message(await request.json(), self._at(moment)):
            self._add(moment, Kind.NOTIFICATION, f"{told.status}: {told.summary}")
        return web.Response()
