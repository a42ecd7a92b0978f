"""A bounded memory of what was counted already."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice
from typing import Final

_SIZE: Final = 8


class Seen:
    """
    Remembers the latest keys, at least *limit* and at most twice as many, as digests alone.

    A key is any sequence of texts; what is remembered cannot be turned back into them.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._now: dict[bytes, None] = {}
        self._before: dict[bytes, None] = {}

    def add(self, *parts: str) -> bool:
        """Remember the key; whether it was new."""
        key = digest(*parts)
        if key in self._now:
            return False
        new = key not in self._before
        self._remember(key)
        return new

    def _remember(self, key: bytes) -> None:
        if len(self._now) >= self._limit:
            self._now, self._before = {}, self._now
        self._now[key] = None

    def latest(self, count: int) -> str:
        """The latest *count* keys as text."""
        kept = (*self._before, *self._now)[-count:]
        return base64.b64encode(b"".join(kept)).decode()

    def restore(self, text: object) -> None:
        """Remember what `latest` gave; anything else is not taken."""
        if not isinstance(text, str):
            return
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return
        for key in islice(_pieces(data), self._limit):
            self._remember(key)


def digest(*parts: str) -> bytes:
    """A digest of *parts* that has their borders in it."""
    text = "\0".join(parts)
    return blake2b(text.encode(errors="surrogatepass"), digest_size=_SIZE).digest()


def _pieces(data: bytes) -> Iterable[bytes]:
    return (data[at : at + _SIZE] for at in range(0, len(data) - _SIZE + 1, _SIZE))
