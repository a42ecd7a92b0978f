"""Counts are all that leaves: no title, text, author, address or id comes out anywhere."""

import io
import json
import logging
import zipfile

from support.crowd import BEGAN, calm_hours, crowd, said

from claude_exporter.config.load import load_config
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.plan import plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.simulator.community import Mood
from claude_exporter.support.handler import support_bundle
from claude_exporter.web.exposition import Exposition

MARK = "zqx7"
FILE = """
community:
  reddit: {enabled: true}
  hacker_news: {enabled: true}
"""


def marked(number):
    """Somebody who can be recognised in everything."""
    return said(
        f"{MARK}{number}",
        BEGAN - 60 * number,
        f"Claude is down, says {MARK}",
        author=f"{MARK}-author-{number}",
        text=f"{MARK} text",
        link=f"https://status.claude.com/{MARK}",
    )


def unpacked(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        return "\n".join(bundle.read(name).decode() for name in bundle.namelist())


async def test_nothing_of_anybody_comes_out(tmp_path, caplog):
    """Neither on /metrics, nor in the log, the state file or the support bundle."""
    caplog.set_level(logging.DEBUG, "claude_exporter")
    path = tmp_path / "config.yml"
    path.write_text(FILE)
    config = load_config(path, {})
    document = {name: calm_hours(BEGAN) for name in ("reddit", "hacker_news")}
    async with crowd(config.community, document) as world:
        state = tmp_path / "state.db"
        exporter = Exporter(plan_of(config), world.clock, StateFile(state))
        exporter.community = world.community
        world.server.posts = [marked(number) for number in range(11)]
        for mood in (Mood.OPEN, Mood.HOSTILE, Mood.OPEN):
            world.server.mood = mood
            for job in world.community.jobs():
                await job.run()
            exporter.judge()
        assert exporter.evaluator.others_report is True

        await exporter.save()
        seen = {
            "metrics": (await Exposition(exporter).rendered(0)).decode(),
            "log": caplog.text + repr([vars(record) for record in caplog.records]),
            "kept": json.dumps(exporter.document("community")),
            "state": state.read_bytes().decode("latin-1"),
            "bundle": unpacked((await support_bundle(exporter)).body),
        }
    assert 'claude_community_reports{source="reddit"} 11.0' in seen["metrics"]
    assert [name for name, text in seen.items() if MARK in text] == []
