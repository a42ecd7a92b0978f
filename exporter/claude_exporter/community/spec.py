"""The places that are asked: for each its address, what is sent along, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlencode

from claude_exporter import __version__
from claude_exporter.community.ledger import KEPT_FOR
from claude_exporter.community.posts import Answer
from claude_exporter.community.readers import (
    HACKER_NEWS,
    REDDIT,
    Paths,
    answer_of_atom,
    answer_of_json,
)
from claude_exporter.config.community import (
    CommunityConfig,
    FeedConfig,
    HackerNewsConfig,
    RedditConfig,
)
from claude_exporter.config.secrets import Secret, SecretError
from claude_exporter.sources.http import USER_AGENT

_HITS: Final = 100
_LISTED: Final = 100
_SEARCH: Final = "https://hn.algolia.com/api/v1/search_by_date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An app's credentials on Reddit."""

    id: Secret
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    One place: `address` at a moment (Unix seconds), and how its answer is read.

    `user_agent` may raise SecretError.
    """

    name: str
    interval: float
    timeout: float
    address: Callable[[float], str]
    read: Callable[[bytes], Answer]
    user_agent: Callable[[], str] = lambda: USER_AGENT
    client: Client | None = None


def places_of(config: CommunityConfig) -> Iterator[Place]:
    """The places that are switched on."""
    if config.reddit.enabled:
        yield _reddit(config.reddit)
    if config.hacker_news.enabled:
        yield _hacker_news(config.hacker_news)
    yield from map(_feed, config.feeds)


def reddit_agent(account: Secret | None) -> str:
    """Who we are in the form that Reddit's rules ask for. Raises SecretError."""
    by = "Prometheus exporter"
    if account is not None:
        name = account.reveal()
        if not re.fullmatch(r"[A-Za-z0-9_-]{2,20}", name):
            raise SecretError("expected the name of an account on Reddit")
        by = f"by /u/{name}"
    return f"server:claude-exporter:{__version__} ({by})"


def _reddit(config: RedditConfig) -> Place:
    client = None
    where = f"https://www.reddit.com/r/{config.subreddit}/new/.rss?limit={_LISTED}"
    if config.client_id is not None and config.client_secret is not None:
        client = Client(id=config.client_id, secret=config.client_secret)
        where = f"https://oauth.reddit.com/r/{config.subreddit}/new?limit={_LISTED}&raw_json=1"
    return Place(
        name="reddit",
        interval=config.interval,
        timeout=config.timeout,
        address=lambda _: where,
        # Reddit may list fewer than it was asked for: its answers are never all there is.
        read=lambda body: answer_of_json(body, REDDIT, 0) if client else answer_of_atom(body, 0),
        user_agent=partial(reddit_agent, config.account),
        client=client,
    )


def _hacker_news(config: HackerNewsConfig) -> Place:
    def address(now: float) -> str:
        since = f"created_at_i>{int(now - KEPT_FOR)}"
        asked = {"query": config.query, "tags": "story", "numericFilters": since}
        return f"{_SEARCH}?{urlencode({**asked, 'hitsPerPage': _HITS})}"

    return Place(
        name="hacker_news",
        interval=config.interval,
        timeout=config.timeout,
        address=address,
        read=lambda body: answer_of_json(body, HACKER_NEWS, _HITS),
    )


def _feed(config: FeedConfig) -> Place:
    names = ("items", "id", "at", "author", "title", "link")
    paths = Paths(**{name: getattr(config, name) for name in names})

    def read(body: bytes) -> Answer:
        atom = config.format == "atom"
        return (
            answer_of_atom(body, config.full) if atom else answer_of_json(body, paths, config.full)
        )

    return Place(
        name=config.name,
        interval=config.interval,
        timeout=config.timeout,
        address=lambda _: config.url,
        read=read,
    )
