"""The history of a page is asked for once, politely; what goes wrong is seen and harmless."""

from contextlib import asynccontextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.clock import FakeClock
from support.exposed import default_plan, scrape_of
from support.statuspage_body import body, incident
from support.statuspage_server import HANG, PageServer, Reply, json_reply

from claude_exporter.config import load_config
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.past_record import Backfill
from claude_exporter.runtime.plan import plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.simulator.page_history import HistoryItem, history_html
from claude_exporter.web.incidents_answer import incidents_answer
from claude_exporter.web.watch_text import watch_text

DAY = 86_400.0
NOW = 1_700_000_003.0
TITLE = "Marked title 7f3a of an incident"
ITEMS = [
    HistoryItem(
        code=f"code{n}",
        name=f"{TITLE} {n}",
        impact="minor",
        started_at=1_699_999_980.0 - n * DAY,
        ended_at=1_699_999_980.0 - n * DAY + 60 * (n + 1),
    )
    for n in range(5)
]
GOOD = Reply(body=history_html(ITEMS))


class World:
    """A page whose history answers by *script*, and an exporter that only polls it."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.now = NOW

    def start(self, *, timeout="1s", **page):
        """A new start of the exporter with what the state file has."""
        (self.folder / "exporter.yml").write_text(
            "network: {proxy_from_environment: false}\n"
            "default_targets: false\nallow_no_control: true\n"
            "status_pages:\n"
            f"  - name: claude\n    url: {self.server.url}\n    aliases: []\n"
            f"    timeout: {timeout}\n"
            + "".join(f"    {key}: {value}\n" for key, value in page.items())
        )
        plan = plan_of(load_config(self.folder / "exporter.yml", {}))
        self.clock = FakeClock(now=self.now)
        self.exporter = Exporter(plan, self.clock, StateFile(self.folder / "state.db"))
        self.jobs = {job.name: job for job in self.exporter._jobs()}
        return self.exporter

    async def poll(self):
        await self.jobs["page/claude"].run()

    async def stop(self):
        await self.exporter.save()
        self.exporter.state_file.close()
        await self.exporter._client.aclose()
        self.now = self.clock.now()

    @property
    def asked(self):
        return [each.target for each in self.server.requests if each.target == "/history"]

    def answer(self):
        return incidents_answer(self.exporter)["pages"][0]


@asynccontextmanager
async def world(history, tmp_path):
    def script(request):
        if request.target == "/history":
            return history(request) if callable(history) else history
        return json_reply(body(incidents=[incident("open1", status="investigating")]))

    async with PageServer(script) as server:
        yield World(server, tmp_path)


def backfilled(exporter):
    families = text_string_to_metric_families(watch_text(scrape_of(exporter)))
    return [s.value for f in families for s in f.samples if s.name.endswith("page_backfilled")]


async def test_it_is_asked_once_also_after_a_restart(tmp_path):
    """And what it said is still known, without a title in the state file."""
    async with world(GOOD, tmp_path) as seen:
        exporter = seen.start()
        for _ in range(3):
            await seen.poll()
        found = seen.answer()
        assert (len(seen.asked), backfilled(exporter)) == (1, [1.0])
        assert [each["id"] for each in found["incidents"][1:]] == [f"code{n}" for n in range(5)]
        assert found["incidents"][1]["title"] == f"{TITLE} 0"
        assert found["figures"]["7d"]["count"] == 5
        assert found["figures"]["7d"]["median_duration"] == 180.0
        await seen.stop()
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
        assert (TITLE.encode() in kept, b"Elevated" in kept, b"code3" in kept) == (
            False,
            False,
            True,
        )
        seen.start()
        await seen.poll()
        again = seen.answer()
        assert (len(seen.asked), again["backfill"]["state"]) == (1, "done")
        assert [each["duration"] for each in again["incidents"]] == [None, 60, 120, 180, 240, 300]
        assert again["incidents"][1]["title"] is None
        await seen.stop()


FAULTS = {
    "a page that has none": (Reply(status=404), "http_status"),
    "a challenge": (Reply(status=405, headers={"x-amzn-waf-action": "captcha"}), "waf"),
    "a page of another kind": (Reply(body=b"<html>moved</html>"), "unreadable"),
    "one that is too long": (Reply(body=b"x" * 9000, endless=True), "too_large"),
    "one that never answers": (HANG, "timeout"),
    "one that is no HTTP": (Reply(raw=b"nonsense\r\n\r\n"), "protocol"),
}


@pytest.mark.parametrize(("history", "fault"), FAULTS.values(), ids=FAULTS.keys())
async def test_what_goes_wrong_is_seen_and_harmless(history, fault, tmp_path):
    """The page itself is read as before; it is tried three times in all, a day apart."""
    async with world(history, tmp_path) as seen:
        exporter = seen.start(max_body="64KiB", timeout="200ms" if history is HANG else "1s")
        for _ in range(3):
            await seen.poll()
        assert (len(seen.asked), backfilled(exporter)) == (1, [0.0])
        state = seen.answer()["backfill"]
        assert (state["state"], state["problem"].split(":")[0]) == ("failed", fault)
        report = exporter.evaluator.pages["claude"]
        assert (report.fault, len(report.content.incidents)) == (None, 1)
        for _ in range(4):
            await seen.clock.advance(DAY)
            await seen.poll()
        assert len(seen.asked) == 3
        await seen.stop()


async def test_a_history_that_says_too_many_requests_is_a_refusal_of_the_whole_address(tmp_path):
    async with world(Reply(status=429, headers={"retry-after": "300"}), tmp_path) as seen:
        exporter = seen.start()
        await seen.poll()
        before = len(seen.server.requests)
        await seen.poll()
        assert len(seen.server.requests) == before == 2
        await seen.clock.advance(301)
        await seen.poll()
        assert len(seen.server.requests) == 3
        assert exporter.evaluator.pages["claude"].fault is None
        await seen.stop()


async def test_it_can_be_turned_off(tmp_path):
    async with world(GOOD, tmp_path) as seen:
        exporter = seen.start(backfill="false")
        await seen.poll()
        assert (seen.asked, backfilled(exporter), seen.answer()["backfill"]["state"]) == (
            [],
            [],
            "off",
        )
        await seen.stop()


async def test_nothing_is_asked_while_the_page_cannot_be_read(tmp_path):
    async with world(GOOD, tmp_path) as seen:
        seen.server.script = lambda _: Reply(status=500)
        seen.start()
        await seen.poll()
        assert not seen.asked
        assert seen.answer()["backfill"] == {
            "state": "not asked",
            "asked_at": None,
            "problem": None,
        }
        await seen.stop()


@pytest.mark.parametrize("kept", [7, {"incidents": [1]}, {"backfills": {"claude": {"tries": "x"}}}])
def test_a_record_that_cannot_be_read_is_begun_again(kept, tmp_path, caplog):
    state = StateFile(tmp_path / "state.db")
    state.load()
    state.save({"kept:past": kept}, 1.0)
    state.close()
    exporter = Exporter(default_plan(), FakeClock(), StateFile(tmp_path / "state.db"))
    assert exporter.pages.past.incidents("claude") == ()
    assert "saved past incidents cannot be read" in caplog.text
    exporter.state_file.close()


DUE = {
    "never asked": (Backfill(), True),
    "asked an hour ago, in vain": (Backfill(tries=1, asked_at=NOW - 3600), False),
    "asked a day ago, in vain": (Backfill(tries=1, asked_at=NOW - DAY), True),
    "asked three times in vain": (Backfill(tries=3, asked_at=NOW - 9 * DAY), False),
    "answered": (Backfill(tries=1, asked_at=NOW - 9 * DAY, filled_at=NOW - 9 * DAY), False),
    "asked in a future that was none": (Backfill(tries=1, asked_at=NOW + 400 * DAY), True),
}


@pytest.mark.parametrize(("state", "due"), DUE.values(), ids=DUE.keys())
def test_when_it_may_be_asked(state, due):
    assert state.is_due(NOW) is due


async def test_a_reload_forgets_no_refusal(tmp_path):
    """The source of a page that did not change goes on with its ETag and its pause."""
    async with world(GOOD, tmp_path) as seen:
        exporter = seen.start()
        seen.server.script = lambda _: Reply(status=429, headers={"retry-after": "900"})
        await seen.poll()
        list(exporter.pages.jobs(exporter.plan.pages, exporter._client))
        await seen.poll()
        assert len(seen.server.requests) == 1
        changed = exporter.plan.pages[0].model_copy(update={"timeout": 0.5})
        list(exporter.pages.jobs((changed,), exporter._client))
        await seen.poll()
        assert len(seen.server.requests) == 2
        await seen.stop()
