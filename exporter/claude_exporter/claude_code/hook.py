"""
`claude-exporter hook`: what Claude Code runs when a turn ends with an API error.

It runs inside somebody's session: only the standard library, never more than 70 ms, always exit
status 0, not a word printed. Of the hook's JSON only the kind of error, its status and the model
leave. Installed, it is run as this file by a bare interpreter (`-I -S`), without the package.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import stat
import sys
import time

TYPE_CHECKING = False  # typing alone takes longer to import than all the rest takes to run
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

DEADLINE: Final = 0.050
"""Seconds for reading and delivering; to put it into the spool takes a millisecond more."""

LAST_RESORT: Final = 0.070
"""Seconds after which it is gone, whatever hangs; to start Python takes 20 to 30 ms before."""

PATH: Final = "/api/v1/claude-code/events"
ADDRESS: Final = "127.0.0.1:9529"
ADDRESS_VARIABLE: Final = "CLAUDE_EXPORTER_ADDRESS"
SPOOL_LIMIT: Final = 2**20
"""Bytes of a spool; what comes when it is full is lost."""

ERRORS: Final = (
    "rate_limit",
    "overloaded",
    "authentication_failed",
    "oauth_org_not_allowed",
    "billing_error",
    "invalid_request",
    "model_not_found",
    "server_error",
    "max_output_tokens",
    "unknown",
)
MODEL_PATTERN: Final = r"[a-z0-9][a-z0-9._:@/\[\]-]{0,79}"

_INPUT_LIMIT: Final = 4 * 2**20
_MODEL: Final = re.compile(MODEL_PATTERN)
_STATUS: Final = re.compile(r"(?:^|api error:? ?\(?)([45]\d\d)\b", re.IGNORECASE)


def event_of(text: bytes, now: float) -> dict[str, object] | None:
    """What leaves: `at` (Unix seconds), `error`, and `status` and `model` where they are told."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("hook_event_name") != "StopFailure":
        return None
    error, model = said.get("error"), said.get("model")
    event: dict[str, object] = {"at": now, "error": error if error in ERRORS else "unknown"}
    status = _status_in(said.get("error_details"), said.get("last_assistant_message"))
    if status is not None:
        event["status"] = status
    if isinstance(model, str) and _MODEL.fullmatch(model):
        event["model"] = model
    return event


def _status_in(*texts: object) -> int | None:
    for text in texts:
        found = _STATUS.search(text[:1000]) if isinstance(text, str) else None
        if found:
            return int(found[1])
    return None


def default_spool(environ: Mapping[str, str]) -> str:
    """Where events wait for an exporter that is away; hook and exporter both ask here."""
    base = environ.get("XDG_STATE_HOME", "")
    if not base.startswith("/"):
        base = f"{os.path.expanduser('~')}/.local/state"  # noqa: PTH111  # pathlib is heavy
    return f"{base}/claude-exporter/claude-code.spool"


def main() -> None:
    """Read the hook's JSON, deliver or spool, and leave; nothing can make it fail."""
    until = time.monotonic() + DEADLINE
    # The last resort, should a disk or a pipe hang: gone, with status 0.
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, LAST_RESORT)
    try:
        event = event_of(_read(sys.stdin.fileno(), until), time.time())
        if event is not None and not deliver(event, os.environ, until):
            spool(event, default_spool(os.environ), until + (LAST_RESORT - DEADLINE) / 2)
    except Exception:  # noqa: BLE001, S110  # whatever it is, the session must not see it
        pass
    os._exit(0)


def _read(source: int, until: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < _INPUT_LIMIT:
        left = until - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            break
        part = os.read(source, 65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def deliver(event: dict[str, object], environ: Mapping[str, str], until: float) -> bool:
    """Whether an exporter on this machine has taken it before *until* (monotonic seconds)."""
    import socket  # noqa: PLC0415  # only where there is something to say

    host, _, port = environ.get(ADDRESS_VARIABLE, ADDRESS).rpartition(":")
    if host.strip("[]") not in ("127.0.0.1", "::1", "localhost") or not port.isdecimal():
        return False
    body = json.dumps(event)
    request = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    )
    try:
        left = max(until - time.monotonic(), 0.001)
        with socket.create_connection((host.strip("[]"), int(port)), timeout=left) as connection:
            connection.sendall(request.encode())
            connection.settimeout(max(until - time.monotonic(), 0.001))
            return connection.recv(64).split(b" ")[1:2] == [b"202"]
    except (OSError, ValueError):
        return False


def spool(event: dict[str, object], path: str, until: float) -> bool:
    """Whether it could be added to the spool, which only this user can read."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.open(path, flags, 0o600)
    try:
        line = f"{json.dumps(event)}\n".encode()
        while not locked(file):
            if time.monotonic() > until:
                return False
            time.sleep(0.001)
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size + len(line) > SPOOL_LIMIT:
            return False
        if found.st_mode & 0o077:
            os.fchmod(file, 0o600)
        return os.write(file, line) == len(line)
    finally:
        os.close(file)


def locked(file: int) -> bool:
    """Whether the open *file* is now this process's alone."""
    import fcntl  # noqa: PLC0415  # only where no exporter answered

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main()
