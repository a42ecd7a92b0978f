"""What Reddit and Hacker News answer, in their own shapes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

Json = dict[str, Any]

BLOCKED: Final = (
    b"<!doctype html><html><head><title>Blocked</title></head><body><p>You've been blocked by "
    b"network security.</p><p>To continue, log in to your account or use your developer token"
    b"</p></body></html>"
)
_FEED: Final = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"\
 xmlns:media="http://search.yahoo.com/mrss/"><category term="{name}" label="r/{name}"/>\
<updated>{updated}</updated><id>/r/{name}/new/.rss</id><title>newest submissions : {name}</title>\
<link rel="self" href="https://www.reddit.com/r/{name}/new/.rss" type="application/atom+xml"/>\
{entries}</feed>"""
_ENTRY: Final = """<entry><author><name>/u/{author}</name><uri>https://www.reddit.com/user/{author}\
</uri></author><category term="{name}" label="r/{name}"/><content type="html">{text}</content>\
<id>t3_{id}</id><link href="https://www.reddit.com/r/{name}/comments/{id}/"/>\
<updated>{at}</updated><published>{at}</published><title>{title}</title></entry>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One post of somebody; `at` is Unix seconds."""

    id: str
    at: float
    author: str
    title: str
    text: str = ""
    link: str | None = None


def newest(posts: Iterable[Said], limit: int) -> Sequence[Said]:
    """The newest ones, the youngest first."""
    return sorted(posts, key=lambda post: -post.at)[:limit]


def reddit_feed(posts: Iterable[Said], name: str, limit: int, now: float) -> bytes:
    """The Atom feed behind `/r/NAME/new/.rss`."""
    entries = "".join(
        _ENTRY.format(
            name=name,
            id=post.id,
            author=escape(post.author),
            title=escape(post.title),
            text=escape(f"<p>{escape(post.text)}</p>"),
            at=_stamp(post.at),
        )
        for post in newest(posts, limit)
    )
    return _FEED.format(name=name, updated=_stamp(now), entries=entries).encode()


def reddit_listing(posts: Iterable[Said], name: str, limit: int) -> bytes:
    """The JSON listing behind `/r/NAME/new`."""
    children = [_thing(post, name) for post in newest(posts, limit)]
    after = children[-1]["data"]["name"] if children else None
    data = {"after": after, "before": None, "dist": len(children), "children": children}
    return json.dumps({"kind": "Listing", "data": data}).encode()


def _thing(post: Said, name: str) -> Json:
    data = {
        "id": post.id,
        "name": f"t3_{post.id}",
        "title": post.title,
        "selftext": post.text,
        "author": post.author,
        "created_utc": post.at,
        "score": 1,
        "num_comments": 0,
        "link_flair_text": None,
        "permalink": f"/r/{name}/comments/{post.id}/",
        "url": post.link or f"https://www.reddit.com/r/{name}/comments/{post.id}/",
        "over_18": False,
        "stickied": False,
    }
    return {"kind": "t3", "data": data}


def hacker_news(posts: Iterable[Said], asked: Mapping[str, str]) -> bytes:
    """The answer of Algolia's search to a query's parameters."""
    since = int(asked.get("numericFilters", "created_at_i>0").partition(">")[2] or 0)
    words = asked.get("query", "").lower().split()
    found = [
        post
        for post in posts
        if post.at > since and all(word in f"{post.title} {post.link}".lower() for word in words)
    ]
    size = min(int(asked.get("hitsPerPage", "20")), 1000)
    hits = [_hit(post) for post in newest(found, size)]
    pages = -(-len(found) // size)
    head = {"nbHits": len(found), "nbPages": pages, "page": 0, "hitsPerPage": size}
    return json.dumps({"hits": hits, **head}).encode()


def _hit(post: Said) -> Json:
    return {
        "objectID": post.id,
        "title": post.title,
        "url": post.link,
        "author": post.author,
        "points": 1,
        "num_comments": 0,
        "created_at": _stamp(post.at),
        "created_at_i": int(post.at),
        "story_id": None,
        "story_title": None,
        "comment_text": None,
        "_tags": ["story", f"author_{post.author}", f"story_{post.id}"],
    }


def _stamp(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="seconds")
