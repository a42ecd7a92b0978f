"""Somebody who types what a document says, in a folder of their own, with Claude on loopback."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import yaml
from support.documented import TOP
from support.incidents import as_lines, as_statuspage, made_up_history

from claude_exporter.stack.ports import choose_port

BIN = Path(sys.executable).parent
DEADLINE = 60.0
"""Seconds after which a command is stuck."""

CALM = "name: calm\ndescription: All is well.\nduration: 2h\ntimeline: []\nexpect: []\n"
STATUS_PAGE = "status.claude.com:443"
GUIDE = TOP / "exporter/claude_exporter/core/guide.yml"

ELSEWHERE = {
    "/var/tmp/": "./",  # noqa: S108 -- what a document says
    "/etc/systemd/system/": "./",
    "https://user:password@claude.example.com": "http://user:password@127.0.0.1:{exporter}",
}
"""Places that a test has no business in."""

LOOPBACK = {
    "check": "--config.file=exporter.yml",
    "serve": "--config.file=exporter.yml --web.listen-address=127.0.0.1:{free}",
    "support-bundle": "--config.file=exporter.yml --exporter=http://127.0.0.1:{exporter}",
    "watch": "--url=http://127.0.0.1:{exporter}",
}
"""What keeps a command from asking the real Claude; the document's own options come after it."""


class World(NamedTuple):
    """A simulated Claude, the configuration that leads to it, and an exporter that watches it."""

    config: Path
    port: int


class Reader(NamedTuple):
    """One reader and their folder, which looks like a checkout."""

    world: World
    folder: Path

    def run(self, text: str, shell: str = "bash") -> subprocess.CompletedProcess[str]:
        """Type a command and wait for its end."""
        return subprocess.run(
            _by(shell, self._typed(text)),
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=DEADLINE,
        )

    @contextlib.contextmanager
    def running(self, text: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        """Type a command that goes on; it writes to the file `stdout`. Yields its port, too."""
        free = choose_port("127.0.0.1", 29529)
        typed = self._typed(text.removesuffix(" &"), free)
        with (self.folder / "stdout").open("wb") as out:
            process = subprocess.Popen(
                _by("bash", f"exec {typed}"),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process, free
        finally:
            process.kill()
            process.wait(DEADLINE)

    def _typed(self, text: str, free: int = 0) -> str:
        for place, mine in ELSEWHERE.items():
            text = text.replace(place, mine)
        for name, options in LOOPBACK.items():
            text = re.sub(rf"claude-exporter {name}\b", rf"\g<0> {options}", text)
        if "claude-exporter serve" in text:
            text = text.replace("127.0.0.1:9529", "127.0.0.1:{free}")
        return text.replace("{exporter}", str(self.world.port)).replace("{free}", str(free))

    def _environment(self) -> dict[str, str]:
        kept = {"LANG", "LC_ALL", "TZ"}
        return {
            **{name: value for name, value in os.environ.items() if name in kept},
            "HOME": str(self.folder / "home"),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }


def _by(shell: str, text: str) -> list[str]:
    if shell == "zsh":
        return ["zsh", "-f", "-c", f"autoload -Uz compinit; compinit -u -d ./dump; {text}"]
    return [shell, "-c", text]


def settle(world: World, folder: Path) -> Reader:
    """Give a reader a folder with what the documents presuppose."""
    for name in ("alerts", "deploy", "prometheus"):
        shutil.copytree(TOP / name, folder / name)
    shutil.copy(GUIDE, folder / "my-guide.yml")
    shutil.copy(world.config, folder / "exporter.yml")
    write_history(folder)
    release = folder / "release"
    release.write_text("#!/bin/sh\necho released\n", encoding="utf-8")
    release.chmod(0o755)
    home = folder / "home"
    (home / ".claude-exporter").mkdir(parents=True)
    (home / ".claude-exporter/bin").symlink_to(BIN)
    (home / ".curlrc").write_text(_curl(world), encoding="utf-8")
    return Reader(world, folder)


def write_history(folder: Path) -> None:
    """Write a history of made-up incidents of the spring that the documents ask about."""
    history = made_up_history(12)
    for name, text in {"json": as_statuspage(history), "jsonl": as_lines(history)}.items():
        moved = text.replace("2023-11-", "2026-04-").replace("2023-12-", "2026-05-")
        (folder / f"incidents.{name}").write_text(moved, encoding="utf-8")


def _curl(world: World) -> str:
    """Let curl find the simulated page and our exporter, and fail where they refuse."""
    network = yaml.safe_load(world.config.read_text(encoding="utf-8"))["network"]
    port = network["connect_to"][STATUS_PAGE].rpartition(":")[2]
    lines = [
        f"connect-to = {STATUS_PAGE}:127.0.0.1:{port}",
        f"connect-to = 127.0.0.1:9529:127.0.0.1:{world.port}",
        f"cacert = {network['ca_file']}",
        'noproxy = "*"',
        "fail",
    ]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def calm_world(folder: Path) -> Iterator[World]:
    """A Claude that works, played by `claude-exporter simulate`, and a `serve` that watches it."""
    scenario, config = folder / "calm.yml", folder / "drill.yml"
    scenario.write_text(CALM, encoding="utf-8")
    port = choose_port("127.0.0.1", 19529)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_started(folder, "simulate", scenario, f"--write-config={config}"))
        until("the simulator has written the configuration", config.exists)
        serve = (f"--web.listen-address=127.0.0.1:{port}", f"--config.file={config}")
        stack.enter_context(_started(folder, "serve", *serve, "--state.file="))
        until("the exporter says that all is well", lambda: _is_fine(port))
        yield World(config, port)


@contextlib.contextmanager
def _started(folder: Path, *words: str | Path) -> Iterator[None]:
    command = [sys.executable, "-m", "claude_exporter", *map(str, words)]
    with (folder / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE)


def answers(port: int, path: str = "/-/ready") -> str | None:
    """What the exporter of a port answers; None where it does not, or not with success."""
    try:
        found = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=DEADLINE)
    except httpx.TransportError:
        return None
    return found.text if found.is_success else None


def _is_fine(port: int) -> bool:
    verdicts = json.loads(answers(port, "/api/v1/verdict") or "{}").get("verdicts", ())
    return {each["row"] for each in verdicts} == {"fine"}


def until(what: str, holds: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, f"not within {DEADLINE:.0f} s: {what}"
        time.sleep(0.05)
