"""
A real Prometheus that knows a day: what every exporter showed, what our rules make of it, alerts.

`past(name)` gives a running one; a process has at most one per day, and ends it with itself.
"""

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from support.days import BEGIN, Day, days
from support.played import SCRAPE, series_of
from support.programs import require
from support.recorded import shipped_rules, written
from support.remote_write import HEADERS, Labels, Series, requests
from support.rule_tests import PROJECT

from claude_exporter.stack import leash
from claude_exporter.stack.ports import choose_port

KEPT = PROJECT / "build/days"
"""The days that were made before: playing one takes seconds."""

MADE_FROM = (
    "exporter/claude_exporter/**/*.py",
    "exporter/claude_exporter/**/*.yml",
    "exporter/claude_exporter/**/*.json",
    "prometheus/rules/*.yml",
    "alerts/rules/*.yml",
    *(f"tests/support/{name}.py" for name in ("days", "measured", "past", "played", "recorded")),
    *(f"tests/support/{name}.py" for name in ("remote_write", "usage", "users", "witnesses")),
)
DEADLINE = 30.0
SPAN = "31d"
"""Prometheus keeps this long in memory, so that any moment of it may be written at any time."""


@dataclass(frozen=True, slots=True)
class Past:
    """A Prometheus at *url* that knows one day."""

    day: Day
    url: str

    def query(self, expr: str, at: float | None = None) -> list[dict[str, Any]]:
        """The samples of an instant query, at the end of the day where no moment is given."""
        moment = self.day.end if at is None else at
        return self._answer("query", {"query": expr, "time": moment})

    def query_range(self, expr: str, begin: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series of a range query."""
        return self._answer(
            "query_range", {"query": expr, "start": begin, "end": end, "step": step}
        )

    def write(self, body: bytes) -> None:
        """Write one request of series."""
        answer = _http().post(f"{self.url}/api/v1/write", content=body, headers=HEADERS)
        assert answer.status_code == 204, f"remote write: {answer.status_code} {answer.text}"

    def _answer(self, path: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = _http().post(f"{self.url}/api/v1/{path}", data=data).json()
        assert answer["status"] == "success", f"{data['query']}: {answer}"
        return answer["data"]["result"]


@cache
def _http() -> httpx.Client:
    client = httpx.Client(trust_env=False, timeout=DEADLINE)
    atexit.register(client.close)
    return client


@cache
def past(name: str) -> Past:
    """The Prometheus of the day of this name."""
    day = days()[name]
    filled = Past(day, _started())
    kept = KEPT / f"{name}-{_digest()}"
    if kept.exists():
        for path in sorted(kept.iterdir()):
            filled.write(path.read_bytes())
        return filled
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        for number, body in enumerate(_bodies(filled)):
            filled.write(body)
            (Path(folder) / f"{number:04}").write_bytes(body)
        for old in KEPT.glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was faster
            Path(folder).rename(kept)
            Path(folder).mkdir()
    return filled


def _bodies(filled: Past) -> Iterator[bytes]:
    """The requests that make the day, each to be written before the next is asked for."""
    day = filled.day
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        played = [pool.submit(series_of, day, vantage) for vantage in day.vantages]
        for vantage, seen in zip(day.vantages, played, strict=True):
            yield from requests(_labelled(seen.result(), vantage))
    for rule in shipped_rules():
        answers = filled.query_range(rule["expr"], BEGIN, day.end, SCRAPE)
        yield from requests(written(rule, answers, day))


@cache
def _digest() -> str:
    """What the days depend on: where none of it has changed, they are as they were."""
    digest = sha256()
    for pattern in MADE_FROM:
        for path in sorted(PROJECT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _labelled(series: Series, vantage: str) -> Iterable[tuple[Labels, bytes]]:
    scraped = {"job": "claude-exporter", "instance": f"{vantage}:9529", "vantage": vantage}
    for name, samples in series.items():
        (family,) = text_string_to_metric_families(f"{name} 0\n")
        (sample,) = family.samples
        yield {"__name__": sample.name, **sample.labels, **scraped}, samples


def _started() -> str:
    folder = Path(tempfile.mkdtemp(prefix="past-"))
    config = folder / "prometheus.yml"
    config.write_text("global: {scrape_interval: 1m}\n", encoding="utf-8")
    port = choose_port("127.0.0.1", 19090)
    command = [
        *(sys.executable, leash.__file__, str(os.getpid())),
        str(require("prometheus")),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--storage.tsdb.min-block-duration={SPAN}",
        f"--storage.tsdb.max-block-duration={SPAN}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
        "--log.level=error",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    atexit.register(_end, process, folder)
    url = f"http://127.0.0.1:{port}"
    _wait_until_ready(url, process)
    return url


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait(DEADLINE)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until and process.poll() is None:
        try:
            if _http().get(f"{url}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"Prometheus at {url} is not ready, exit {process.poll()}")
