"""The steps of `check` for Claude Code: names and counts, and never a value."""

import json
import os

import pytest

from claude_exporter.claude_code import doctor
from claude_exporter.claude_code.doctor import steps

NOW = 1_787_146_930.0
SECRET = "planted-5ecret"  # noqa: S105  # a mark to search for


def script(folder, text):
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def found(tmp_path, **environ):
    known = {"PATH": f"{tmp_path}:{os.defpath}", "HOME": str(tmp_path), **environ}
    return {each.name: (str(each.state), each.detail) for each in steps(known, tmp_path, NOW)}


def test_nothing_is_installed(tmp_path):
    """And that is no failure."""
    assert found(tmp_path) == {
        "program": ("not installed", "no claude on the PATH"),
        "settings": ("not installed", "no settings.json, the defaults hold"),
        "base_url": ("note", "the default"),
        "proxy": ("note", "none"),
        "authorities": ("note", "the default"),
        "auth": ("note", "none seen here (a login may be in the system's keychain)"),
        "errors": ("not installed", "no transcripts"),
    }


def test_all_is_there(tmp_path):
    """Of what is set only the names are told, and where."""
    script(tmp_path, "echo '2.1.230 (Claude Code)'")
    folder = tmp_path / "elsewhere"
    (folder / "projects" / "p").mkdir(parents=True)
    own = {"ANTHROPIC_BASE_URL": SECRET, "HTTPS_PROXY": SECRET}
    (folder / "settings.json").write_text(json.dumps({"env": own, "apiKeyHelper": SECRET}))
    (folder / ".credentials.json").write_text(SECRET)
    failure = {"type": "assistant", "isApiErrorMessage": True, "apiErrorStatus": 529}
    stamps = ("2026-08-17T13:41:00Z", "2026-08-19T13:40:00Z", "2026-08-19T13:41:00Z")
    lines = [json.dumps({**failure, "timestamp": stamp, "message": {}}) for stamp in stamps]
    (folder / "projects" / "p" / "a.jsonl").write_text("\n".join(['half "usage"', *lines, ""]))

    environ = {"ANTHROPIC_API_KEY": SECRET, "NODE_EXTRA_CA_CERTS": SECRET, "HTTPS_PROXY": SECRET}
    shown = found(tmp_path, CLAUDE_CONFIG_DIR=str(folder), **environ)

    assert shown == {
        "program": ("ok", "on the PATH"),
        "version": ("ok", "2.1.230"),
        "settings": ("ok", "settings.json is valid JSON"),
        "base_url": ("note", "ANTHROPIC_BASE_URL (settings)"),
        "proxy": ("note", "HTTPS_PROXY (environment and settings)"),
        "authorities": ("note", "NODE_EXTRA_CA_CERTS (environment)"),
        "auth": ("note", "ANTHROPIC_API_KEY (environment), apiKeyHelper (settings), a login"),
        "errors": ("note", "in the last 24 h: 2 overloaded; the last at 13:41 UTC"),
    }


VERSIONS = {
    "it fails": ("exit 3", "exit status 3, no version"),
    "it says something else": ("echo hello", "exit status 0, no version"),
    "it never ends": ("exec sleep 9", "no answer within 0 s"),
}


@pytest.mark.parametrize(("text", "detail"), VERSIONS.values(), ids=VERSIONS)
def test_a_program_that_does_not_work(tmp_path, monkeypatch, text, detail):
    monkeypatch.setattr(doctor, "VERSION_WITHIN", 0.3 if "sleep" in text else 5.0)
    script(tmp_path, text)
    assert found(tmp_path)["version"] == ("problem", detail)


SETTINGS = {
    "no JSON": (b'{"a":,}', "settings.json:1:6: expected JSON, not this: Expecting value"),
    "no object": (b"[]", "settings.json: expected an object"),
    "no text": (b"\xff\xfe\xff", "settings.json: expected JSON in UTF-8"),
}


@pytest.mark.parametrize(("text", "detail"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_cannot_be_read(tmp_path, text, detail):
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_bytes(text)
    assert found(tmp_path)["settings"] == ("problem", detail)


def test_no_errors_lately(tmp_path):
    (tmp_path / ".claude" / "projects").mkdir(parents=True)
    assert found(tmp_path)["errors"] == ("ok", "none in the last 24 h")
