"""
Adds our hook to Claude Code's settings, or removes it, and nothing else.

The file is somebody's own: keys, order and indentation stay, a copy is kept of what was there, and
a file that is not understood is left alone.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from claude_exporter.claude_code import hook as program

EVENT: Final = "StopFailure"
TIMEOUT: Final = 5
"""Seconds after which Claude Code ends the hook; it takes a tenth of one."""

_OURS: Final = re.compile(
    r"(?:(?:claude-exporter['\"]?|-m claude_exporter) hook"
    r"|claude_exporter/claude_code/hook\.py['\"]?)$"
)
_Settings = dict[str, Any]


class SettingsError(Exception):
    """The settings cannot be changed safely; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was, or would be, done to *path*; *backup* is the copy of what was there before."""

    path: Path
    said: str
    changed: bool
    backup: Path | None = None


def own_command() -> str:
    """The command that runs the hook: its file, by this interpreter with nothing else loaded."""
    return f"{shlex.quote(sys.executable)} -I -S {shlex.quote(program.__file__)}"


def install(path: Path, command: str, *, dry_run: bool = False) -> Change:
    """Make *command* a hook of *path*. Raises SettingsError or OSError, having changed nothing."""
    return _changed(path, lambda settings: _with_hook(settings, path, command), dry_run=dry_run)


def uninstall(path: Path, *, dry_run: bool = False) -> Change:
    """Remove our hook from *path*. Raises SettingsError or OSError, having changed nothing."""
    return _changed(path, lambda settings: _without_hook(settings, path), dry_run=dry_run)


def _changed(path: Path, edit: Callable[[_Settings], str], *, dry_run: bool) -> Change:
    # A link leads to where somebody keeps the real file: that one is replaced.
    real = path.resolve()
    before = real.read_bytes() if real.exists() else None
    settings = _settings_of(before, path)
    edited = copy.deepcopy(settings)
    said = edit(edited)
    if edited == settings or dry_run:
        return Change(path=path, said=said, changed=edited != settings)
    backup = _backed_up(real) if before is not None else None
    text = json.dumps(edited, ensure_ascii=False, indent=_indent_of(before)) + "\n"
    _replace(real, text.encode(errors="surrogatepass"), before)
    return Change(path=path, said=said, changed=True, backup=backup)


def _settings_of(text: bytes | None, path: Path) -> _Settings:
    if text is None or not text.strip():
        return {}
    try:
        settings = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_unrepeated)
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise SettingsError(f"{place}: expected JSON, not this: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: expected plain JSON: {error}") from None
    if not isinstance(settings, dict):
        raise SettingsError(f"{path}: $: expected an object, not {_kind(settings)}")
    return settings


def _unrepeated(pairs: list[tuple[str, Any]]) -> _Settings:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Only the last of them would be written again.
        raise ValueError("a key is given twice")
    return found


def _groups(settings: _Settings, path: Path) -> list[Any]:
    """The entries of our event. Raises SettingsError where their place holds something else."""
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict):
        raise SettingsError(f"{path}: $.hooks: expected an object, not {_kind(hooks)}")
    groups = hooks.get(EVENT, [])
    if not isinstance(groups, list):
        raise SettingsError(f"{path}: $.hooks.{EVENT}: expected a list, not {_kind(groups)}")
    return groups


def _ours(groups: list[Any]) -> list[_Settings]:
    lists = (group.get("hooks") for group in groups if isinstance(group, dict))
    hooks = (hook for own in lists if isinstance(own, list) for hook in own)
    return [hook for hook in hooks if _is_ours(hook)]


def _is_ours(hook: object) -> bool:
    command = hook.get("command") if isinstance(hook, dict) else None
    return isinstance(command, str) and bool(_OURS.search(command.strip()))


def _with_hook(settings: _Settings, path: Path, command: str) -> str:
    groups = _groups(settings, path)
    ours = _ours(groups)
    for hook in ours:
        hook["command"] = command
    if not ours:
        entry = {"type": "command", "command": command, "timeout": TIMEOUT}
        place = settings.setdefault("hooks", {}).setdefault(EVENT, groups)
        place.append({"hooks": [entry]})
    return f"hooks.{EVENT} runs: {command}"


def _without_hook(settings: _Settings, path: Path) -> str:
    groups = _groups(settings, path)
    if not _ours(groups):
        return f"hooks.{EVENT} has no hook of claude-exporter"
    left = [kept for group in groups if (kept := _group_without(group)) is not None]
    settings["hooks"][EVENT] = left
    if not left:
        del settings["hooks"][EVENT]
    if not settings["hooks"]:
        del settings["hooks"]
    return f"hooks.{EVENT} no longer runs claude-exporter"


def _group_without(group: Any) -> Any:  # noqa: ANN401  # any JSON
    own = group.get("hooks") if isinstance(group, dict) else None
    if not isinstance(own, list) or not any(map(_is_ours, own)):
        return group
    left = [hook for hook in own if not _is_ours(hook)]
    return {**group, "hooks": left} if left else None


def _indent_of(text: bytes | None) -> int | str:
    found = re.search(rb"\n([ \t]+)\S", text or b"")
    return found[1].decode() if found else 2


def _backed_up(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    backup = path.with_name(f"{path.name}.before-claude-exporter-{stamp}")
    shutil.copy2(path, backup)
    return backup


def _replace(path: Path, text: bytes, before: bytes | None) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if before is not None else 0o600
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        _refuse_changed(path, before)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _refuse_changed(path: Path, before: bytes | None) -> None:
    if (path.read_bytes() if path.exists() else None) != before:
        raise SettingsError(f"{path}: it was changed by another program meanwhile; try again")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "a bool"}
    return kinds.get(type(value), "a number")
