"""
Our probers in one process without a scrape in between, as the scheduler runs them.

Reads one JSON command per line and answers with one line. A command names the address of the
`load` (probed by `concurrency` loops for `seconds`, no load where it is null) and the addresses
`asked`, which are probed once each, `rate` a second. Usage: continuous.py CA_FILE
"""

import asyncio
import gc
import json
import sys
from contextlib import suppress
from time import perf_counter, process_time

import uvloop

from claude_exporter.core.model import Surface, Target
from claude_exporter.probers import PROBERS
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import NetworkSettings, ProbeContext

SPEC = PROBERS["http"]


def target_of(address: str) -> Target:
    return Target(
        name="bench",
        surface=Surface.CONTROL,
        prober="http",
        address=address,
        options=SPEC.options(),
    )


class Prober:
    """Probes for as long as it is told."""

    def __init__(self, ca_file: str) -> None:
        network = NetworkSettings(ca_file=ca_file, proxy_from_environment=False)
        self.context = ProbeContext(connector=Connector(network), user_agent="bench")
        self.probes = self.failures = 0

    async def probe(self, target: Target) -> float:
        result = await SPEC.probe(target, self.context)
        self.probes += 1
        self.failures += not result.success
        return result.duration

    async def load(self, target: Target) -> None:
        while True:
            await self.probe(target)

    async def obey(self, load, concurrency, seconds, asked, rate) -> dict[str, object]:
        self.probes = self.failures = 0
        async with asyncio.TaskGroup() as group:
            count = concurrency if load else 0
            loads = [group.create_task(self.load(target_of(load))) for _ in range(count)]
            await asyncio.sleep(0.3)
            before = (self.probes, process_time())
            if asked:
                durations = await self.paced(asked, rate)
            else:
                durations = []
                await asyncio.sleep(seconds)
            after = (self.probes, process_time())
            for task in loads:
                task.cancel()
        probes, cpu = (new - old for new, old in zip(after, before, strict=True))
        return {
            "probes": probes,
            "cpu": cpu,
            "failures": self.failures,
            "durations": durations,
        }

    async def paced(self, asked: list[str], rate: float) -> list[float]:
        begun = perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for index, address in enumerate(asked):
                await asyncio.sleep(max(0.0, begun + index / rate - perf_counter()))
                tasks.append(group.create_task(self.probe(target_of(address))))
        return [task.result() for task in tasks]


async def main(ca_file: str) -> None:
    prober = Prober(ca_file)
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(json.dumps(await prober.obey(**json.loads(line))), flush=True)


if __name__ == "__main__":
    gc.freeze()
    with suppress(KeyboardInterrupt):
        uvloop.run(main(*sys.argv[1:]))
