"""`claude-exporter probe` against scripted servers."""

import asyncio
import json

import pytest
from click.testing import CliRunner
from support.certificates import Authority
from support.wire import Wire, answers, serve

from claude_exporter.cli.main import main

CONFIG = """\
default_targets: false
allow_no_control: true
network:
  proxy_from_environment: false
  connect_to: {{"claude.test:443": "{place}"}}
  ca_file: {ca_file}
targets:
  - {{name: web, surface: web, prober: http, address: "{url}"}}
  - {{name: safe, surface: web, prober: http, address: "https://claude.test/"}}
"""


@pytest.fixture
def command(tmp_path):
    """Run the command as a person would, beside a server that plays `act`."""
    authority = Authority(tmp_path)

    async def invoked(wire: Wire, *args):
        text = CONFIG.format(url=wire.url, place=wire.place, ca_file=authority.ca_file)
        file = tmp_path / "exporter.yml"
        file.write_text(text)
        command = ["probe", *args, "--config.file", str(file)]
        return await asyncio.to_thread(CliRunner().invoke, main, command)

    async def run(act, *args, secure=False):
        tls = authority.issue("claude.test").server_context() if secure else None
        async with serve(act, tls=tls) as wire:
            return await invoked(wire, *args)

    return run


def test_success(command):
    """A probe that is as expected shows its log and phases and exits with 0."""
    done = asyncio.run(command(answers(200, b"ok"), "web"))

    assert done.exit_code == 0
    assert "answered 200 with 2 bytes" in done.output
    assert "web: as expected, sign ok" in done.output
    assert "processing " in done.output


def test_failure(command):
    """A probe that is not as expected says why and exits with 1."""
    done = asyncio.run(command(answers(529), "web"))

    assert done.exit_code == 1
    assert "web: not as expected, sign overloaded" in done.output
    assert "detail      status 529" in done.output


def test_certificate(command):
    """Behind TLS the certificate is shown, with what verified it."""
    done = asyncio.run(command(answers(200), "safe", secure=True))

    assert done.exit_code == 0
    assert "certificate CN=claude.test, from CN=Test Authority, verified" in done.output


def test_json(command):
    """With --json the output is the whole result."""
    done = asyncio.run(command(answers(503), "web", "--json"))
    result = json.loads(done.output)

    assert done.exit_code == 1
    assert (result["sign"], result["http"]["status"]) == ("service_unavailable", 503)
    assert set(result["phases"]) == {"connect", "processing", "transfer"}


def test_unknown_target(command):
    """A target nobody configured is refused with the names there are."""
    done = asyncio.run(command(answers(200), "wbe"))

    assert done.exit_code == 2
    assert "expected a target, one of safe, web, not 'wbe'; did you mean web?" in done.output


def test_bad_configuration(tmp_path):
    """A configuration that cannot be used is no verdict on the target: its code is another."""
    bad = tmp_path / "bad.yml"
    bad.write_text("targets: 7\n")

    done = CliRunner().invoke(main, ["probe", "web", "--config.file", str(bad)])

    assert done.exit_code == 2
    assert "bad.yml:1:" in done.output
