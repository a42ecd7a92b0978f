"""Who may come in, and how often."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

import bcrypt

from claude_exporter.runtime.clock import Clock
from claude_exporter.web.webconfig_file import RateLimit

_REMEMBERED: Final = 100
# bcrypt reads no further.
_LONGEST: Final = 72


class Logins:
    """Checks basic authentication; a login that was right is remembered, under a keyed digest."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        # One at a time: a check is tens of milliseconds of a core that the probes need.
        self._turn = asyncio.Lock()

    async def admits(self, authorization: str | None, users: Mapping[str, str]) -> bool:
        """Tell whether the header names one of `users` with the password of its bcrypt hash."""
        login = _login_of(authorization)
        if login is None:
            return False
        name, password = login
        # An unknown name takes as long as a known one, and can never be right.
        stored = users.get(name, _hash_of_nobody(users))
        digest = self._digest(name, stored, password)
        if digest in self._right:
            return True
        async with self._turn:
            if digest in self._right:
                return True
            matches = await asyncio.to_thread(
                bcrypt.checkpw, password.encode()[:_LONGEST], stored.encode()
            )
        if not matches or name not in users:
            return False
        self._remember(digest)
        return True

    def _digest(self, *parts: str) -> bytes:
        digest = hashlib.blake2b(key=self._key)
        for part in parts:
            # Each with its length, so that no two logins read the same.
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()

    def _remember(self, digest: bytes) -> None:
        if len(self._right) >= _REMEMBERED:
            del self._right[next(iter(self._right))]
        self._right[digest] = None


class Bucket:
    """Lets `burst` requests through at once, and one more every `interval`."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._left = float(limit.burst)
        self._filled_at = clock.monotonic()

    def admits(self) -> bool:
        """Take one place, if there is one."""
        if not self._limit.interval:
            return True
        now = self._clock.monotonic()
        gained = (now - self._filled_at) / self._limit.interval
        self._left = min(self._left + gained, float(self._limit.burst))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _login_of(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


def _hash_of_nobody(users: Mapping[str, str]) -> str:
    cost = max(stored[4:6] for stored in users.values())
    return f"$2b${cost}${'.' * 53}"
