"""
Starts programs, waits until they are ready, notices when one dies, and stops all of them.

A program runs in its own process group with its output in its own log file, and on Linux it ends
with us even where we are killed. Nothing is ever restarted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from claude_exporter.stack import leash

READY_WITHIN: Final = 60.0
"""Seconds a program may take from its start until it is ready."""

STOP_WITHIN: Final = 5.0
"""Seconds a program may take to end after SIGTERM, before it is killed."""

_LOOK_EVERY: Final = 0.1
_LAST_LINES: Final = 10
_TAIL: Final = 16 * 1024


class StackError(Exception):
    """The stack cannot go on; the text is for a person."""


class DiedError(StackError):
    """A program ended by itself."""


class NotReadyError(StackError):
    """A program did not become ready in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start one program and how to tell that it is ready: `ready_url` answers 200."""

    name: str
    command: tuple[str, ...]
    log: Path
    ready_url: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started program."""

    launch: Launch
    process: asyncio.subprocess.Process

    def last_lines(self) -> str:
        """Quote the end of its log, indented, for an error message."""
        return quote_end(self.launch.log)


def quote_end(log: Path) -> str:
    """Quote the last lines of a log file, each indented by four."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL))
        text = file.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-_LAST_LINES:])


@contextlib.asynccontextmanager
async def started(launches: Sequence[Launch]) -> AsyncIterator[tuple[Running, ...]]:
    """Start the programs in this order; stop all of them on the way out, however that comes."""
    running: list[Running] = []
    try:
        for launch in launches:
            running.append(await _start(launch))  # noqa: PERF401 -- what has started must be stopped
        yield tuple(running)
    finally:
        await stop(running)


async def _start(launch: Launch) -> Running:
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    if launch.log.exists():
        launch.log.replace(launch.log.with_suffix(".log.old"))
    tied = (sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()), *launch.command)
    with launch.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *tied,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **launch.environment},
            start_new_session=True,
        )
    return Running(launch=launch, process=process)


@contextlib.asynccontextmanager
async def watched(programs: Sequence[Running], stop_asked: asyncio.Event) -> AsyncIterator[None]:
    """
    Run the body until it is done, a program dies, or a stop is asked for.

    A death ends the body with an exception group that holds one DiedError; a stop ends it quietly.
    """
    with contextlib.suppress(_StopAsked):
        async with _flattened(), asyncio.TaskGroup() as group:
            watchers = [group.create_task(_raise_at_end(program)) for program in programs]
            watchers.append(group.create_task(_raise_when_asked(stop_asked)))
            yield
            for watcher in watchers:
                watcher.cancel()


class _StopAsked(Exception):  # noqa: N818 -- no error: the way out of a task group
    pass


@contextlib.asynccontextmanager
async def _flattened() -> AsyncIterator[None]:
    """Raise the first of a group instead of the group: one reason to stop is enough."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise _first(group) from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _raise_at_end(program: Running) -> None:
    code = await program.process.wait()
    raise DiedError(
        f"{program.launch.name} ended by itself ({_ending(code)}); its last lines "
        f"({program.launch.log}):\n{program.last_lines()}"
    )


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


async def _raise_when_asked(stop_asked: asyncio.Event) -> None:
    await stop_asked.wait()
    raise _StopAsked


async def all_ready(
    programs: Sequence[Running], client: httpx.AsyncClient, within: float = READY_WITHIN
) -> None:
    """Wait until each program is ready; a group of NotReadyError after `within` seconds."""
    async with asyncio.TaskGroup() as group:
        for program in programs:
            group.create_task(_ready(program, client, within))


async def _ready(program: Running, client: httpx.AsyncClient, within: float) -> None:
    seen = "no answer"
    try:
        async with asyncio.timeout(within):
            # Another process becomes ready: there is no event of ours to wait for.
            while (seen := await _answer(client, program.launch.ready_url)) != "200":  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise NotReadyError(
            f"{program.launch.name}: expected 200 from {program.launch.ready_url} within "
            f"{within:g} s, got {seen}; its last lines ({program.launch.log}):\n"
            f"{program.last_lines()}"
        ) from None


async def _answer(client: httpx.AsyncClient, url: str) -> str:
    try:
        response = await client.get(url)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return str(response.status_code)


async def stop(programs: Sequence[Running], within: float = STOP_WITHIN) -> None:
    """End the programs and whatever they started: politely, and after `within` seconds by force."""
    for program in programs:
        _signal(program, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            for program in programs:
                await program.process.wait()
    for program in programs:
        _signal(program, signal.SIGKILL)
        await program.process.wait()


def _signal(program: Running, number: signal.Signals) -> None:
    """Signal the whole process group; one that has ended is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.process.pid, number)
