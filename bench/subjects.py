"""Who is measured: the real blackbox_exporter, our /probe, and our probers without a scrape."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

from targets import HERE, PROBER_CORE, TARGET_CORE, Targets, free_port, pinned, running, wait_for

CONCURRENCY = 50
RATE = 40
WARM_UP = 0.5
TICKS = os.sysconf("SC_CLK_TCK")
SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Speed:
    """Probes done, and the seconds of CPU they took."""

    probes: int
    cpu: float


def late_address(targets: Targets, scheme: str, key: int, delay: float) -> str:
    return f"{targets.delayed[scheme]}?id={key}&ms={delay:g}"


class Endpoint:
    """A program that probes when its /probe is asked."""

    def __init__(self, name: str, process: subprocess.Popen, port: int, targets: Targets) -> None:
        self.name, self._process, self._port, self._targets = name, process, port, targets

    def fast_path(self, scheme: str) -> str:
        raise NotImplementedError

    def late_path(self, scheme: str, key: int, delay: float) -> str:
        raise NotImplementedError

    def speed(self, scheme: str, seconds: float) -> Speed:
        """Keep CONCURRENCY probes going; nginx counts them, for wrk forgets those under way."""
        before, probes = self._cpu(), self._targets.probes()
        done = self._load(scheme, seconds).communicate()[0]
        if "requests in" not in done or "Non-2xx" in done:
            raise SystemExit(f"{self.name}: wrk could not load it: {done}")
        time.sleep(WARM_UP)
        # One request more is the counter's own.
        return Speed(self._targets.probes() - probes - 1, self._cpu() - before)

    def durations(self, scheme: str, saturated: bool, count: int, delay: float) -> list[float]:
        """Ask for `count` probes, RATE a second, and read the durations it reports."""
        return asyncio.run(self._durations(scheme, saturated, count, delay))

    async def _durations(
        self, scheme: str, saturated: bool, count: int, delay: float
    ) -> list[float]:
        load = self._load(scheme, count / RATE + 2 * WARM_UP) if saturated else None
        await asyncio.sleep(WARM_UP)
        begun = perf_counter()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for key in range(count):
                await asyncio.sleep(max(0.0, begun + key / RATE - perf_counter()))
                path = self.late_path(scheme, key, delay)
                tasks.append(group.create_task(self._reported(path)))
        if load:
            load.communicate()
        return [task.result() for task in tasks]

    async def _reported(self, path: str) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        text = (await reader.read(-1)).decode()
        writer.close()
        found = re.search(r"^probe_duration_seconds (\S+)$", text, re.MULTILINE)
        if not found or "\nprobe_success 1\n" not in text:
            raise SystemExit(f"{self.name}: the probe failed: {path}\n{text}")
        return float(found[1])

    def _load(self, scheme: str, seconds: float) -> subprocess.Popen:
        url = f"http://127.0.0.1:{self._port}{self.fast_path(scheme)}"
        options = ["-t1", f"-c{CONCURRENCY}", f"-d{seconds:.0f}s", "--timeout", "20s"]
        command = [*pinned(TARGET_CORE), "wrk", *options, url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _cpu(self) -> float:
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS


class Blackbox(Endpoint):
    """prometheus-blackbox-exporter."""

    def __init__(self, process: subprocess.Popen, port: int, targets: Targets) -> None:
        super().__init__("blackbox_exporter /probe", process, port, targets)

    def fast_path(self, scheme: str) -> str:
        return f"/probe?module=bench&target={quote(self._targets.fast[scheme], safe='')}"

    def late_path(self, scheme: str, key: int, delay: float) -> str:
        address = late_address(self._targets, scheme, key, delay)
        return f"/probe?module=bench&target={quote(address, safe='')}"


class Ours(Endpoint):
    """claude-exporter serve."""

    def __init__(self, process: subprocess.Popen, port: int, targets: Targets) -> None:
        super().__init__("claude-exporter /probe", process, port, targets)

    def fast_path(self, scheme: str) -> str:
        return f"/probe?target=fast-{scheme}"

    def late_path(self, scheme: str, key: int, delay: float) -> str:  # noqa: ARG002 - configured
        return f"/probe?target=late-{scheme}-{key}"


class Continuous:
    """Our probers, driven as the scheduler drives them."""

    name = "claude-exporter continuous"

    def __init__(self, process: subprocess.Popen, targets: Targets) -> None:
        self._process, self._targets = process, targets

    def speed(self, scheme: str, seconds: float) -> Speed:
        done = self._obey(load=self._targets.fast[scheme], seconds=seconds, asked=[])
        return Speed(done["probes"], done["cpu"])

    def durations(self, scheme: str, saturated: bool, count: int, delay: float) -> list[float]:
        asked = [late_address(self._targets, scheme, key, delay) for key in range(count)]
        load = self._targets.fast[scheme] if saturated else None
        return self._obey(load=load, seconds=0, asked=asked)["durations"]

    def _obey(self, **command) -> dict:
        line = json.dumps({"concurrency": CONCURRENCY, "rate": RATE, **command})
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        done = json.loads(self._process.stdout.readline())
        if done["failures"]:
            raise SystemExit(f"{self.name}: {done['failures']} of {done['probes']} probes failed")
        return done


BLACKBOX_CONFIG = """\
modules:
  bench:
    prober: http
    timeout: 10s
    http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca_file}}}}}
"""


@contextmanager
def start_blackbox(folder: Path, targets: Targets):
    configuration, port = folder / "blackbox.yml", free_port()
    configuration.write_text(BLACKBOX_CONFIG.format(ca_file=targets.ca_file))
    command = [
        *pinned(PROBER_CORE),
        "prometheus-blackbox-exporter",
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with running(command) as process:
        wait_for(port)
        yield Blackbox(process, port, targets)


@contextmanager
def start_ours(folder: Path, targets: Targets, count: int, delay: float):
    port = free_port()
    addresses = {f"fast-{scheme}": targets.fast[scheme] for scheme in SCHEMES}
    for scheme in SCHEMES:
        for key in range(count):
            addresses[f"late-{scheme}-{key}"] = late_address(targets, scheme, key, delay)
    more = {"surface": "control", "prober": "http", "interval": "24h", "timeout": "10s"}
    configuration = folder / "exporter.yml"
    configuration.write_text(
        json.dumps(
            {
                "default_targets": False,
                "network": {"ca_file": str(targets.ca_file), "proxy_from_environment": False},
                "targets": [
                    {"name": name, "address": address, **more}
                    for name, address in addresses.items()
                ],
                "status_pages": [{"name": "claude", "enabled": False}],
            }
        )
    )
    command = [
        *pinned(PROBER_CORE),
        sys.executable,
        *("-m", "claude_exporter", "serve", f"--config.file={configuration}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error", "--state.file="),
    ]
    with running(command) as process:
        wait_for(port)
        yield Ours(process, port, targets)


@contextmanager
def start_continuous(targets: Targets):
    command = [sys.executable, str(HERE / "continuous.py"), str(targets.ca_file)]
    pipe = subprocess.PIPE
    with running([*pinned(PROBER_CORE), *command], stdin=pipe, stdout=pipe) as process:
        yield Continuous(process, targets)
