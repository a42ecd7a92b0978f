"""Somebody's settings: our hook comes and goes, all else stays."""

import json
import stat
import sys

import pytest
from click.testing import CliRunner

from claude_exporter.claude_code.hook import __file__ as hook_file
from claude_exporter.claude_code.hook_install import SettingsError, install, uninstall
from claude_exporter.cli.hook import hook

COMMAND = "/opt/bin/claude-exporter hook"
OURS = {"hooks": [{"type": "command", "command": COMMAND, "timeout": 5}]}
OTHER = {"matcher": "rate_limit", "hooks": [{"type": "command", "command": "say limit"}]}
OLD = {"hooks": [{"type": "command", "command": "/old/claude-exporter hook", "timeout": 9}]}
BARE = {"type": "command", "command": "/p -I -S '/a b/claude_exporter/claude_code/hook.py'"}
UPDATED = {"hooks": [{"type": "command", "command": COMMAND, "timeout": 9}]}
SHARED = {"hooks": [*OTHER["hooks"], *OURS["hooks"]]}

INSTALLS = {
    "empty settings get a hook": ({}, {"hooks": {"StopFailure": [OURS]}}),
    "other keys stay before it": (
        {"zebra": 1, "env": {"A": "é"}},
        {"zebra": 1, "env": {"A": "é"}, "hooks": {"StopFailure": [OURS]}},
    ),
    "other hooks stay": (
        {"hooks": {"Stop": [], "StopFailure": [OTHER]}, "last": None},
        {"hooks": {"Stop": [], "StopFailure": [OTHER, OURS]}, "last": None},
    ),
    "an older one of ours is changed in its place": (
        {"hooks": {"StopFailure": [OLD, OTHER]}},
        {"hooks": {"StopFailure": [UPDATED, OTHER]}},
    ),
}


@pytest.mark.parametrize(("before", "after"), INSTALLS.values(), ids=INSTALLS)
def test_install(tmp_path, before, after):
    """Keys keep their order, a copy is kept, and a second time nothing happens."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(before), encoding="utf-8")

    change = install(path, COMMAND)

    assert (
        path.read_text(encoding="utf-8") == json.dumps(after, indent=2, ensure_ascii=False) + "\n"
    )
    assert json.loads(change.backup.read_text(encoding="utf-8")) == before
    again = install(path, COMMAND)
    assert (again.changed, again.backup) == (False, None)
    assert len(list(tmp_path.iterdir())) == 2


UNINSTALLS = {
    "the file run by a bare interpreter is ours": (
        {"hooks": {"StopFailure": [{"hooks": [BARE]}]}, "a": 1},
        {"a": 1},
    ),
    "what install made goes": ({"hooks": {"StopFailure": [OURS]}, "a": 1}, {"a": 1}),
    "others stay": (
        {"hooks": {"Stop": [], "StopFailure": [OTHER, OURS]}},
        {"hooks": {"Stop": [], "StopFailure": [OTHER]}},
    ),
    "others in the same group stay": (
        {"hooks": {"StopFailure": [SHARED]}},
        {"hooks": {"StopFailure": [{"hooks": OTHER["hooks"]}]}},
    ),
}


@pytest.mark.parametrize(("before", "after"), UNINSTALLS.values(), ids=UNINSTALLS)
def test_uninstall(tmp_path, before, after):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(before, indent=4))
    path.chmod(0o640)

    assert uninstall(path).changed

    assert path.read_text() == json.dumps(after, indent=4) + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not uninstall(path).changed


REFUSED = {
    "no JSON": ('{\n  "a": 1,,\n}', r"settings.json:2:10: expected JSON, not this"),
    "a comment": ("// mine\n{}", r"settings.json:1:1: expected JSON, not this"),
    "a list": ("[]", r"settings.json: \$: expected an object, not a list"),
    "a key twice": (
        '{"a": 1, "a": 2}',
        r"expected plain JSON: a key is given twice",
    ),
    "hooks of another kind": ('{"hooks": []}', r"\$.hooks: expected an object, not a list"),
    "our event of another kind": (
        '{"hooks": {"StopFailure": "x"}}',
        r"\$.hooks.StopFailure: expected a list, not a text",
    ),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_left_alone(tmp_path, text, problem):
    path = tmp_path / "settings.json"
    path.write_text(text)
    for act in (lambda: install(path, COMMAND), lambda: uninstall(path)):
        with pytest.raises(SettingsError, match=problem):
            act()
    assert [each.read_text() for each in tmp_path.iterdir()] == [text]


def test_settings_that_are_a_link_stay_one(tmp_path):
    """People keep such files elsewhere, under version control."""
    real, link = tmp_path / "real.json", tmp_path / "settings.json"
    real.write_text("{}")
    link.symlink_to(real)
    install(link, COMMAND)
    assert link.is_symlink()
    assert "StopFailure" in real.read_text()


def test_the_command(tmp_path):
    """It says what it does; a dry run does nothing; the hook it names is this installation's."""
    path = tmp_path / "new" / "settings.json"
    run = CliRunner().invoke
    dry = run(hook, ["install", f"--settings={path}", "--dry-run"])
    assert (dry.exit_code, "would be so" in dry.output, path.exists()) == (0, True, False)

    done = run(hook, ["install", f"--settings={path}"])
    assert done.exit_code == 0
    command = f"{sys.executable} -I -S {hook_file}"
    assert f"hooks.StopFailure runs: {command}" in done.output
    assert json.loads(path.read_text())["hooks"]["StopFailure"][0]["hooks"][0]["command"] == command
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "nothing to do" in run(hook, ["install", f"--settings={path}"]).output

    assert "no longer runs" in run(hook, ["uninstall", f"--settings={path}"]).output
    assert json.loads(path.read_text()) == {}
    path.write_text("{")
    refused = run(hook, ["uninstall", f"--settings={path}"])
    assert (refused.exit_code, "Nothing was changed." in refused.output) == (1, True)
