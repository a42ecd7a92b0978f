"""The bundle has what the guide wants, and none of the secrets that lie in its way."""

import asyncio
import io
import json
import os
import sys
import zipfile
from contextlib import asynccontextmanager

import pytest
import yaml
from aiohttp import web
from support.clock import FakeClock

from claude_exporter.config import load_config
from claude_exporter.core.model import ProbeResult, Sign
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.plan import plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.support.handler import support_bundle

MARKS = {
    "ENV": "Zx9-environment-key-31",
    "FILE": "Zx9 file & key/37",
    "UNUSED": "Zx9-unused-token-41",
    "PROXY": "Zx9proxyword43",
    "HEADER": "Zx9-header-47",
    "BODY": "Zx9-body-53",
    "QUERY": "Zx9-query-59",
    "COOKIE": "Zx9-cookie-61",
    "BEARER": "Zx9bearer67",
    "MAIL": "zx9@corp.example",
    "USER": "zx9user71",
    "MEMORY": "Zx9memory73",
}
REQUEST_ID = "req_011CSHoEeqs5C35K2UUqR7Fy"
AT = 1_700_000_003.0


async def _echo(request):
    """An API that repeats every secret it is sent, and some more."""
    told = f"no {request.headers['x-api-key']} {request.headers['x-other']} ask {MARKS['MAIL']}"
    error = {"type": "error", "error": {"type": "api_error", "message": told}}
    cookie = f"sessionKey={MARKS['COOKIE']}"
    headers = {"request-id": REQUEST_ID, "set-cookie": cookie}
    return web.json_response(error, status=500, headers=headers)


async def _verdict(request):
    del request
    return web.json_response({"verdicts": [], "note": f"x-api-key: {MARKS['MEMORY']}"})


async def _history(request):
    del request
    old = {
        "target": "mine",
        "started_at": AT,
        "success": False,
        "sign": "timeout",
        "status": None,
        "request_id": "req_of_yesterday",
        "detail": f"Authorization: Bearer {MARKS['BEARER']} from 192.168.7.9",
    }
    path = f"/home/{MARKS['USER']}/x"
    changes = [{"at": AT, "surface": "api", "title": path, "reason": MARKS["UNUSED"]}]
    return web.json_response({"changes": changes, "results": {"mine": [old, "odd", 5]}})


@asynccontextmanager
async def _server():
    app = web.Application()
    app.add_routes(
        [
            web.get("/v1", _echo),
            web.get("/api/v1/verdict", _verdict),
            web.get("/api/v1/history", _history),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _config(folder, url):
    keys = {"x-api-key": {"env": "MY_KEY"}, "x-other": {"file": "key.txt"}}
    target = {
        "name": "mine",
        "surface": "api",
        "prober": "http",
        "address": f"{url}/v1?api_key={MARKS['QUERY']}",
        "options": {
            "headers_from": keys,
            "headers": {"x-team": MARKS["HEADER"], "anthropic-version": "2023-06-01"},
            "body": MARKS["BODY"],
        },
    }
    config = {
        "default_targets": False,
        "allow_no_control": True,
        "targets": [target],
        "status_pages": [{"name": "claude", "enabled": False}],
        "state": {"file": f"/home/{MARKS['USER']}/state.db"},
        "network": {"connect_to": {"corp.example:443": "10.11.13.17:443"}},
    }
    (folder / "key.txt").write_text(MARKS["FILE"] + "\n", encoding="utf-8")
    path = folder / "exporter.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def _environ(folder):
    program = folder / "claude"
    program.write_text(f"#!/bin/sh\necho '2.1.7 (Claude Code) {MARKS['MAIL']}'\n", encoding="utf-8")
    program.chmod(0o700)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "MY_KEY": MARKS["ENV"],
        "ANTHROPIC_API_KEY": MARKS["UNUSED"],
        "HTTPS_PROXY": f"http://jo:{MARKS['PROXY']}@10.3.5.7:3128",
        "NO_PROXY": "127.0.0.1",
    }


async def _run(*arguments, environ):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "claude_exporter",
        "support-bundle",
        *arguments,
        env=environ,
        cwd=environ["HOME"],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(50):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def _leaks(text, folder):
    """What of the marks, of the home and of private addresses stands in *text*."""
    wanted = [*MARKS.values(), *(mark[:12] for mark in MARKS.values()), str(folder)]
    wanted += ["192.168.7.9", "10.11.13.17", "10.3.5.7"]
    return [each for each in wanted if each in text]


async def test_no_secret_leaves_and_nothing_else_is_missing(tmp_path):
    """Secrets of every kind lie in every place; no file has one, and all have what is wanted."""
    environ = _environ(tmp_path)
    async with _server() as url:
        options = (f"--config.file={_config(tmp_path, url)}", f"--exporter={url}")
        _, printed = await asyncio.gather(
            _run(*options, f"--out={tmp_path / 'folder'}", environ=environ),
            _run(*options, "--stdout", environ=environ),
        )
    folder = tmp_path / "folder"
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    everything = "\n".join([*files.values(), printed])

    assert sorted(files) == ["probes.log", "report.json", "report.md"]
    assert _leaks(everything, tmp_path) == []
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    report = json.loads(files["report.json"])
    assert [
        (each["at"]["utc"], each["status"], each["request_id"], each["detail"])
        for each in report["errors"]
    ] == [
        (
            "2023-11-14T22:13:23+00:00",
            None,
            "req_of_yesterday",
            "Authorization: <secret> <secret> from <private address>",
        ),
        (
            report["errors"][1]["at"]["utc"],
            500,
            REQUEST_ID,
            "status 500, api_error: no <secret> <secret> ask <e-mail>",
        ),
    ]
    assert report["versions"]["Claude Code"] == "2.1.7 (Claude Code) <e-mail>"
    assert report["running_exporter"]["changes"][0] == {
        "at": report["errors"][0]["at"],
        "surface": "api",
        "action": None,
        "row": None,
        "title": "/home/<user>/x",
        "reason": "<secret>",
    }
    options = report["configuration"]["targets"][0]["options"]
    assert options["headers"] == {"x-team": "<left out>", "anthropic-version": "2023-06-01"}
    assert options["headers_from"] == {"x-api-key": "<secret>", "x-other": "<secret>"}
    for text in (files["report.md"], printed):
        assert REQUEST_ID in text
        assert "status 500, api_error: no <secret> <secret>" in text
        assert "## Steps tried" in text
    assert "== mine http://127.0.0.1" in files["probes.log"]


async def test_without_an_exporter_and_without_claude_code(tmp_path):
    """What is not there is said, and a zip lies in the folder one is in."""
    environ = {**_environ(tmp_path), "PATH": str(tmp_path / "nowhere")}
    async with _server() as url:
        config = _config(tmp_path, url)
        gone = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = gone.sockets[0].getsockname()[1]
        gone.close()
        await gone.wait_closed()
        arguments = (f"--config.file={config}", f"--exporter=http://127.0.0.1:{port}")
        said = await _run(*arguments, environ=environ)
    [path] = tmp_path.glob("claude-support-*.zip")
    with zipfile.ZipFile(path) as pack:
        report = json.loads(pack.read("report.json"))

    assert said.strip() == path.name
    assert report["running_exporter"]["problem"].startswith("no answer: ConnectError")
    assert report["versions"]["Claude Code"] == "not on the PATH"


@pytest.fixture
def exporter(tmp_path):
    """An exporter that has not begun to run, with one failure in its memory."""
    (tmp_path / "exporter.yml").write_text("guide: null\n", encoding="utf-8")
    plan = plan_of(load_config(tmp_path / "exporter.yml", {}))
    made = Exporter(plan, FakeClock(now=AT + 7), StateFile(None))
    result = ProbeResult(
        target="api-models",
        started_at=AT,
        duration=0.31,
        sign=Sign.INTERNAL_ERROR,
        success=False,
        detail=f"status 500, sk-ant-{MARKS['ENV']}",
        request_id=REQUEST_ID,
    )
    made.evaluator.record_result(result)
    made.history.add_result(result)
    return made


async def test_the_exporter_serves_the_same_bundle_for_the_same_memory(exporter):
    """Twice the same bytes, one failure once, no probe, and no secret."""
    first, second = await support_bundle(exporter), await support_bundle(exporter)

    assert first.body == second.body
    assert first.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(first.body)) as pack:
        assert pack.namelist() == ["report.md", "report.json", "probes.log"]
        texts = [pack.read(name).decode() for name in pack.namelist()]
    errors = json.loads(texts[1])["errors"]
    assert [(each["detail"], each["request_id"]) for each in errors] == [
        ("status 500, <secret>", REQUEST_ID)
    ]
    assert not any(MARKS["ENV"] in text for text in texts)
