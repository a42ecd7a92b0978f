"""What other people say in public: which places are asked. Counts only are kept of it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from claude_exporter.config.fields import Duration, Name, WebUrl, wrong
from claude_exporter.config.secrets import Secret
from claude_exporter.config.section import Section

DAY: Final = 86400.0

JsonPath = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_.@:-]*$")]
Subreddit = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{2,21}$")]
Query = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PlaceConfig(Section):
    """What all places have in common; an interval of less than five minutes is impolite."""

    interval: Annotated[float, Duration(300, DAY)] = Field(
        default=600.0, description="How often it is asked."
    )
    timeout: Annotated[float, Duration(0.01, 60)] = Field(
        default=10.0, description="Deadline of one request."
    )


class RedditConfig(PlaceConfig):
    """A subreddit: by its public feed or, with a client of yours, by Reddit's API."""

    enabled: bool = Field(default=False, description="`true` asks it.")
    subreddit: Subreddit = Field(default="ClaudeAI", description="Which subreddit.")
    account: Secret | None = Field(
        default=None,
        description="Your name on Reddit, which Reddit wants to see in the User-Agent.",
    )
    client_id: Secret | None = Field(
        default=None, description="Client id of an app of yours; with it the API is asked."
    )
    client_secret: Secret | None = Field(default=None, description="The secret of that app.")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise wrong("expected client_id and client_secret together")
        return self


class HackerNewsConfig(PlaceConfig):
    """Stories on Hacker News, by its public search."""

    enabled: bool = Field(default=False, description="`true` asks it.")
    query: Query = Field(default="claude", description="What is searched for.")


class FeedConfig(PlaceConfig):
    """Any other place with a JSON document or an Atom feed of posts, the newest first."""

    name: Name = Field(description="Its name, a label value in the metrics.")
    url: WebUrl = Field(description="Where its posts are.")
    format: Literal["atom", "json"] = Field(default="json", description="What it answers with.")
    items: JsonPath = Field(
        default="", description="Where a JSON document has the list of posts: keys joined by dots."
    )
    id: JsonPath = Field(default="id", description="Where a post has its id.")
    at: JsonPath = Field(
        default="created_at", description="Where it has its time: RFC 3339, or Unix time."
    )
    author: JsonPath = Field(default="author", description="Where it names its author.")
    title: JsonPath = Field(default="title", description="Where it has its title or text.")
    link: JsonPath = Field(default="", description="Where it has the link it is about, if any.")
    full: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="How many posts a full answer has, so that fewer are all there is; `0`: "
        "unknown, so that an answer reaches back to its last post.",
    )


class CommunityConfig(Section):
    """Which places are asked; all are off unless switched on."""

    reddit: RedditConfig = Field(default_factory=RedditConfig, description="r/ClaudeAI.")
    hacker_news: HackerNewsConfig = Field(
        default_factory=HackerNewsConfig, description="Hacker News."
    )
    feeds: tuple[FeedConfig, ...] = Field(default=(), max_length=8, description="Any other places.")

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        taken = {"reddit", "hacker_news"}
        for feed in self.feeds:
            if feed.name in taken:
                raise wrong(f"expected a name of its own for each place, not {feed.name} again")
            taken.add(feed.name)
        return self
