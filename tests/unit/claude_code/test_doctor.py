"""The steps of `check` for Claude Code: names and counts, and never a value."""

import io
import json
import os

import pytest
from rich.console import Console

from claude_exporter.claude_code import doctor
from claude_exporter.claude_code.doctor import examine, hosts_step
from claude_exporter.cli.check_report import print_report, report_as_json
from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import ProbeResult, Sign, Surface, Target
from claude_exporter.core.real_use import Request
from claude_exporter.core.target_state import TargetState, Tracked
from claude_exporter.runtime.checkup import Checkup

NOW = 1_787_146_930.0
SECRET = "planted-5ecret"  # noqa: S105  # a mark to search for


def script(folder, text):
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def found(tmp_path, **environ):
    known = {"PATH": f"{tmp_path}:{os.defpath}", "HOME": str(tmp_path), **environ}
    return {
        each.name: (str(each.state), each.detail) for each in examine(known, tmp_path, NOW).steps
    }


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


def test_real_requests_are_found_with_their_ends(tmp_path):
    """The last failures and the successes since, by model, so that `check` can judge by them."""
    folder = tmp_path / ".claude" / "projects" / "p"
    folder.mkdir(parents=True)
    used = {"type": "assistant", "timestamp": "2026-08-19T13:40:00Z", "requestId": "r"}
    used["message"] = {"model": "claude-opus-4-6", "id": "m", "usage": {"input_tokens": 7}}
    failed = {"type": "assistant", "isApiErrorMessage": True, "apiErrorStatus": 529}
    failed |= {"timestamp": "2026-08-19T13:41:00Z", "message": {"model": "<synthetic>"}}
    (folder / "a.jsonl").write_text(f"{json.dumps(used)}\n{json.dumps(failed)}\n")
    assert examine({}, tmp_path, NOW).requests == (
        Request(1_787_146_800.0, Sign.OK, "claude-opus-4-6"),
        Request(1_787_146_860.0, Sign.OVERLOADED, "claude-opus-4-6"),
    )


def tracked(name, host, sign):
    """A target of Claude Code with a last result, or never probed."""
    target = Target(name=name, surface=Surface.CODE, prober="http", address=f"https://{host}/x")
    if sign is None:
        return Tracked(target, TargetState())
    result = ProbeResult(
        target=name, started_at=NOW, duration=0.1, sign=sign, success=sign is Sign.OK
    )
    return Tracked(target, TargetState(last=result))


HOSTS = {
    "all answer": ((Sign.OK, Sign.OK), ("ok", "a.invalid, b.invalid answer")),
    "one fails": ((Sign.OK, Sign.DNS), ("problem", "b.invalid: dns")),
    "one was not asked": ((Sign.OK, None), ("ok", "a.invalid answer")),
    "none was": ((None, None), ("note", "none is probed")),
}


@pytest.mark.parametrize(("signs", "expected"), HOSTS.values(), ids=HOSTS)
def test_hosts_that_it_needs(signs, expected):
    hosts = [
        tracked(host, host, sign)
        for host, sign in zip(("a.invalid", "b.invalid"), signs, strict=True)
    ]
    step = hosts_step(hosts)
    assert (str(step.state), step.detail) == expected


def test_the_report_fits_80_columns(tmp_path):
    """Each step has its line; further lines of it begin below its text."""
    steps = (*examine({}, tmp_path, NOW).steps, hosts_step([tracked("a", "a.invalid", Sign.TLS)]))
    evaluator = Evaluator(shipped_guide(), ())
    found = Checkup(at=NOW, tracked=(), pages=(), judgements=evaluator.judge(NOW), machine=steps)
    out = io.StringIO()
    print_report(found, Console(file=out, width=80))
    _, _, text = out.getvalue().partition("4. Claude Code, on this machine\n")
    assert text.partition("\n\n")[0].splitlines() == [
        "   Claude Code              not installed: no claude on the PATH",
        "   Its settings             not installed: no settings.json, the defaults hold",
        "   Where it connects        the default",
        "   Proxy                    none",
        "   Certificate authorities  the default",
        "   Authentication           none seen here (a login may be in the system's",
        "                            keychain)",
        "   Its last errors          not installed: no transcripts",
        "   Hosts it needs           problem: a.invalid: tls",
    ]
    assert report_as_json(found)["claude_code"][-1] == {
        "step": "hosts",
        "state": "problem",
        "detail": "a.invalid: tls",
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
