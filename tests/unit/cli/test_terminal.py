"""What every command's words share, on a real pseudo-terminal and in a pipe."""

import os
import pty
import sys
from contextlib import contextmanager

import pytest
from rich.text import Text

from claude_exporter.cli.terminal import (
    Trimmed,
    action_badge,
    hanging,
    indented,
    somebody_watches,
    words_to,
    working,
)

RED = "\x1b[1;37;41m"


@contextmanager
def on_a_terminal(monkeypatch):
    """Standard output and error are a pseudo-terminal; yields a function that reads what came."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        yield lambda: _said(ours, stream)
        monkeypatch.undo()
    os.close(ours)


def _said(ours, stream):
    """All that was written so far: one read of a terminal may give only a part of it."""
    end = b"<end>"
    stream.write(end.decode())
    stream.flush()
    said = b""
    while not said.endswith(end):
        said += os.read(ours, 65536)
    return said.removesuffix(end).decode()


# environment -> on a terminal: is it red, is it bold
LOOKS = {
    "colours on a terminal": ({"TERM": "xterm-256color"}, True),
    "NO_COLOR takes the colours off": ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
    "a dumb terminal has none": ({"TERM": "dumb"}, False),
}


@pytest.mark.parametrize(("environment", "coloured"), LOOKS.values(), ids=LOOKS.keys())
def test_a_terminal(environment, coloured, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with on_a_terminal(monkeypatch) as seen:
        words_to().print(action_badge("escalate"))
        said = seen()
    assert "ESCALATE" in said
    assert ("41m" in said) is coloured


@pytest.mark.parametrize(("force", "coloured"), [("1", True), ("", False)])
def test_a_pipe_has_no_colours_but_where_they_are_forced(force, coloured, monkeypatch, capsys):
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", force)
    words_to().print(action_badge("escalate"))
    assert (RED in capsys.readouterr().out) is coloured


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("80", 80), ("200", 100)])
def test_text_is_as_wide_as_the_terminal_but_no_wider_than_a_hundred(
    columns, width, monkeypatch, capsys
):
    monkeypatch.setenv("COLUMNS", columns)
    words_to().print(Trimmed(Text("word " * 60)))
    widest = max(len(line) for line in capsys.readouterr().out.splitlines())
    assert width - 5 < widest <= width


def test_no_line_ends_with_blanks(capsys):
    """Tables fill their columns; a pipe and a copied screen want none of that."""
    words_to().print(indented(hanging("1.", "one two " * 20), 3))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [line.rstrip() for line in lines]
    assert lines[0].startswith("   1. one two")
    assert lines[1].startswith("      one")


def test_work_is_shown_on_a_terminal_and_gone_afterwards(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    with on_a_terminal(monkeypatch) as seen:
        assert somebody_watches()
        with working("probing", 2) as done:
            done()
        said = seen()
    assert "probing" in said
    assert said.endswith("\x1b[2K")


def test_work_in_a_pipe_is_silent(capsys):
    with working("probing", 2) as done:
        done()
    assert capsys.readouterr() == ("", "")


ACTIONS = {"none": "fine", "wait": "WAIT", "troubleshoot": "TROUBLESHOOT", "escalate": "ESCALATE"}


@pytest.mark.parametrize(("action", "word"), ACTIONS.items())
def test_an_action_is_said_by_a_word_not_by_a_colour(action, word):
    assert action_badge(action).plain == word
    assert action_badge(action, "unknown").plain == "unknown"
