"""The command reads a history, replays it, and tells the same in a pipe, Markdown and JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.incidents import as_lines
from support.outages import incident

from claude_exporter.cli.backtest import backtest

PLAIN = ("--noise", "none")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A file with two outages: one paged, one acknowledged in time."""
    told = [
        incident(1, start=13, end=71, posted=70, resolved=90),
        incident(2, start=213, end=271, posted=218, resolved=290, impact="minor"),
    ]
    path = tmp_path / "history.jsonl"
    path.write_text(as_lines(told), encoding="utf-8")
    return path


def test_it_prints_and_writes_one_result(history: Path, tmp_path: Path) -> None:
    """80 columns at most; no title and no id of an incident leaves the history."""
    json_out, markdown_out = tmp_path / "out.json", tmp_path / "out.md"
    wanted = [str(history), *PLAIN, "--json", str(json_out), "--markdown", str(markdown_out)]
    result = CliRunner().invoke(backtest, wanted)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split() == ["outages", "these", "probes", "can", "see", "2"] for line in lines)
    document = json.loads(json_out.read_text(encoding="utf-8"))
    (found,) = document["results"]
    endings = [it["ending"] for it in found["outages"]]
    assert endings == ["paged before the page spoke", "never: acknowledged first"]
    assert (found["summary"]["required"], found["summary"]["caught"]) == (2, 2)
    assert {name: it["outages"] for name, it in found["by_impact"].items()} == {
        "major": 1,
        "minor": 1,
    }
    assert found["by_year"].keys() == {"2025"}
    assert 600 <= found["summary"]["page_after"]["median"] <= 634
    assert sum(found["useless_pages_per_month"].values()) == 0
    assert {it["true"] for it in found["confusion"]} >= {"fine", "outage, page silent"}
    assert "| outages these probes can see | 2 |" in markdown_out.read_text(encoding="utf-8")
    written = json_out.read_text(encoding="utf-8") + result.output
    assert "made-up" not in written
    assert "API outage" not in written


def test_a_terminal_sees_how_far_it_is(history: Path) -> None:
    """On standard error, and gone at the end; the result in the pipe is the same."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "claude_exporter", "backtest", str(history), *PLAIN]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    shown = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=theirs, env=environ, check=True, text=True
    )
    os.close(theirs)
    seen = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "1/1 full failure, keyless" in seen
    piped = CliRunner().invoke(backtest, words[4:])
    assert (piped.stdout, piped.stderr) == (shown.stdout, "")


def test_thresholds_stand_side_by_side(history: Path) -> None:
    """A later page for a larger escalate_after, up to none."""
    result = CliRunner().invoke(
        backtest, [str(history), *PLAIN, "--compare", "escalate_after=10m,2h"]
    )
    assert result.exit_code == 0, result.output
    paged = next(it for it in result.output.splitlines() if it.startswith("paged before"))
    assert paged.split()[-2:] == ["1", "0"]


MISTAKES = {
    "an unknown threshold": (("--compare", "patience=10m"), "expected one of account_after"),
    "no duration": (("--compare", "escalate_after=soon"), "--compare"),
    "an unknown noise": (("--noise", "rain=1"), "--noise: expected one of blips"),
    "an unknown impact": (("--severity", "huge=1"), "--severity: expected one of none"),
    "no date": (("--since", "May"), "--since: expected a date like 2025-07-01"),
    "nothing in that time": (("--since", "2031-01-01"), "found none of 2 in that time"),
}


@pytest.mark.parametrize(("flags", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told(history: Path, flags: tuple[str, ...], message: str) -> None:
    """What was wanted and what was found, and nothing is replayed."""
    result = CliRunner().invoke(backtest, [str(history), *flags])
    assert result.exit_code != 0
    assert message in " ".join(result.output.split())


def test_a_broken_history_is_told_with_file_and_line(tmp_path: Path) -> None:
    """As the forecast's reader says it."""
    path = tmp_path / "odd.jsonl"
    path.write_text("{}\nno json\n", encoding="utf-8")
    result = CliRunner().invoke(backtest, [str(path)])
    assert result.exit_code == 1
    assert "odd.jsonl:1: $.posted_at: expected a moment" in result.output
