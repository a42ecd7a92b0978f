"""`claude-exporter up`: the real programs under one command, from ready to gone."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from support.programs import require

from claude_exporter.stack.ports import USUAL

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find the programs"),
]

DEADLINE = 90.0
"""Seconds after which a test is stuck; where all is well nothing takes as long."""

STOPPED_WITHIN = 10.0
"""Seconds in which everything must be gone after a stop was asked for."""

CONFIG = """
default_targets: false
status_pages:
  - name: claude
    enabled: false
targets:
  - name: api-here
    surface: api
    prober: tcp
    address: 127.0.0.1:{port}
    interval: 1s
    timeout: 1s
  - name: control-here
    surface: control
    prober: tcp
    address: 127.0.0.1:{port}
    interval: 1s
    timeout: 1s
"""

GRAFANA = """#!{python}
import http.server, json, os, sys
from pathlib import Path
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        told = {{name: value for name, value in os.environ.items() if name.startswith("GF_")}}
        self.wfile.write(json.dumps({{"arguments": sys.argv[1:], **told}}).encode())
place = (os.environ["GF_SERVER_HTTP_ADDR"], int(os.environ["GF_SERVER_HTTP_PORT"]))
http.server.HTTPServer(place, Answer).serve_forever()
"""


class Up:
    """One `claude-exporter up` and what it has said so far."""

    def __init__(self, process):
        self.process = process
        self.said = ""

    async def read_until(self, words):
        """Read what it says until these words, or fail with all that it said."""
        try:
            async with asyncio.timeout(DEADLINE):
                while words not in self.said:
                    line = await self.process.stdout.readline()
                    assert line, f"ended before {words!r}:\n{self.said}"
                    self.said += line.decode()
        except TimeoutError:
            pytest.fail(f"never said {words!r}:\n{self.said}")

    async def end(self):
        """Read the rest, and say with which code it ended."""
        async with asyncio.timeout(DEADLINE):
            self.said += (await self.process.stdout.read()).decode()
            return await self.process.wait()

    def url(self, name):
        return re.search(rf"^{name} +(http\S+)", self.said, re.MULTILINE)[1]

    def children(self):
        """The programs it started, by the name of their command."""
        pid = self.process.pid
        pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in pids}


@pytest.fixture
async def target():
    """Something on loopback that accepts connections, so that no test needs the internet."""

    async def accept(_, writer):
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def start(tmp_path, target):
    """Start `up` on a state folder of its own; whatever is left of it is killed in the end."""
    require("prometheus")
    require("alertmanager")
    config = tmp_path / "exporter.yml"
    config.write_text(CONFIG.format(port=target))
    ups = []

    async def start_up(*options, **environment):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "claude_exporter", "up", "--no-install"),
            *(f"--state-dir={tmp_path / 'state'}", f"--config.file={config}", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        ups.append(Up(process))
        return ups[-1]

    yield start_up
    for up in ups:
        with contextlib.suppress(ProcessLookupError):
            up.process.kill()
        await up.process.wait()


def is_gone(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


async def wait_until_gone(pids):
    async with asyncio.timeout(STOPPED_WITHIN):
        while not all(map(is_gone, pids)):  # noqa: ASYNC110 -- another process has no event of ours
            await asyncio.sleep(0.05)


async def test_ready_means_that_the_whole_chain_answers(start, tmp_path):
    """
    Exporter, Prometheus with every target up and our rules loaded, Alertmanager; then Ctrl-C ends
    all of it with exit code 0, and nothing is left running.
    """
    up = await start()
    await up.read_until("ready;")
    assert re.search(r"^[a-z, ]*\bapi\b[a-z, ]* fine +", up.said, re.MULTILINE)
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = await client.get(f"{up.url('Exporter')}metrics")
        assert re.search(r'^claude_probe_success{.*"api-here".*} 1', metrics.text, re.MULTILINE)
        told = (await client.get(f"{up.url('Prometheus')}api/v1/targets")).json()["data"]
        health = {each["labels"]["job"]: each["health"] for each in told["activeTargets"]}
        assert health == {"claude-exporter": "up", "prometheus": "up", "alertmanager": "up"}
        rules = (await client.get(f"{up.url('Prometheus')}api/v1/rules")).json()["data"]
        assert {"claude-verdict", "claude-alerts"} <= {group["name"] for group in rules["groups"]}
        status = (await client.get(f"{up.url('Alertmanager')}api/v2/status")).json()
        assert status["cluster"]["status"] == "disabled"
    children = up.children()
    assert len(children) == 3
    up.process.send_signal(signal.SIGINT)
    async with asyncio.timeout(STOPPED_WITHIN):
        assert await up.end() == 0
    assert up.said.endswith("stopped\n")
    await wait_until_gone(children.values())
    logs = sorted(path.name for path in (tmp_path / "state" / "log").iterdir())
    assert logs == ["alertmanager.log", "exporter.log", "prometheus.log"]


async def test_a_program_that_dies_is_shown_and_nothing_is_restarted(start):
    """The name, how it ended, its last log lines; exit code 1 with the others stopped."""
    up = await start()
    await up.read_until("ready;")
    children = up.children()
    os.kill(children["prometheus"], signal.SIGKILL)
    assert await up.end() == 1
    assert "claude-exporter up: prometheus ended by itself (killed by SIGKILL)" in up.said
    assert 'msg="Server is ready to receive web requests."' in up.said
    assert up.said.rstrip().splitlines()[-1].startswith("    ")
    await wait_until_gone(children.values())


async def test_a_refused_configuration_is_shown_at_once(start, tmp_path):
    up = await start()
    (tmp_path / "exporter.yml").write_text("targets: 7\n")
    assert await up.end() == 1
    assert "claude-exporter up: exporter ended by itself" in up.said
    assert "exporter.yml:1:10: $.targets: expected a list, not" in up.said


async def test_no_orphan_stays_when_up_itself_is_killed(start):
    """kill -9 leaves it no moment to stop anything: the kernel does."""
    up = await start()
    await up.read_until("ready;")
    children = up.children()
    up.process.kill()
    await up.process.wait()
    await wait_until_gone(children.values())


async def test_a_second_one_on_the_same_state_is_refused_and_the_first_goes_on(start, tmp_path):
    first = await start()
    await first.read_until("ready;")
    second = await start()
    assert await second.end() == 1
    assert (
        f"{tmp_path / 'state'}: another `claude-exporter up` keeps its state there" in second.said
    )
    assert first.process.returncode is None


@contextlib.contextmanager
def nothing_free_of(usual):
    """Listen on each of these ports that nobody has."""
    with contextlib.ExitStack() as held:
        for port in usual:
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


async def test_a_stack_beside_another_takes_other_ports_and_says_so(start, tmp_path):
    """Usual ports that are taken are no reason not to start."""
    names = {"Exporter": "exporter", "Prometheus": "prometheus", "Alertmanager": "alertmanager"}
    first = await start()
    await first.read_until("ready;")
    with nothing_free_of(USUAL[each] for each in names.values()):
        second = await start(f"--state-dir={tmp_path / 'other'}", "--for=0s")
        assert await second.end() == 0
    places = {short: urlsplit(second.url(name)).port for name, short in names.items()}
    assert {first.url(name) for name in names}.isdisjoint(second.url(name) for name in names)
    # Another test's stack may have left its usual port to this one just now.
    assert set(
        re.findall(r"^port \d+ is taken: \w+ listens on \d+$", second.said, re.MULTILINE)
    ) == {
        f"port {USUAL[short]} is taken: {short} listens on {port}"
        for short, port in places.items()
        if port != USUAL[short]
    }


async def test_grafana_runs_too_where_it_is_on_the_path(start, tmp_path):
    """With its provisioning; a program of ours plays Grafana and says how it was called."""
    program = tmp_path / "bin" / "grafana"
    program.parent.mkdir()
    program.write_text(textwrap.dedent(GRAFANA).format(python=sys.executable))
    program.chmod(0o755)
    up = await start(PATH=f"{program.parent}:{os.environ['PATH']}")
    await up.read_until("ready;")
    async with httpx.AsyncClient(trust_env=False) as client:
        told = (await client.get(f"{up.url('Grafana')}api/health")).json()
    assert told["arguments"] == ["server"]
    provisioning = Path(told["GF_PATHS_PROVISIONING"])
    assert (provisioning / "datasources" / "prometheus.yml").is_file()
    assert (
        up.url("Prometheus").rstrip("/")
        in (provisioning / "datasources" / "prometheus.yml").read_text()
    )
    assert told["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].endswith("is-claude-down.json")
    up.process.send_signal(signal.SIGTERM)
    assert await up.end() == 0
