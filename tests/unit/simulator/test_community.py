"""The simulated Reddit and Hacker News have the shapes and the manners of the real ones."""

import json
from xml.etree import ElementTree as ET

import pytest
from support.crowd import BEGAN, config_of, crowd, said

from claude_exporter.simulator.community import APP, Mood
from claude_exporter.simulator.community_bodies import hacker_news, reddit_feed, reddit_listing

ATOM = "{http://www.w3.org/2005/Atom}"
POSTS = [
    said(1, BEGAN, 'Claude "down" <again> & again', text="a <b> & c"),
    said(2, BEGAN - 60, "Claude outage", link="https://status.claude.com"),
]
FEED = "https://www.reddit.com/r/ClaudeAI/new/.rss"
LISTING = "https://oauth.reddit.com/r/ClaudeAI/new"
TOKEN = "https://www.reddit.com/api/v1/access_token"  # noqa: S105  # an address
AGENT = {"user-agent": "server:claude-exporter:0 (by /u/x)"}


def test_the_feed_is_atom_as_reddit_writes_it():
    feed = ET.fromstring(reddit_feed(POSTS, "ClaudeAI", 25, BEGAN))  # noqa: S314  # our own
    first, second = feed.findall(f"{ATOM}entry")
    found = {name: first.findtext(f"{ATOM}{name}") for name in ("id", "title", "published")}
    assert found == {
        "id": "t3_p1",
        "title": 'Claude "down" <again> & again',
        "published": "2023-11-15T21:00:03+00:00",
    }
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "/u/author-1"
    assert second.find(f"{ATOM}link").get("href").startswith("https://www.reddit.com/r/ClaudeAI/")


def test_the_listing_is_one():
    listing = json.loads(reddit_listing(POSTS, "ClaudeAI", 1))
    assert (listing["kind"], listing["data"]["dist"], listing["data"]["after"]) == (
        "Listing",
        1,
        "t3_p1",
    )
    assert listing["data"]["children"][0]["kind"] == "t3"


def test_hacker_news_searches_by_word_and_time():
    asked = {"query": "claude", "numericFilters": f"created_at_i>{BEGAN - 30:.0f}"}
    answer = json.loads(hacker_news([*POSTS, said(3, BEGAN, "A garden")], asked))
    assert [hit["objectID"] for hit in answer["hits"]] == ["p1"]
    assert (answer["nbHits"], answer["nbPages"], answer["hitsPerPage"]) == (1, 1, 20)


async def test_reddit_turns_libraries_away_and_counts_requests():
    """A default User-Agent gets 429; everybody else learns how many requests are left."""
    async with crowd(config_of()) as world:
        world.server.allowance = 2
        rude = await world.client.get(FEED, headers={"user-agent": "python-httpx/0.28"})
        statuses = [(await world.client.get(FEED, headers=AGENT)).status_code for _ in range(3)]
        assert (rude.status_code, statuses) == (429, [200, 200, 429])


@pytest.mark.parametrize(
    ("login", "grant", "told"),
    [
        (APP, "client_credentials", (200, "access_token")),
        (APP, "password", (200, "error")),
        (("somebody", "else"), "client_credentials", (401, "error")),
    ],
)
async def test_a_token_is_for_an_app_that_is_known(login, grant, told):
    async with crowd(config_of()) as world:
        asked = {"data": {"grant_type": grant}, "headers": AGENT}
        answer = await world.client.post(TOKEN, auth=login, **asked)
        assert (answer.status_code, told[1] in answer.json()) == (told[0], True)
        listing = await world.client.get(LISTING, headers=AGENT | {"authorization": "bearer x"})
        assert listing.status_code == 401


async def test_a_wall_looks_like_success_and_is_a_page():
    async with crowd(config_of()) as world:
        world.server.mood = Mood.WALLED
        answer = await world.client.get(FEED, headers=AGENT)
        assert (answer.status_code, answer.text.startswith("<!doctype html>")) == (200, True)
