"""Every sentence of the guide has its row, metric, alert, command, runbook and test, by name."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from claude_exporter.cli.main import COMMANDS
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign
from claude_exporter.web.metrics import CATALOGUE

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "guide-coverage.md"
GUIDE = shipped_guide()


class Line(NamedTuple):
    """One line of the table, each cell split into what it names."""

    sentence: str
    rows: tuple[str, ...]
    metrics: tuple[str, ...]
    alerts: tuple[str, ...]
    commands: tuple[str, ...]
    people: tuple[str, ...]
    tests: tuple[str, ...]


def line_of(text):
    sentence, *cells = (cell.strip() for cell in text.strip().strip("|").split(" | "))
    named = (tuple(re.findall(r"[`“\[]([^`”\]]+)[`”\]]", cell)) for cell in cells)
    return Line(sentence, *named)


def sections():
    """The lines of each section, by its heading."""
    parts = re.split(r"^## (.+)\n", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = zip(parts[::2], parts[1::2], strict=True)
    return {
        heading: [line_of(text) for text in body.splitlines() if text.startswith("| ")][1:]
        for heading, body in found
        if "| The guide |" in body
    }


SECTIONS = sections()
LINES = [line for lines in SECTIONS.values() for line in lines]


FAMILIES = {desc.name for desc in CATALOGUE}


@cache
def rules():
    groups = [
        group
        for path in (ROOT / "alerts" / "rules").glob("*.yml")
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


@cache
def promtool_tests():
    files = (ROOT / "alerts" / "tests").glob("*.yml")
    return {
        test["name"]
        for path in files
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    }


def test_every_section_of_the_guide_is_there():
    """In the guide's own order."""
    assert list(SECTIONS) == [
        "Quick Status Check",
        "Common Signs Claude is Down",
        "First Steps - Check Your Connection",
        "Claude Code Specific Troubleshooting",
        "When to Wait vs. Troubleshoot",
        "Common Error Messages",
        "Prevention and Monitoring",
        "Best Practices During Outages",
        "When to Contact Support",
        "Service Disruption Alert",
    ]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.sentence)
def test_what_a_line_names_exists(line):
    """Rows, signs, metrics, alerts with a runbook, commands."""
    known = {row.key for row in GUIDE.rows} | {f"sign:{sign}" for sign in Sign}
    assert set(line.rows) <= known
    assert set(line.metrics) <= FAMILIES
    assert set(line.alerts) <= rules()
    assert all((ROOT / "docs" / "alerts" / f"{name}.md").is_file() for name in line.alerts)
    assert set(line.commands) <= set(COMMANDS)
    assert any((line.rows, line.metrics, line.alerts, line.commands, line.people))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.sentence)
def test_a_line_has_a_test_that_exists(line):
    """A function of a test file, or a test of promtool by its name."""
    assert line.tests
    for name in line.tests:
        if name.startswith("promtool: "):
            assert name.removeprefix("promtool: ") in promtool_tests()
            continue
        path, function = name.split("::")
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {function}\(", source, re.MULTILINE), name


@cache
def shown_to_people():
    """All that a person can come to read: the guide's rows, the runbooks, the support letter."""
    rows = [text for row in GUIDE.rows for text in (row.reason, *row.next_steps)]
    books = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "alerts").glob("*.md")]
    letter = ROOT / "exporter" / "claude_exporter" / "support" / "letter.py"
    return "\n".join([*rows, *books, letter.read_text(encoding="utf-8")])


PROMISES = [(line.sentence, words) for line in LINES for words in line.people]


@pytest.mark.parametrize(("sentence", "words"), PROMISES, ids=lambda text: text)
def test_advice_for_people_is_shown_where_it_says(sentence, words):
    """What no machine can do is at least said in these words."""
    assert words in shown_to_people(), sentence


def test_no_row_is_without_its_sentence():
    """What we judge comes from the guide; only not knowing and a good day need no sentence."""
    named = {name for line in LINES for name in line.rows}
    assert {row.key for row in GUIDE.rows} - named == {"unknown", "fine"}
