"""Every path of the server, on real sockets."""

import gzip
import io
import json
import re
import socket

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import Exposed, healthy
from yarl import URL

from claude_exporter.config import load_config
from claude_exporter.web.compression import takes_gzip
from claude_exporter.web.deadline import probe_timeout
from claude_exporter.web.guard import HEADERS
from claude_exporter.web.notifications import NotificationLog
from claude_exporter.web.page import page_html
from claude_exporter.web.server import BODY_LIMIT, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG = """\
targets:
  - name: asked
    surface: control
    prober: tcp
    address: 127.0.0.1:{port}
    timeout: 10s
  - name: keyed
    surface: api
    part: account
    prober: http
    address: http://127.0.0.1:{port}/
    options:
      headers_from:
        x-api-key: {{file: {key}}}
"""
RUNBOOK = "# ClaudeDown\n\n## Mitigation\n\nWait \u2013 or not.\n"
KEY = "sk-ant-api03-very-secret"


class Reload:
    """Counts; `problem` is what goes wrong."""

    def __init__(self):
        self.times = 0
        self.problem = ""

    async def __call__(self):
        self.times += 1
        return self.problem


class World:
    """An exporter with its server, and a target that can be reached."""

    def __init__(self, client, exposed, server, reload, key):
        self.client = client
        self.exposed = exposed
        self.server = server
        self.reload = reload
        self.key = key

    async def get(self, path, **more):
        """Status and text."""
        async with self.client.get(path, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path, body=b"", **more):
        async with self.client.post(path, data=body, **more) as answer:
            return answer.status, await answer.text()


@pytest.fixture(scope="module")
def target_port():
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory, target_port):
    """One server for all tests here: making its TLS contexts takes longer than all of them."""
    folder = tmp_path_factory.mktemp("server")
    config, key, runbooks = folder / "exporter.yml", folder / "key", folder / "alerts"
    config.write_text(CONFIG.format(port=target_port, key=key), encoding="utf-8")
    key.write_text(KEY, encoding="utf-8")
    runbooks.mkdir()
    (runbooks / "ClaudeDown.md").write_text(RUNBOOK, encoding="utf-8")
    (folder / "guide.md").write_text("not a runbook", encoding="utf-8")
    exposed, reload = Exposed(load_config(config, {})), Reload()
    server = Server(exposed.exporter, reload, runbooks=runbooks)
    async with TestClient(TestServer(server.application())) as client:
        yield World(client, exposed, server, reload, key)


@pytest.fixture
def world(shared):
    """The server as it is after its start."""
    exporter = shared.exposed.exporter
    exporter.evaluator.tracked.clear()
    exporter.evaluator.replace_targets(exporter.plan.targets)
    exporter.blocked.clear()
    shared.server.notifications = NotificationLog()
    shared.reload.times, shared.reload.problem = 0, ""
    shared.key.write_text(KEY, encoding="utf-8")
    return shared


LOOSENED = {"Cache-Control", "Cross-Origin-Resource-Policy"}
"""What an answer may say otherwise: the next tests say which one does."""

KEPT = {
    "/style.css": "max-age=300",
    "/live.js": "max-age=300",
    "/badge.svg": "max-age=60",
    "/feed.atom": "no-cache",
}
ROUTES = {
    "/": "text/html; charset=utf-8",
    "/style.css": "text/css; charset=utf-8",
    "/live.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml; charset=utf-8",
    "/badge.svg": "image/svg+xml; charset=utf-8",
    "/feed.atom": "application/atom+xml; charset=utf-8",
    "/history": "text/html; charset=utf-8",
    "/history?target=asked": "text/html; charset=utf-8",
    "/runbooks": "text/html; charset=utf-8",
    "/runbooks/ClaudeDown": "text/html; charset=utf-8",
    "/metrics": "text/plain; version=0.0.4; charset=utf-8",
    "/probe?target=asked": "text/plain; version=0.0.4; charset=utf-8",
    "/config": "text/plain; charset=utf-8",
    "/api/v1/verdict": "application/json; charset=utf-8",
    "/api/v1/targets": "application/json; charset=utf-8",
    "/api/v1/history": "application/json; charset=utf-8",
    "/api/v1/notifications": "application/json; charset=utf-8",
    "/-/healthy": "text/plain; charset=utf-8",
}


async def test_every_path_answers_with_its_type_and_the_guards_headers(world):
    """HEAD has the same headers and no body."""
    for path, kind in ROUTES.items():
        async with world.client.get(path) as answer:
            assert (path, answer.status, answer.headers["Content-Type"]) == (path, 200, kind)
            assert await answer.read()
            own = {name: answer.headers[name] for name in HEADERS if name not in LOOSENED}
            assert own == {name: text for name, text in HEADERS.items() if name in own}
        async with world.client.head(path) as answer:
            assert (path, answer.status, answer.headers["Content-Type"]) == (path, 200, kind)
            assert await answer.read() == b""


async def test_only_style_script_badge_and_feed_may_be_kept(world):
    kept = {}
    for path in ROUTES:
        async with world.client.get(path) as answer:
            kept[path] = answer.headers["Cache-Control"]
    assert kept == {**dict.fromkeys(ROUTES, "no-store"), **KEPT}


async def test_only_the_badge_may_be_embedded_elsewhere(world):
    found = {}
    for path in ROUTES:
        async with world.client.get(path) as answer:
            found[path] = answer.headers["Cross-Origin-Resource-Policy"]
    assert found == {**dict.fromkeys(ROUTES, "same-origin"), "/badge.svg": "cross-origin"}


async def test_what_is_not_there_is_404(world):
    """No path falls back to the page."""
    for path in ("/index.html", "/metrics/", "/api/v1", "/api/v2/verdict", "/-/", "/%2e%2e/etc"):
        assert (path, (await world.get(path))[0]) == (path, 404)


async def test_another_method_is_405(world):
    for path in ROUTES:
        if path != "/api/v1/notifications":
            assert (path, (await world.post(path))[0]) == (path, 405)
    for path in ("/-/reload",):
        assert (path, (await world.get(path))[0]) == (path, 405)
    async with world.client.delete("/api/v1/notifications") as answer:
        assert answer.status == 405


PROBES = {
    "no target": ("/probe", "Target parameter is missing: expected /probe?target=NAME\n"),
    "an empty target": ("/probe?target=", "Target parameter is missing: expected"),
    "a target nobody configured": ("/probe?target=nobody", "Unknown target 'nobody': expected one"),
    "a URL is no name": (
        "/probe?target=http://169.254.169.254/latest/&module=http",
        "Unknown target 'http://169.254.169.254/latest/': expected one of",
    ),
    "the address of a target is no name either": (
        "/probe?target=https://claude.ai/",
        "Unknown target 'https://claude.ai/': expected one of",
    ),
    "a long one is cut": (f"/probe?target={'n' * 5000}", f"Unknown target '{'n' * 80}': expected"),
    "a module that is not the target's": (
        "/probe?target=asked&module=http_2xx",
        "Unknown module 'http_2xx': expected tcp\n",
    ),
}


@pytest.mark.parametrize(("path", "said"), PROBES.values(), ids=PROBES.keys())
async def test_a_probe_that_cannot_be_is_400_and_says_why(world, path, said):
    status, text = await world.get(path)
    assert (status, text[: len(said)]) == (400, said)


async def test_a_probe_answers_in_blackbox_exporters_words(world):
    """Now, and not folded into what is known of the target."""
    status, text = await world.get("/probe?target=asked&module=tcp")
    assert (status, "\nprobe_success 1\n" in text) == (200, True)
    assert world.exposed.evaluator.tracked["asked"].state.attempts == 0


async def test_debug_shows_the_log_and_the_metrics(world):
    status, text = await world.get("/probe?target=asked&debug=true")
    assert status == 200
    assert text.startswith("Logs for the probe:\n")
    assert "\n\nMetrics that would have been returned:\n# HELP probe_" in text


async def test_a_credential_that_cannot_be_read_is_500(world):
    """That is our fault, not the target's: a failed scrape, and no `probe_success 0`."""
    world.key.unlink()
    status, text = await world.get("/probe?target=keyed")
    assert (status, text.startswith("keyed cannot be probed: ")) == (500, True)


async def test_a_scrape_timeout_that_is_no_number_is_400(world):
    for header in ("soon", "0", "-1", "nan", "inf", ""):
        headers = {"X-Prometheus-Scrape-Timeout-Seconds": header}
        status, text = await world.get("/probe?target=asked", headers=headers)
        said = f"expected a positive number of seconds, not {header!r}"
        assert (header, status, said in text) == (header, 400, True)


async def test_a_probe_ends_before_prometheus_gives_up(world):
    """The target allows 10 s and never answers; the scrape allows a fifth of a second."""
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "0.2"}
    status, text = await world.get("/probe?target=keyed", headers=headers)
    took = float(re.search(r"^probe_duration_seconds (\S+)$", text, re.MULTILINE)[1])
    assert (status, "\nprobe_success 0\n" in text) == (200, True)
    assert 0.1 <= took < 5.0


TIMEOUTS = {
    "without a scrape the target's own": (10.0, None, 10.0),
    "half a second is kept for the answer": (10.0, "3", 2.5),
    "a target with less keeps its own": (2.0, "15", 2.0),
    "of a short scrape half": (10.0, "0.7", 0.35),
    "as Prometheus writes it": (20.0, "10.000000", 9.5),
}


@pytest.mark.parametrize(("own", "scrape", "seconds"), TIMEOUTS.values(), ids=TIMEOUTS.keys())
async def test_the_time_that_a_probe_has(own, scrape, seconds):
    assert probe_timeout(own, scrape) == seconds


async def test_metrics_are_gzipped_where_they_are_taken(world):
    """And not where they are refused."""
    async with world.client.get(
        "/metrics", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    ) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert b"\nclaude_exporter_targets 12.0\n" in gzip.decompress(await answer.read())
    async with world.client.get("/metrics", headers={"Accept-Encoding": "gzip;q=0"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert b"\nclaude_exporter_targets 12.0\n" in await answer.read()


CODINGS = {
    "what Prometheus sends": ("gzip", True),
    "one of several": ("deflate, gzip;q=0.8, br", True),
    "anything": ("*", True),
    "in capitals": ("GZip", True),
    "refused": ("gzip;q=0", False),
    "refused at length": ("gzip; q=0.000", False),
    "nothing": ("", False),
    "another one": ("br", False),
}


@pytest.mark.parametrize(("accepted", "taken"), CODINGS.values(), ids=CODINGS.keys())
async def test_who_takes_gzip(accepted, taken):
    assert takes_gzip(accepted) is taken


async def test_openmetrics_is_not_offered(world):
    """Who asks for it gets the text format, and is told so."""
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    async with world.client.get("/metrics", headers=accept) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "# EOF" not in await answer.text()


async def test_no_answer_has_a_secret(world):
    """The configuration shows where it comes from or that it is one, never what it is."""
    for path in ROUTES:
        assert (path, KEY in (await world.get(path))[1]) == (path, False)
    assert "x-api-key: <secret>" in (await world.get("/config"))[1]


async def test_ready_once_every_target_was_probed(world):
    """Healthy before that."""
    status, text = await world.get("/-/ready")
    assert (status, text.startswith("Not ready: no result yet of ")) == (503, True)
    assert await world.get("/-/healthy") == (200, "Healthy\n")
    world.exposed.probe()
    assert await world.get("/-/ready") == (200, "Ready\n")


async def test_a_target_that_cannot_be_probed_at_all_holds_nothing_up(world):
    for name in world.exposed.evaluator.tracked:
        world.exposed.exporter.blocked[name] = "no key"
    assert (await world.get("/-/ready"))[0] == 200


async def test_reload_says_what_went_wrong(world):
    assert await world.post("/-/reload") == (200, "")
    world.reload.problem = "exporter.yml:3:5: $.a: expected a known key, not 'a'"
    status, text = await world.post("/-/reload")
    assert (status, text) == (500, f"failed to reload config: {world.reload.problem}\n")


ELSEWHERE = {
    "a page of somebody else": {"Sec-Fetch-Site": "cross-site"},
    "a page on a neighbouring name": {"Sec-Fetch-Site": "same-site"},
    "an old browser on a page of somebody else": {"Origin": "https://evil.test"},
    "a page in a sandbox": {"Origin": "null"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1"},
    "whatever it claims as its origin": {"Sec-Fetch-Site": "cross-site", "Origin": ""},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE.keys())
async def test_no_page_of_elsewhere_can_post_through_a_visitors_browser(world, headers):
    for path in ("/-/reload", "/api/v1/notifications"):
        status, text = await world.post(path, b'{"alerts": []}', headers=headers)
        assert (path, status, text[:7]) == (path, 403, "Refused")
    assert world.reload.times == 0


async def test_a_program_and_our_own_page_may_post(world):
    ours = str(world.client.make_url("")).rstrip("/")
    for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": ours}):
        assert (await world.post("/-/reload", headers=headers))[0] == 200
    assert world.reload.times == 3


async def test_a_page_of_elsewhere_may_look(world):
    """A link to the page works; what it may not do is embed or read it."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await world.get("/", headers=headers))[0] == 200


async def test_a_body_over_the_limit_is_413(world):
    body = b'{"alerts": [], "x": "' + b"x" * BODY_LIMIT + b'"}'
    assert (await world.post("/api/v1/notifications", io.BytesIO(body)))[0] == 413
    assert json.loads((await world.get("/api/v1/notifications"))[1]) == {"notifications": []}


async def test_history_of_a_target_that_is_not_watched_is_404(world):
    status, text = await world.get("/api/v1/history?target=nobody")
    assert (status, text[:24]) == (404, "Unknown target 'nobody':")


async def test_a_runbook_is_served_as_text(world):
    async with world.client.get("/docs/alerts/ClaudeDown.md") as answer:
        found = answer.status, answer.headers["Content-Type"], await answer.text()
    assert found == (200, "text/plain; charset=utf-8", RUNBOOK)


RUNBOOKS = {
    "an alert nobody has": "/docs/alerts/Nothing.md",
    "the folder above": "/docs/alerts/../guide.md",
    "the folder above, encoded": "/docs/alerts/%2e%2e%2fguide.md",
    "the folder above, twice encoded": "/docs/alerts/%252e%252e%252fguide.md",
    "an absolute path": "/docs/alerts//etc/passwd.md",
    "NUL": "/docs/alerts/Claude%00.md",
    "the folder": "/docs/alerts/",
    "another file": "/docs/alerts/README.txt",
}


@pytest.mark.parametrize("path", RUNBOOKS.values(), ids=RUNBOOKS.keys())
async def test_no_path_leads_out_of_the_runbooks(world, path):
    raw = URL(f"{str(world.client.make_url('')).rstrip('/')}{path}", encoded=True)
    async with world.client.session.get(raw) as answer:
        assert answer.status == 404


async def test_a_page_below_another_path_keeps_its_links():
    """Behind a proxy at /claude/: every link of ours is relative."""
    exposed = await healthy()
    html = page_html(exposed.exporter, (), exposed.clock.now())
    links = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert links
    assert [link for link in links if link.startswith("/") or ":" in link] == []
