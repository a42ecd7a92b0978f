"""What a source answered, while it is being counted: nothing of it outlives that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from claude_exporter.community.titles import is_report, leads_to_page

AHEAD: Final = 300.0
"""Seconds by which a post may be younger than our clock says."""

PAGE_WEIGHT: Final = 2
"""What a link to the status page counts: more than a remark, and no more than two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as it was read; `at` is Unix seconds."""

    id: str
    at: float
    author: str
    title: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The posts of one answer, and how many there can be: fewer are all there is."""

    posts: tuple[Post, ...]
    full: int

    @property
    def whole(self) -> bool:
        """Whether nothing older was cut off."""
        return len(self.posts) < self.full


@dataclass(frozen=True, slots=True)
class Report:
    """One report of an outage: its author as a salted hash, and what it counts."""

    at: float
    author: bytes
    weight: int


class Hashing:
    """Tells authors and posts apart by hashes that mean nothing outside of this process."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def __call__(self, text: str) -> bytes:
        return hashlib.blake2b(
            text.encode(errors="replace"), key=self._salt, digest_size=12
        ).digest()

    def reports_in(self, posts: Iterable[Post], now: float) -> Iterator[tuple[bytes, Report]]:
        """The reports among *posts*, by the hash of each; posts of the future are left out."""
        for post in posts:
            strong = leads_to_page(post.link)
            if post.at <= now + AHEAD and (strong or is_report(post.title)):
                weight = PAGE_WEIGHT if strong else 1
                yield self(post.id), Report(post.at, self(post.author or post.id), weight)
