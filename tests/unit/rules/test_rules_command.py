"""`claude-exporter rules` writes the generated files, checks them, and refuses a bad guide."""

import re
from importlib.resources import files

import pytest
from click.testing import CliRunner
from support.programs import require, run

from claude_exporter.cli.rules import rules
from claude_exporter.config import load_config
from claude_exporter.core.guide import shipped_guide
from claude_exporter.rules.files import generated_files

EXPECTED = generated_files(shipped_guide(), load_config(None, {}))
SHIPPED = (files("claude_exporter.core") / "guide.yml").read_text(encoding="utf-8")


def ran(*words):
    return CliRunner().invoke(rules, [str(word) for word in words])


def test_it_writes_every_generated_file(tmp_path):
    assert ran("--out", tmp_path).exit_code == 0
    found = {name: (tmp_path / name).read_text() for name in EXPECTED}
    assert found == EXPECTED
    assert ran("--out", tmp_path, "--check").exit_code == 0


def test_a_check_names_what_differs_and_writes_nothing(tmp_path):
    ran("--out", tmp_path)
    stale = tmp_path / "docs" / "guide.md"
    stale.write_text("edited by hand")
    done = ran("--out", tmp_path, "--check")
    assert (done.exit_code, done.stderr) == (
        1,
        f"{stale}: differs from its source; run claude-exporter rules\n",
    )
    assert stale.read_text() == "edited by hand"


def test_a_threshold_of_a_guide_of_ones_own_reaches_the_rules(tmp_path):
    own = tmp_path / "my.yml"
    own.write_text(SHIPPED.replace("escalate_after: 10m", "escalate_after: 17m"))
    assert ran("--out", tmp_path, "--guide", own).exit_code == 0
    text = (tmp_path / "prometheus" / "rules" / "claude.rules.yml").read_text()
    assert 'time() - claude:fact_since{fact="failing"} >= 1020' in text
    assert 'time() - claude:fact_since{fact="failing"} >= 600' not in text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            SHIPPED.replace("failing_for < blip", "failing_for < blib"),
            "rows: blip: expected a condition over a known fact and threshold,"
            " not 'failing_for < blib'",
            id="a threshold that does not exist",
        ),
        pytest.param(None, "cannot be read: No such file or directory", id="no such file"),
    ],
)
def test_a_guide_that_cannot_be_used_is_refused_by_name(text, wanted, tmp_path):
    own = tmp_path / "my.yml"
    if text is not None:
        own.write_text(text)
    done = ran("--out", tmp_path / "out", "--guide", own)
    assert (done.exit_code, done.stderr) == (1, f"Error: {own}: {wanted}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.promtool
def test_another_external_label_may_tell_vantages_apart(tmp_path):
    """No rule is left that asks for the usual label, and Prometheus takes them all."""
    assert ran("--out", tmp_path, "--vantage", "site").exit_code == 0
    written = sorted(tmp_path.glob("*/rules/*.yml"))
    asked = [word for path in written for word in re.findall(r"\bvantage\b(?! )", path.read_text())]
    assert asked == []
    run([require("promtool"), "check", "rules", *written])


REACHED = {
    "a name": ("https://claude.example:8443", "https://claude.example:8443"),
    "a path, with a slash at its end": ("https://tools.example/claude/", None),
    "an address of IPv6": ("http://[2001:db8::7]:9529", "http://[2001:db8::7]:9529"),
}


@pytest.mark.parametrize(("url", "home"), REACHED.values(), ids=REACHED.keys())
def test_runbooks_are_where_people_reach_the_exporter(url, home, tmp_path):
    """Every alert, those of the objectives too, and nothing else differs."""
    assert ran("--out", tmp_path, "--exporter-url", url).exit_code == 0
    home = home or url.rstrip("/")
    for name, text in EXPECTED.items():
        assert (tmp_path / name).read_text() == text.replace("http://localhost:9529", home)
    found = "".join(path.read_text() for path in (tmp_path / "alerts" / "rules").glob("*.yml"))
    assert found.count(f"runbook_url: {home}/docs/alerts/Claude") > 20
    assert ran("--out", tmp_path, "--check", "--exporter-url", url).exit_code == 0
    assert ran("--out", tmp_path, "--check").exit_code == 1


NO_EXPORTER = {
    "no scheme": "tools.example/claude",
    "nothing": "",
    "another scheme": "javascript:alert(1)",
    "a password": "https://me:secret@tools.example",
    "a query": "https://tools.example/?a=1",
    "a template, which Prometheus would expand": "https://{{$labels.surface}}.example",
    "a line of its own": "https://tools.example/\nx: y",
}


@pytest.mark.parametrize("url", NO_EXPORTER.values(), ids=NO_EXPORTER.keys())
def test_what_is_no_address_of_an_exporter_is_refused(url, tmp_path):
    done = ran("--out", tmp_path, "--exporter-url", url)
    assert done.exit_code == 2
    assert "expected http(s)://HOST[:PORT][/PATH], not" in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_vantage_that_is_no_label_is_refused(tmp_path):
    done = ran("--out", tmp_path, "--vantage", "my site")
    assert done.exit_code == 2
    assert "expected a label name like vantage, not 'my site'" in done.stderr
    assert list(tmp_path.iterdir()) == []
