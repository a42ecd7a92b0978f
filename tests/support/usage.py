"""What a process would use: the families of the process collector, the same on every machine."""

from collections.abc import Iterator
from random import Random

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

MEBIBYTE = 2**20


class Usage(Collector):
    """In place of the real process, whose numbers are never the same twice."""

    def __init__(self, clock, chance: Random) -> None:
        self._clock = clock
        self._chance = chance
        self._began_at = clock.now()
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Half a hundredth of a core, and memory that goes up and down a little."""
        age = self._clock.now() - self._began_at
        busy = age * 0.005 + self._chance.uniform(0, 0.05)
        resident = (58 + self._chance.uniform(0, 3)) * MEBIBYTE
        for name, value in {
            "process_start_time_seconds": self._began_at,
            "process_resident_memory_bytes": resident,
            "process_virtual_memory_bytes": 412 * MEBIBYTE,
            "process_open_fds": self._chance.randint(21, 34),
            "process_max_fds": 1024,
        }.items():
            yield GaugeMetricFamily(name, name, value)
        yield CounterMetricFamily("process_cpu_seconds", "process_cpu_seconds", busy)
        for name in ("collected_objects", "uncollectable_objects", "collections"):
            family = CounterMetricFamily(f"python_gc_{name}", name, labels=["generation"])
            for generation in range(3):
                family.add_metric([str(generation)], age // 10 ** (generation + 1))
            yield family
