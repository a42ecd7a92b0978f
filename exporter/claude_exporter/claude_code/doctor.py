"""
The guide's steps for Claude Code on this machine, for `check`.

Blocking. What is not there is "not installed", which is no failure. Of settings only the names are
told, of transcripts only counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from claude_exporter.claude_code.latest_requests import latest_requests
from claude_exporter.claude_code.places import claude_folder
from claude_exporter.core.model import Sign, Standing, Surface
from claude_exporter.core.real_use import Request
from claude_exporter.core.target_state import Tracked

VERSION_WITHIN: Final = 5.0
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+[\w.+-]{0,40}")

BASE_URL: Final = (
    *("ANTHROPIC_BASE_URL", "ANTHROPIC_BEDROCK_BASE_URL", "ANTHROPIC_VERTEX_BASE_URL"),
    *("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"),
)
PROXY: Final = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "NO_PROXY", "no_proxy")
AUTHORITIES: Final = (
    *("NODE_EXTRA_CA_CERTS", "CLAUDE_CODE_CERT_STORE"),
    *("CLAUDE_CODE_CLIENT_CERT", "CLAUDE_CODE_CLIENT_KEY"),
)
CREDENTIALS: Final = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "apiKeyHelper"),
)
_LOGIN_FILE: Final = ".credentials.json"


class StepState(StrEnum):
    """How a step went; only `problem` is something to look at."""

    OK = "ok"
    NOTE = "note"
    NOT_INSTALLED = "not installed"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: a stable *name*, and what was found in words."""

    name: str
    title: str
    state: StepState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What this machine has, and how its real requests of the last 24 hours ended."""

    steps: tuple[Step, ...]
    requests: tuple[Request, ...] = ()


def examine(
    environ: Mapping[str, str], home: Path, now: float, folder: Path | None = None
) -> Examined:
    """
    Every step that needs no network, in the guide's order.

    Takes VERSION_WITHIN and a little more at most; *folder* is Claude Code's own, where it is
    configured.
    """
    folder = folder or claude_folder(environ, home)
    found = tuple(latest_requests(folder / "projects", now))
    return Examined(steps=_steps(environ, folder, found), requests=found)


def hosts_step(tracked: Iterable[Tracked]) -> Step:
    """Whether the hosts that Claude Code needs answer the probes of its surface."""
    own = [each for each in tracked if each.target.surface is Surface.CODE and each.state.last]
    bad = [each for each in own if each.state.last and each.state.last.standing is Standing.DOWN]
    title, names = "Hosts it needs", ", ".join(dict.fromkeys(_host_of(each) for each in own))
    if bad:
        said = dict.fromkeys(
            f"{_host_of(each)}: {each.state.last.sign}" for each in bad if each.state.last
        )
        return Step(name="hosts", title=title, state=StepState.PROBLEM, detail=", ".join(said))
    if not own:
        detail = "none is probed"
        return Step(name="hosts", title=title, state=StepState.NOTE, detail=detail)
    return Step(name="hosts", title=title, state=StepState.OK, detail=f"{names} answer")


def _host_of(tracked: Tracked) -> str:
    return urlsplit(tracked.target.address).hostname or tracked.target.address


def _steps(
    environ: Mapping[str, str], folder: Path, requests: Sequence[Request]
) -> tuple[Step, ...]:
    program = shutil.which("claude", path=environ.get("PATH", os.defpath))
    settings, read = _settings(folder)
    return (
        _program_step(program),
        *([_version_step(program, environ)] if program else []),
        read,
        *_setting_steps(environ, settings, folder),
        _errors_step(folder / "projects", requests),
    )


def _program_step(program: str | None) -> Step:
    if program is None:
        missing = "no claude on the PATH"
        return Step(
            name="program", title="Claude Code", state=StepState.NOT_INSTALLED, detail=missing
        )
    return Step(name="program", title="Claude Code", state=StepState.OK, detail="on the PATH")


def _version_step(program: str, environ: Mapping[str, str]) -> Step:
    def step(state: StepState, detail: str) -> Step:
        return Step(name="version", title="Its version", state=state, detail=detail)

    try:
        done = subprocess.run(  # noqa: S603  # found on the user's own PATH
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_WITHIN,
            env=dict(environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return step(StepState.PROBLEM, f"no answer within {VERSION_WITHIN:.0f} s")
    except OSError as error:
        return step(StepState.PROBLEM, f"does not start: {error.strerror}")
    found = _VERSION.search(done.stdout.decode(errors="replace"))
    if done.returncode or not found:
        return step(StepState.PROBLEM, f"exit status {done.returncode}, no version")
    return step(StepState.OK, found[0])


def _settings(folder: Path) -> tuple[Mapping[str, object], Step]:
    def step(state: StepState, detail: str) -> Step:
        return Step(name="settings", title="Its settings", state=state, detail=detail)

    try:
        found = json.loads((folder / "settings.json").read_bytes())
    except FileNotFoundError:
        return {}, step(StepState.NOT_INSTALLED, "no settings.json, the defaults hold")
    except OSError as error:
        return {}, step(StepState.PROBLEM, f"settings.json: {error.strerror}")
    except json.JSONDecodeError as error:
        place = f"settings.json:{error.lineno}:{error.colno}"
        return {}, step(StepState.PROBLEM, f"{place}: expected JSON, not this: {error.msg}")
    except (ValueError, RecursionError):
        return {}, step(StepState.PROBLEM, "settings.json: expected JSON in UTF-8")
    if not isinstance(found, dict):
        return {}, step(StepState.PROBLEM, "settings.json: expected an object")
    return found, step(StepState.OK, "settings.json is valid JSON")


def _setting_steps(
    environ: Mapping[str, str], settings: Mapping[str, object], folder: Path
) -> Iterator[Step]:
    own = settings.get("env")
    told = {name for name, value in environ.items() if value}
    written = {*(own if isinstance(own, dict) else {}), *settings}
    for name, title, names, otherwise in (
        ("base_url", "Where it connects", BASE_URL, "the default"),
        ("proxy", "Proxy", PROXY, "none"),
        ("authorities", "Certificate authorities", AUTHORITIES, "the default"),
    ):
        detail = ", ".join(_named(names, told, written)) or otherwise
        yield Step(name=name, title=title, state=StepState.NOTE, detail=detail)
    login = (folder / _LOGIN_FILE).is_file()
    modes = [*_named(CREDENTIALS, told, written), *(["a login"] if login else [])]
    detail = ", ".join(modes) or "none seen here (a login may be in the system's keychain)"
    yield Step(name="auth", title="Authentication", state=StepState.NOTE, detail=detail)


def _named(names: Iterable[str], told: set[str], written: set[str]) -> Iterator[str]:
    for name in names:
        where = [
            place
            for place, known in (("environment", told), ("settings", written))
            if name in known
        ]
        if where:
            yield f"{name} ({' and '.join(where)})"


def _errors_step(folder: Path, requests: Sequence[Request]) -> Step:
    def step(state: StepState, detail: str) -> Step:
        return Step(name="errors", title="Its last errors", state=state, detail=detail)

    if not folder.is_dir():
        return step(StepState.NOT_INSTALLED, "no transcripts")
    failed = [each for each in requests if each.sign is not Sign.OK]
    if not failed:
        return step(StepState.OK, "none in the last 24 h")
    counts = Counter(each.sign for each in failed)
    said = ", ".join(f"{count} {sign}" for sign, count in counts.most_common())
    last = datetime.fromtimestamp(max(each.at for each in failed), UTC)
    return step(StepState.NOTE, f"in the last 24 h: {said}; the last at {last:%H:%M} UTC")
