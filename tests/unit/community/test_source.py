"""Polls of Reddit and Hacker News over real sockets and TLS, welcome and unwelcome."""

import itertools

import pytest
from support.crowd import BEGAN, HACKER_NEWS, HOUR, REDDIT, calm_hours, config_of, crowd, said

from claude_exporter import __version__
from claude_exporter.simulator.community import APP, Mood

KEYS = {"client_id": {"env": "APP_ID"}, "client_secret": {"env": "APP_SECRET"}}
OAUTH = {"reddit": {"enabled": True, "account": {"env": "REDDIT_NAME"}, **KEYS}}
PLACES = {"reddit": (REDDIT, "www.reddit.com"), "hacker_news": (HACKER_NEWS, "hn.algolia.com")}


def posts(count, at=BEGAN):
    """Complaints one minute apart, and as many titles that are none."""
    loud = [said(n, at - 60 * n) for n in range(count)]
    return loud + [said(f"q{n}", at - 60 * n, "Claude usage limit reached") for n in range(count)]


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("APP_ID", APP[0])
    monkeypatch.setenv("APP_SECRET", APP[1])
    monkeypatch.setenv("REDDIT_NAME", "watcher")


@pytest.mark.parametrize("name", PLACES)
async def test_reports_of_the_last_hour_are_counted(name):
    config, host = PLACES[name]
    async with crowd(config_of(**config)) as world:
        world.server.posts = [*posts(4), said("old", BEGAN - HOUR - 1)]
        source = await world.poll(name)

        tally = source.tally()
        assert (tally.reports, tally.authors, tally.above) == (4, 4, None)
        assert world.server.requests == {host: 1}
        assert source.standing.reason == ""


@pytest.mark.usefixtures("app")
async def test_reddits_api_is_asked_with_a_token_of_the_app():
    """One token for many polls; the User-Agent is of the form that Reddit's rules ask for."""
    async with crowd(config_of(**OAUTH)) as world:
        world.server.posts = posts(4)
        for _ in range(3):
            source = await world.poll("reddit")
            await world.clock.advance(600)

        assert source.tally().reports == 4
        assert world.server.requests == {"www.reddit.com": 1, "oauth.reddit.com": 3}
        agents = {headers["user-agent"] for headers in world.server.seen}
        assert agents == {f"server:claude-exporter:{__version__} (by /u/watcher)"}


@pytest.mark.usefixtures("app")
async def test_a_token_that_is_refused_is_asked_for_again():
    async with crowd(config_of(**OAUTH)) as world:
        world.server.posts = posts(4)
        await world.poll("reddit")
        world.server.revoke()
        source = await world.poll("reddit")
        assert (source.standing.reason, source.standing.failures["http_status"]) == (
            "http_status",
            1,
        )
        await world.clock.advance(600)
        source = await world.poll("reddit")
        assert (source.standing.reason, source.tally().reports) == ("", 4)


@pytest.mark.usefixtures("app")
async def test_credentials_that_cannot_be_read_or_are_refused_are_said(monkeypatch):
    """The place is left alone meanwhile."""
    monkeypatch.setenv("APP_SECRET", "wrong")
    async with crowd(config_of(**OAUTH)) as world:
        source = await world.poll("reddit")
        assert source.standing.reason == "credentials"
        await world.poll("reddit")
        assert world.server.requests == {"www.reddit.com": 1}
        monkeypatch.delenv("APP_SECRET")
        await world.clock.advance(1201)
        source = await world.poll("reddit")
        assert source.standing.failures == {"credentials": 2}
        assert world.server.requests == {"www.reddit.com": 1}


@pytest.mark.parametrize("name", ["", "x", "two words", "a\r\nx-evil: 1", "me@example.org"])
async def test_an_account_that_is_none_is_never_sent(name, monkeypatch):
    monkeypatch.setenv("REDDIT_NAME", name)
    config = config_of(reddit={"enabled": True, "account": {"env": "REDDIT_NAME"}})
    async with crowd(config) as world:
        source = await world.poll("reddit")
        assert source.standing.reason == "credentials"
        assert world.server.requests.total() == 0


MOODS = {
    Mood.THROTTLED: "rate_limited",
    Mood.BLOCKED: "blocked",
    Mood.WALLED: "unreadable",
    Mood.BROKEN: "http_status",
    Mood.HUGE: "too_large",
    Mood.HOSTILE: "unreadable",
    Mood.EMPTY: "unreadable",
    Mood.AWAY: "redirects",
}


@pytest.mark.parametrize(("mood", "reason"), MOODS.items())
@pytest.mark.parametrize("name", PLACES)
async def test_an_unreadable_place_is_unavailable_and_never_quiet(name, mood, reason):
    """Nothing is known of it: neither reports nor that there are none."""
    config, _ = PLACES[name]
    document = {name: calm_hours(BEGAN)}
    async with crowd(config_of(**config), document) as world:
        world.server.mood = mood
        source = await world.poll(name)

        assert source.standing.reason == reason
        assert source.standing.failures == {reason: 1}
        assert source.tally() is None
        assert world.community.others_report() is None


async def test_a_place_that_hangs_is_given_up():
    config = config_of(hacker_news={"enabled": True, "timeout": 0.2})
    async with crowd(config) as world:
        world.server.mood = Mood.HANGING
        source = await world.poll("hacker_news")
        assert source.standing.reason == "timeout"


async def test_a_place_that_refuses_is_left_alone_ever_longer():
    """Once in 20 and 40 minutes, then in 80, and at last once in six hours."""
    async with crowd(config_of(**REDDIT)) as world:
        world.server.mood = Mood.BLOCKED
        asked = []
        for number in range(24 * 6):
            before = world.server.requests.total()
            await world.poll("reddit")
            if world.server.requests.total() > before:
                asked.append(number)
            await world.clock.advance(600)
        gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
        assert gaps == [2, 4, 8, 16, 32, 36, 36]


async def test_retry_after_is_obeyed():
    async with crowd(config_of(**REDDIT)) as world:
        world.server.mood = Mood.THROTTLED
        source = await world.poll("reddit")
        assert source.standing.due_at - world.clock.monotonic() == 1201


async def test_an_allowance_that_is_used_up_is_waited_for():
    """Reddit says how many requests are left, and when there will be more."""
    async with crowd(config_of(**REDDIT)) as world:
        world.server.posts = posts(4)
        world.server.allowance = 1
        source = await world.poll("reddit")
        assert (source.standing.reason, source.tally().reports) == ("", 4)
        assert source.standing.due_at - world.clock.monotonic() == 431
        await world.poll("reddit")
        assert world.server.requests.total() == 1


async def test_what_was_read_is_believed_for_three_intervals():
    async with crowd(config_of(**REDDIT), {"reddit": calm_hours(BEGAN)}) as world:
        world.server.posts = [*posts(1), said("old", BEGAN - 3 * HOUR)]
        source = await world.poll("reddit")
        world.server.mood = Mood.BROKEN
        await world.clock.advance(1800)
        await world.poll("reddit")
        assert source.tally() is not None
        await world.clock.advance(1)
        assert source.tally() is None
        assert world.community.others_report() is None
