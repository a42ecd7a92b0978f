"""`claude-exporter up`: the whole stack as native processes under one foreground command."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from claude_exporter.runtime.stopping import stop_asked
from claude_exporter.stack import ports
from claude_exporter.stack.configs import write_configs
from claude_exporter.stack.launches import (
    launch_alertmanager,
    launch_exporter,
    launch_grafana,
    launch_prometheus,
)
from claude_exporter.stack.programs import find, find_or_install
from claude_exporter.stack.scraped import all_scraped
from claude_exporter.stack.supervise import (
    Launch,
    StackError,
    all_ready,
    started,
    watched,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpSettings:
    """
    What the user chose.

    `host` is where every program listens; `stop_after` is seconds from ready on, None for ever.
    """

    folder: Path
    host: str = "127.0.0.1"
    config_file: Path | None = None
    install: bool = True
    stop_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The stack when all of it answers: base URLs by program, and the exporter's own verdict."""

    urls: Mapping[str, str]
    verdict: object


def state_folder(environ: Mapping[str, str]) -> Path:
    """Name the folder where `up` keeps its data unless told otherwise."""
    home = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "claude-exporter" / "up"


async def run_stack(
    settings: UpSettings, say: Callable[[str], None], show: Callable[[Ready], None]
) -> None:
    """
    Run the stack until it is told to stop.

    `say` gets one line of progress at a time, `show` the stack once it is ready. Raises StackError
    or MissingError, with everything stopped.
    """
    programs = find_or_install(("prometheus", "alertmanager"), say, install=settings.install)
    with _only_one(settings.folder), _places(settings.host) as places:
        launches = _launches(settings, programs, places)
        for launch in launches:
            if (port := places[launch.name].port) != ports.USUAL[launch.name]:
                say(f"port {ports.USUAL[launch.name]} is taken: {launch.name} listens on {port}")
        reach = {name: place.reach for name, place in places.items()}
        write_configs(settings.folder / "config", reach)
        say(f"starting {', '.join(launch.name for launch in launches)}")
        urls = {launch.name: f"http://{reach[launch.name]}" for launch in launches}
        await _run(launches, urls, settings.stop_after, show)


@contextlib.contextmanager
def _places(host: str) -> Iterator[Mapping[str, ports.Place]]:
    with contextlib.ExitStack() as held:
        try:
            places = held.enter_context(ports.held_places(host))
        except OSError as error:
            raise StackError(
                f"--listen: expected an address of this machine, not {host!r}: {error}"
            ) from error
        yield places


def _launches(
    settings: UpSettings, programs: Mapping[str, Path], places: Mapping[str, ports.Place]
) -> tuple[Launch, ...]:
    folder = settings.folder
    grafana = find("grafana")
    launches = (
        launch_exporter(folder, places["exporter"], settings.config_file),
        launch_prometheus(folder, programs["prometheus"], places["prometheus"]),
        launch_alertmanager(folder, programs["alertmanager"], places["alertmanager"]),
    )
    if grafana is None:
        return launches
    return (*launches, launch_grafana(folder, grafana, places["grafana"]))


async def _run(
    launches: Sequence[Launch],
    urls: Mapping[str, str],
    stop_after: float | None,
    show: Callable[[Ready], None],
) -> None:
    # Loopback never goes through a proxy, whatever the environment says.
    client = httpx.AsyncClient(trust_env=False, timeout=5.0)
    async with (
        stop_asked() as asked,
        client,
        started(launches) as programs,
        watched(programs, asked),
    ):
        await all_ready(programs, client)
        await all_scraped(urls["prometheus"], client)
        show(Ready(urls=urls, verdict=await _verdict(urls["exporter"], client)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stop_after):
                await asked.wait()


async def _verdict(exporter: str, client: httpx.AsyncClient) -> object:
    response = await client.get(f"{exporter}/api/v1/verdict")
    if response.status_code != httpx.codes.OK:
        raise StackError(f"exporter: expected 200 from {response.url}, got {response.status_code}")
    return response.json()


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the state folder for ourselves. Raises StackError where another `up` has it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StackError(
            f"{folder}: another `claude-exporter up` keeps its state there; stop it or give "
            "another --state-dir"
        ) from None
