"""`claude-exporter watch`: what it reads, what it tells, and when it ends."""

import asyncio
import io
import json

import pytest
from click.testing import CliRunner
from rich.console import Console
from support.wire import answers, serve

from claude_exporter.cli.main import main
from claude_exporter.cli.watch_follow import Follow, changes
from claude_exporter.cli.watch_looks import Exporter, Look, client_for, look_of, shown_url
from claude_exporter.cli.watch_tell import Lines, View

AT = 1_772_853_073.0


def entry(surface="api", action="none", row="fine", **more):
    words = {"title": "Claude works", "reason": "It answers.", "typical": "", "next": []}
    return {"surface": surface, "action": action, "row": row, "since": AT - 61, **words, **more}


DOWN = {
    "action": "escalate",
    "row": "unacknowledged",
    "title": "Claude is down",
    "reason": "It failed for 12 min.",
    "next": ["Tell them."],
    "forecast": {"within": {"900": 0.2, "3600": 0.534}},
}
FINE = look_of({"verdicts": [entry(), entry("web")]}, ())
BROKEN = look_of({"verdicts": [entry(**DOWN), entry("web")]}, ())
LOST = Look(said={}, trouble="no answer: refused")
UNKNOWN = look_of({"verdicts": [entry(row="unknown")]}, ())


class Script:
    """Looks in this order; the last one again and again."""

    where = "a script"

    def __init__(self, *looks):
        self.looks = list(looks)

    async def look(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def followed(*looks, until_fine=False, stop_after=30.0, asked=False, as_json=False, capsys):
    async def run():
        event = asyncio.Event()
        if asked:
            event.set()
        follow = Follow(Script(*looks), Lines(lambda: AT, as_json=as_json), 0.001, until_fine)
        return await follow.run(event, stop_after)

    status = asyncio.run(run())
    return status, capsys.readouterr().out.splitlines()


OVER = {"stop_after": 0.5}  # seconds, for two looks of a thousandth each
ENDS = {
    "fine ends it with 0 where that is wanted": ((BROKEN, FINE), {"until_fine": True}, 0),
    "time over is the last verdict's status": ((BROKEN,), OVER, 3),
    "time over before it is fine is, too": ((BROKEN,), OVER | {"until_fine": True}, 3),
    "no time at all is one look": ((BROKEN,), {"stop_after": 0.0}, 3),
    "time over without an answer could not tell": ((BROKEN, LOST), OVER, 4),
    "an unknown verdict is not fine": ((UNKNOWN,), OVER | {"until_fine": True}, 4),
    "Ctrl-C is a usual end": ((BROKEN,), {"asked": True}, 0),
    "Ctrl-C before it is fine is no success": ((BROKEN,), {"asked": True, "until_fine": True}, 130),
}


@pytest.mark.parametrize(("looks", "options", "status"), ENDS.values(), ids=ENDS.keys())
def test_exit_status(looks, options, status, capsys):
    """What `watch --until-fine && deploy` relies on."""
    assert followed(*looks, capsys=capsys, **options)[0] == status


def test_a_pipe_gets_a_line_for_each_change_and_nothing_else(capsys):
    """Every surface at first, then what changed; trouble once, and once that it is over."""
    _, lines = followed(BROKEN, BROKEN, LOST, LOST, BROKEN, FINE, until_fine=True, capsys=capsys)
    assert lines == [
        "2026-03-07T03:11:13Z api escalate (unacknowledged) Claude is down. It failed for 12 min.",
        "2026-03-07T03:11:13Z web none (fine) Claude works. It answers.",
        "2026-03-07T03:11:13Z no answer: refused",
        "2026-03-07T03:11:13Z answers again",
        "2026-03-07T03:11:13Z api none (fine) Claude works. It answers.",
    ]


def test_json_lines_say_what_it_was_before(capsys):
    _, lines = followed(BROKEN, FINE, until_fine=True, as_json=True, capsys=capsys)
    found = [json.loads(line) for line in lines]
    assert [(each["surface"], each["before"], each["action"]) for each in found] == [
        ("api", None, "escalate"),
        ("web", None, "none"),
        ("api", "escalate", "none"),
    ]
    assert found[0]["how_long"] == "over within 15 min 20%, 60 min 53%"


def test_a_change_is_another_action_or_row():
    """Not another reason: spans in it change all the time."""
    before = look_of({"verdicts": [entry(**DOWN)]}, ()).said
    longer = look_of({"verdicts": [entry(**DOWN | {"reason": "13 min"})]}, ()).said
    other = look_of({"verdicts": [entry(**DOWN | {"row": "silent-incident"})]}, ()).said
    assert changes(before, longer) == []
    assert [each.now.row for each in changes(before, other)] == ["silent-incident"]


def test_only_the_wanted_surfaces_are_watched():
    assert set(look_of({"verdicts": [entry(), entry("web")]}, ("web",)).said) == {"web"}


STRANGE = {
    "a list": [],
    "no verdicts": {"at": 1},
    "verdicts that are no objects": {"verdicts": [1]},
    "nothing": None,
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE.keys())
def test_an_answer_of_another_shape_is_trouble_not_news(answer):
    look = look_of(answer, ())
    assert look.trouble
    assert not look.fine
    assert look.exit_status == 4


def test_fields_of_another_shape_are_left_out_and_no_letter_commands_the_terminal():
    """Whoever answers at that address."""
    odd = entry(
        title="\x1b[2J\x07gone", next=7, since="x", forecast={"within": {"a": 1, "60": "b"}}
    )
    said = look_of({"verdicts": [odd]}, ()).said["api"]
    assert (said.title, said.steps, said.since) == (" [2J gone", (), 0.0)


def drawn(*looks, width=80):
    console = Console(
        file=io.StringIO(), width=width, height=24, force_terminal=True, color_system=None
    )
    view = View(console, lambda: AT, "the exporter at http://127.0.0.1:9529", "Ctrl-C ends it.")
    for look in looks:
        view.tell(look, changes(view.known, look.said))
    console.file = io.StringIO()
    console.print(view.drawn())
    return console.file.getvalue()


VIEW = """\
Claude, by the exporter at http://127.0.0.1:9529, 03:11:13 UTC

ESCALATE  api  for 61 s  Claude is down
fine      web  for 61 s  Claude works

It failed for 12 min.
How long: over within 15 min 20%, 60 min 53%.
1. Tell them.

03:11:13  api     fine -> ESCALATE  Claude is down

Ctrl-C ends it.
"""


def test_the_view_says_worst_first_what_to_do_and_what_changed():
    assert drawn(FINE, BROKEN) == VIEW


def test_the_view_keeps_what_was_known_and_says_that_it_cannot_tell():
    shown = drawn(BROKEN, LOST)
    assert "Cannot tell: no answer: refused. What was known before:" in shown
    assert "ESCALATE" in shown


@pytest.mark.parametrize("width", [40, 60, 200])
def test_no_line_of_the_view_is_wider_than_the_terminal(width):
    assert max(map(len, drawn(FINE, BROKEN, width=width).splitlines())) <= width


def test_before_the_first_look_the_view_says_so():
    assert "looking for the first time" in drawn()


ANSWERS = {
    "another status": (answers(503), "expected 200, got 503"),
    "no JSON": (answers(200, b"<html>"), "the answer is not JSON"),
    "bytes that are no text": (answers(200, b"\xff\xfe\x00"), "the answer is not JSON"),
}


@pytest.mark.parametrize(("act", "trouble"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_an_exporter_that_answers_otherwise_is_trouble(act, trouble):
    async with serve(act) as wire, client_for(wire.url) as client:
        assert (await Exporter(client, wire.url, ()).look()).trouble == trouble


async def test_an_exporter_that_is_asked_by_its_base_url():
    body = json.dumps({"verdicts": [entry()]}).encode()
    async with serve(answers(200, body)) as wire, client_for(wire.url) as client:
        assert (await Exporter(client, wire.url + "/", ()).look()).fine


def test_a_password_is_not_shown():
    assert shown_url("https://user:hunter2@example.com/claude/") == "https://example.com/claude"


WRONG = {
    "a URL without a scheme": (["--url", "localhost:9529"], "expected a URL like http://"),
    "two sources": (["--url", "http://h", "--config.file", "x"], "not both"),
    "a surface that is not there": (["--surface", "wbe"], "'web', 'api', 'code', 'console'"),
    "a span without a unit": (["--for", "5"], "add a unit, as in 5s"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG.keys())
def test_wrong_usage_is_no_verdict(options, said):
    done = CliRunner().invoke(main, ["watch", *options])
    assert done.exit_code == 4
    assert said in done.output
