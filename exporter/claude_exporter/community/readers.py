"""
Posts out of what the sources answer: Reddit's feed and listing, Hacker News, anything alike. Pure.

A body that is none of these raises; an entry without an id, a moment or a title is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from xml.etree import ElementTree as ET

from claude_exporter.community.posts import Answer, Post
from claude_exporter.community.titles import TITLE_LIMIT
from claude_exporter.sources.atom import ATOM, feed_of
from claude_exporter.sources.json_values import clean, link_of, moment_of
from claude_exporter.sources.statuspage_content import UnreadableError, glimpse_of

POST_LIMIT: Final = 1000
"""Posts of one answer that are read."""

_ID_LIMIT: Final = 200
_MILLISECONDS: Final = 1e11
_MISSING: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where a JSON document has its posts, and each post its facts: keys joined by dots."""

    items: str = ""
    id: str = "id"
    at: str = "created_at"
    author: str = "author"
    title: str = "title"
    link: str = ""
    split: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = ("items", "id", "at", "author", "title", "link")
        split = {name: tuple(filter(None, getattr(self, name).split("."))) for name in names}
        object.__setattr__(self, "split", split)


REDDIT: Final = Paths(
    items="data.children",
    id="data.name",
    at="data.created_utc",
    author="data.author",
    title="data.title",
    link="data.url",
)
HACKER_NEWS: Final = Paths(items="hits", id="objectID", at="created_at_i", link="url")


def answer_of_json(body: bytes, paths: Paths, full: int) -> Answer:
    """The posts of a JSON document. Raises UnreadableError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"expected JSON, not {glimpse_of(body)}") from exc
    found = _at(document, paths.split["items"])
    if not isinstance(found, list):
        where = f"at `{clean(paths.items, 80)}`" if paths.items else "of posts"
        raise UnreadableError(f"expected a list {where}, found none")
    return _answer((_json_post(item, paths) for item in found), len(found), full)


def answer_of_atom(body: bytes, full: int) -> Answer:
    """The posts of an Atom feed. Raises UnreadableError."""
    entries = feed_of(body).findall(f"{ATOM}entry")
    return _answer(map(_atom_post, entries), len(entries), full)


def _answer(read: Iterable[Post | None], length: int, full: int) -> Answer:
    posts = tuple(post for post in islice(read, POST_LIMIT) if post is not None)
    if length and not posts:
        raise UnreadableError(f"expected posts with id, time and title, none of {length} has them")
    # What could not be read may be the oldest; then nobody knows how far back the rest reaches.
    return Answer(posts=posts, full=full if length < full else min(full, len(posts)))


def _json_post(item: object, paths: Paths) -> Post | None:
    facts = {name: _at(item, path) for name, path in paths.split.items() if path}
    at = _moment(facts["at"])
    key, title = _text(facts["id"], _ID_LIMIT), _text(facts["title"], TITLE_LIMIT)
    if at is None or not key or not title:
        return None
    author = _text(facts.get("author"), _ID_LIMIT)
    return Post(id=key, at=at, author=author, title=title, link=link_of(facts.get("link")))


def _atom_post(entry: ET.Element) -> Post | None:
    published = entry.findtext(f"{ATOM}published") or entry.findtext(f"{ATOM}updated")
    key, title = (_text(entry.findtext(f"{ATOM}{name}"), TITLE_LIMIT) for name in ("id", "title"))
    at = moment_of(published)
    if at is None or not key or not title:
        return None
    link = entry.find(f"{ATOM}link")
    return Post(
        id=key,
        at=at,
        author=_text(entry.findtext(f"{ATOM}author/{ATOM}name"), _ID_LIMIT),
        title=title,
        link=None if link is None else link_of(link.get("href")),
    )


def _at(value: object, path: Sequence[str]) -> object:
    """What lies at *path*; a mapping has keys, a list has numbers."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, list) and step.isascii() and step.isdecimal():
            value = next(iter(value[int(step[:6]) :][:1]), _MISSING)
        else:
            return _MISSING
    return value


def _text(value: object, limit: int) -> str:
    if type(value) is int and abs(value) < 1 << 64:
        return str(value)
    return clean(value, limit) if isinstance(value, str) else ""


def _moment(value: object) -> float | None:
    """Unix seconds of an RFC 3339 time, of seconds or of milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return moment_of(value)
    if not 0 < value < 1e14:
        return None
    return float(value) / 1000 if value >= _MILLISECONDS else float(value)
