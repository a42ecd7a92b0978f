"""Transcripts: what their lines count as, and how their files are followed."""

import json
import os
from collections import Counter

import pytest

from claude_exporter.claude_code import follow, transcripts
from claude_exporter.claude_code.facts import Failed, Problem, Retried, Used
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.transcript_lines import LineReader, MalformedLineError
from claude_exporter.claude_code.transcripts import Transcripts
from claude_exporter.core.model import Sign

NOW = 1_787_000_003.0
AT = "2026-08-19T13:41:00.000Z"
MOMENT = 1_787_146_860.0


def failure(text, **more):
    message = {"model": "<synthetic>", "role": "assistant"}
    content = [{"type": "text", "text": text}]
    entry = {"type": "assistant", "timestamp": AT, "isApiErrorMessage": True}
    return {**entry, "message": {**message, "content": content}, **more}


def retry(error, **more):
    return {"type": "system", "subtype": "api_error", "level": "error", "error": error, **more}


def use(number=1, model="claude-opus-4-6", **more):
    usage = {"input_tokens": 3, "output_tokens": 20, "cache_read_input_tokens": 5000}
    message = {"model": model, "id": f"msg_{number}", "role": "assistant", "usage": usage}
    return {"type": "assistant", "message": message, "requestId": "req_1", "timestamp": AT, **more}


USED = Used(
    model="claude-opus-4-6",
    at=MOMENT,
    requests=1.0,
    tokens={"input": 3, "output": 20, "cacheRead": 5000},
)
OVERLOADED_BODY = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

LINES = {
    "a limit of the user's": (
        failure("You've hit your session limit", error="rate_limit", apiErrorStatus=429),
        Failed(MOMENT, Sign.RATE_LIMITED),
    ),
    "the status comes before the enum": (
        failure("API Error: 529 Overloaded.", error="server_error", apiErrorStatus=529),
        Failed(MOMENT, Sign.OVERLOADED),
    ),
    "without a status the text speaks": (
        failure("Not logged in · Please run /login", error="unknown"),
        Failed(MOMENT, Sign.AUTHENTICATION),
    ),
    "without both the enum does": (
        failure("Something new", error="oauth_org_not_allowed"),
        Failed(MOMENT, Sign.PERMISSION),
    ),
    "the API forbade it": (
        failure("Please run /login · API Error: 403 Request not allowed", apiErrorStatus=403),
        Failed(MOMENT, Sign.PERMISSION),
    ),
    "the old form has the body in its text": (
        failure(f"API Error: 529 {json.dumps(OVERLOADED_BODY)}"),
        Failed(MOMENT, Sign.OVERLOADED),
    ),
    "words clearer than their status": (
        failure("Server is temporarily limiting requests", apiErrorStatus=429),
        Failed(MOMENT, Sign.OVERLOADED),
    ),
    "a content that is a text, and no time": (
        {"type": "assistant", "isApiErrorMessage": True, "message": {"content": "API Error: 500"}},
        Failed(NOW, Sign.INTERNAL_ERROR),
    ),
    "an old retry": (
        retry({"status": 529, "requestID": "req_1", "error": OVERLOADED_BODY}, timestamp=AT),
        Retried(Sign.OVERLOADED),
    ),
    "a new retry": (
        retry({"message": "529 Overloaded", "status": 529, "isNetworkDown": False}, uuid="a"),
        Retried(Sign.OVERLOADED),
    ),
    "a retry without a socket": (
        retry({"cause": {"code": "FailedToOpenSocket", "path": "https://api.anthropic.com"}}),
        Retried(Sign.CONNECT),
    ),
    "a retry without a name": (retry({"cause": {"code": "ENOTFOUND"}}), Retried(Sign.DNS)),
    "a retry of a machine that is off line": (
        retry({"message": "x", "isNetworkDown": True}),
        Retried(Sign.CONNECT),
    ),
    "an answer": (use(), USED),
    "an answer with its cost": (
        use(costUSD=0.5),
        Used(model=USED.model, at=MOMENT, requests=1.0, tokens=USED.tokens, cost=0.5),
    ),
    "numbers that are none": (
        use(message={"model": "m", "usage": {"input_tokens": "3", "output_tokens": -1}}),
        Used(model="m", at=MOMENT, requests=1.0),
    ),
    "an answer that is made up": (use(model="<synthetic>"), None),
    "a prompt that speaks of usage": (
        {"type": "user", "message": {"content": '"usage" "api_error"'}},
        None,
    ),
    "a message that is no object": ({"type": "assistant", "message": "usage", "usage": 1}, None),
    "an error that is a text": (retry("oops"), Retried(Sign.UNEXPECTED)),
}


@pytest.mark.parametrize(("entry", "fact"), LINES.values(), ids=LINES)
def test_a_line(entry, fact):
    assert LineReader(Seen(8)).fact(json.dumps(entry).encode(), NOW) == fact


@pytest.mark.parametrize(
    "line", [b'{"usage":', b'["usage"]', b'"usage"' + b"[" * 99_999, b'"usage"\xff']
)
def test_a_line_that_is_none(line):
    with pytest.raises(MalformedLineError):
        LineReader(Seen(8)).fact(line, NOW)


REPEATED = {
    "a message is written once per block": (use(), use(uuid="b"), 1),
    "a resumed session repeats its failures": (failure("x"), failure("x", uuid="b"), 1),
    "another message counts": (use(1), use(2), 2),
    "another failure counts": (failure("x"), failure("x", timestamp="2026-08-19T13:42:00Z"), 2),
    "another attempt counts": (
        retry({"status": 529}, timestamp=AT, retryAttempt=1),
        retry({"status": 529}, timestamp=AT, retryAttempt=2),
        2,
    ),
    "the same attempt does not": (
        retry({"status": 529}, timestamp=AT, uuid="u", retryAttempt=1),
        retry({"status": 529}, timestamp=AT, uuid="u", retryAttempt=1),
        1,
    ),
}


@pytest.mark.parametrize(("one", "other", "count"), REPEATED.values(), ids=REPEATED)
def test_what_counts_once(one, other, count):
    """In whichever file it stands."""
    seen = Seen(8)
    facts = [LineReader(seen).fact(json.dumps(each).encode(), NOW) for each in (one, other)]
    assert sum(fact is not None for fact in facts) == count


def test_a_failure_has_the_model_of_the_session():
    reader = LineReader(Seen(8))
    lines = [json.dumps(each).encode() for each in (use(), failure("API Error: 529 x"))]
    assert [reader.fact(line, NOW) for line in lines][1].model == "claude-opus-4-6"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project").mkdir()
    return tmp_path


def text_of(*entries):
    return "".join(f"{json.dumps(each)}\n" for each in entries)


def new_messages(followed):
    """How many facts one poll brings, and its problems."""
    problems, facts = followed.scan(), []
    while followed.pending:
        step = followed.step(NOW)
        facts += step.facts
        problems += step.problems
    return len(facts), dict(problems)


def started(folder):
    followed = Transcripts(folder)
    assert new_messages(followed) == (0, {})
    return followed


def test_history_is_not_news(folder):
    """What is there at first is passed over, up to the last whole line."""
    path = folder / "project" / "a.jsonl"
    path.write_text(text_of(use(1)) + json.dumps(use(2))[:20])
    followed = started(folder)
    path.write_text(text_of(use(1), use(2), use(3)))
    assert new_messages(followed) == (2, {})


def test_files_grow_come_and_go(folder):
    """Subagents write into deeper folders; half a line waits for its other half."""
    followed = started(folder)
    path, deep = folder / "project" / "a.jsonl", folder / "project" / "s" / "subagents"
    deep.mkdir(parents=True)
    path.write_text(text_of(use(1)) + json.dumps(use(2))[:20])
    (deep / "agent-1.jsonl").write_text(text_of(use(3)))
    (folder / "project" / "a.json").write_text(text_of(use(4)))
    assert new_messages(followed) == (2, {})
    assert new_messages(followed) == (0, {})
    with path.open("a") as file:
        file.write(json.dumps(use(2))[20:] + "\n")
    assert new_messages(followed) == (1, {})
    path.unlink()
    assert new_messages(followed) == (0, {})
    assert len(followed.document()["places"]) == 1


CHANGES = {
    "truncated": lambda path: path.write_text(text_of(use(11))),
    "replaced by a longer one under the same inode": lambda path: path.write_text(
        text_of(use(11, padding="x" * 5000))
    ),
    "rotated": lambda path: (path.rename(f"{path}.1"), path.write_text(text_of(use(11)))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_is_another_one_is_read_from_its_beginning(folder, change):
    followed = started(folder)
    path = folder / "project" / "a.jsonl"
    path.write_text(text_of(use(1), use(2), use(3)))
    assert new_messages(followed) == (3, {})
    change(path)
    assert new_messages(followed) == (1, {})


def test_a_restart_goes_on_where_it_was(folder):
    """With the offsets and the latest digests, and without a path or an id in the state."""
    followed = started(folder)
    path = folder / "project" / "a.jsonl"
    path.write_text(text_of(use(1)))
    assert new_messages(followed) == (1, {})
    kept = json.dumps(followed.document())
    with path.open("a") as file:
        file.write(text_of(use(1), use(2)))
    assert new_messages(Transcripts(folder, json.loads(kept))) == (1, {})
    assert not any(word in kept for word in ("project", "jsonl", "msg_1", "req_1"))


@pytest.mark.parametrize(
    "document", [None, [], {"root": 1}, {"root": "1:1", "places": {"a": [-1]}}]
)
def test_a_state_that_cannot_be_read_is_a_first_start(folder, document):
    (folder / "project" / "a.jsonl").write_text(text_of(use(1)))
    assert new_messages(Transcripts(folder, document)) == (0, {})


def test_links_and_pipes_are_left_out(folder, tmp_path_factory):
    """A link out of the tree would be a way to have any file read."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "b.jsonl").write_text(text_of(use(1)))
    followed = started(folder)
    (folder / "link.jsonl").symlink_to(outside / "b.jsonl")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe.jsonl")
    assert new_messages(followed) == (0, {})


def test_a_line_too_long_is_passed_over(folder, monkeypatch):
    """It is told once, never held, and a restart in its middle goes on after it."""
    monkeypatch.setattr(follow, "CHUNK", 64)
    monkeypatch.setattr(follow, "LINE_LIMIT", 500)
    followed = started(folder)
    path = folder / "project" / "a.jsonl"
    path.write_text(text_of(use(1)) + "x" * 5000)
    assert new_messages(followed) == (1, {Problem.TOO_LARGE: 1})
    followed = Transcripts(folder, json.loads(json.dumps(followed.document())))
    with path.open("a") as file:
        file.write('"usage"\n' + text_of(use(2)))
    assert new_messages(followed) == (1, {})


def test_a_step_is_bounded(folder, monkeypatch):
    """What one step leaves the next one reads, also where another scan comes between."""
    monkeypatch.setattr(follow, "CHUNK", 256)
    monkeypatch.setattr(transcripts, "STEP", 1000)
    followed = started(folder)
    (folder / "project" / "a.jsonl").write_text(text_of(*map(use, range(50))))
    followed.scan()
    first = len(followed.step(NOW).facts)
    assert 0 < first < 10
    assert first + new_messages(followed)[0] == 50


def test_what_is_broken_is_counted(folder):
    followed = started(folder)
    (folder / "project" / "a.jsonl").write_text('{"usage":\n' + text_of(use(1)) + "\n\0\n")
    assert new_messages(followed) == (1, {Problem.MALFORMED: 1})


def test_too_many_files_are_said(folder, monkeypatch):
    followed = started(folder)
    monkeypatch.setattr(transcripts, "FILE_LIMIT", 2)
    for name in "abc":
        (folder / f"{name}.jsonl").write_text(text_of(use(name)))
    assert new_messages(followed) == (2, {Problem.OVERFLOW: 1})


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        Transcripts(tmp_path / "none").scan()


def test_what_is_remembered_is_bounded():
    seen = Seen(10)
    for number in range(1000):
        assert seen.add("a", str(number))
    assert not seen.add("a", "995")
    assert seen.add("a", "5")
    assert len(seen._now) + len(seen._before) <= 20


def test_borders_of_keys_count():
    seen = Seen(10)
    assert [seen.add("a", "bc"), seen.add("ab", "c")] == [True, True]
    assert Counter(seen.add("x", "y") for _ in range(3)) == {True: 1, False: 2}
