"""The exporter as a real process against a simulator."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import httpx

from claude_exporter.runtime.clock import SystemClock
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.player import Player
from claude_exporter.simulator.server import Simulator
from claude_exporter.stack.drill_files import write_exporter_config
from claude_exporter.stack.ports import choose_port

DEADLINE = 30.0


class Exporter:
    """One `claude-exporter serve`, started and stopped by the test."""

    def __init__(self, folder: Path, config: Path | None, speed: float = 1.0, *options: str):
        self.folder = folder
        self.port = choose_port("127.0.0.1", 19529)
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = [
            f"--web.listen-address=127.0.0.1:{self.port}",
            f"--state.file={folder / 'state.db'}",
            f"--drill.speed={speed}",
            *([f"--config.file={config}"] if config else []),
            *options,
        ]
        self.log = folder / "exporter.log"
        self.process = None

    async def start(self):
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "claude_exporter",
                "serve",
                *self._options,
                stdout=log,
                stderr=log,
                env={**os.environ, **ENVIRON},
            )
        await self.until("/-/ready", lambda response: response.status_code == 200)
        return self

    async def stop(self, number=signal.SIGTERM):
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(DEADLINE):
            return await self.process.wait()

    async def get(self, path):
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return await client.get(f"{self.url}{path}")

    async def until(self, path, wanted):
        """The first answer that satisfies *wanted*; fails with the log after the deadline."""
        last = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE):
                while self.process.returncode is None:
                    with contextlib.suppress(httpx.TransportError):
                        last = await self.get(path)
                        if wanted(last):
                            return last
                    await asyncio.sleep(0.05)
        log = self.log.read_text(encoding="utf-8")[-3000:]
        raise AssertionError(f"{path}: last answer {last and last.text[:500]!r}; log:\n{log}")

    async def rows(self):
        """The row of each surface now."""
        verdicts = (await self.get("/api/v1/verdict")).json()["verdicts"]
        return {each["surface"]: each["row"] for each in verdicts}

    async def until_row(self, surface, row):
        def reached(response):
            verdicts = response.json()["verdicts"]
            return any(each["surface"] == surface and each["row"] == row for each in verdicts)

        return await self.until("/api/v1/verdict", reached)


@contextlib.asynccontextmanager
async def simulated(scenario, folder, at=0.0):
    """A simulator at one moment of a scenario, and the configuration that leads to it."""
    async with Simulator(scenario.world_at(at)) as simulator:
        config = folder / "exporter.yml"
        write_exporter_config(config, scenario, simulator.network())
        yield simulator, config


def player(scenario, simulator, speed):
    """Plays *scenario* into *simulator*."""
    return Player(scenario, simulator, SystemClock(), scale=speed)
