"""When others report: more people than usual at this hour, or nobody knows."""

import json

import pytest
from support.crowd import BEGAN, HACKER_NEWS, HOUR, REDDIT, calm_hours, config_of, crowd, said

from claude_exporter.community.ledger import Ledger
from claude_exporter.community.posts import Answer, Hashing, Post
from claude_exporter.simulator.community import Mood

BOTH = REDDIT | HACKER_NEWS
OLD = said("old", BEGAN - 3 * HOUR, "Nothing to see")


def loud(count, **changes):
    return [said(n, BEGAN - 60 * n, **changes) for n in range(count)]


CASES = {
    "more people than usual": (loud(9), calm_hours(BEGAN, 2), True),
    "as many as usual": (loud(6), calm_hours(BEGAN, 2), False),
    "nobody at all": ([], calm_hours(BEGAN, 2), False),
    "two people are no crowd": (loud(2), calm_hours(BEGAN, 0), False),
    "three people where it is always quiet": (loud(3), calm_hours(BEGAN, 0), True),
    "one person who cannot stop": (loud(40, author="loud"), calm_hours(BEGAN, 0), False),
    "many who talk about limits": (
        loud(40, title="Claude usage limit, service unavailable"),
        calm_hours(BEGAN, 0),
        False,
    ),
    "a crowd whose usual size is not known": (loud(40), calm_hours(BEGAN, 2, days=5), None),
    "a crowd where nothing is known yet": (loud(40), None, None),
    "silence where nothing is known yet": ([], None, None),
    "five earlier days are enough": (loud(9), calm_hours(BEGAN, 2, days=6), True),
}


@pytest.mark.parametrize(("posts", "hours", "above"), CASES.values(), ids=CASES)
async def test_whether_others_report(posts, hours, above):
    async with crowd(config_of(**REDDIT), {"reddit": hours}) as world:
        world.server.posts = [*posts, OLD]
        await world.poll("reddit")
        assert world.community.others_report() is above


async def test_a_link_to_the_status_page_counts_twice_and_needs_no_title():
    """Three people who link it are six reports, and ten links of one person are two."""
    page = {"title": "Elevated error rates", "link": "https://status.claude.com/incidents/x"}
    async with crowd(config_of(**HACKER_NEWS)) as world:
        world.server.posts = [
            *loud(3, **page),
            *(said(f"again-{n}", BEGAN - n, author="author-0", **page) for n in range(7)),
        ]
        tally = (await world.poll("hacker_news")).tally()
        assert (tally.reports, tally.authors) == (6, 3)


async def test_nothing_is_known_before_the_first_poll_and_without_places():
    async with crowd(config_of()) as world:
        assert world.community.others_report() is None
        assert list(world.community.jobs()) == []
    async with crowd(config_of(**BOTH), {"reddit": calm_hours(BEGAN)}) as world:
        assert world.community.others_report() is None


async def test_one_loud_place_is_enough_and_one_unreadable_place_is_no_silence():
    document = {name: calm_hours(BEGAN) for name in ("reddit", "hacker_news")}
    async with crowd(config_of(**BOTH), document) as world:
        world.server.posts = [OLD]
        await world.poll("reddit")
        assert world.community.others_report() is None
        await world.poll("hacker_news")
        assert world.community.others_report() is False
        world.server.mood = Mood.BLOCKED
        await world.clock.advance(1801)
        await world.poll("hacker_news")
        world.server.mood = Mood.OPEN
        await world.poll("reddit")
        assert world.community.others_report() is None


async def test_a_listing_that_does_not_reach_back_an_hour_is_never_quiet():
    """A hundred posts of the last ten minutes hide what was before them."""
    busy = [said(f"b{n}", BEGAN - 6 * n, "My garden") for n in range(100)]
    async with crowd(config_of(**REDDIT), {"reddit": calm_hours(BEGAN)}) as world:
        world.server.posts = busy
        await world.poll("reddit")
        assert world.community.others_report() is None
        world.server.posts = busy[9:] + loud(9)
        await world.poll("reddit")
        assert world.community.others_report() is True


def test_a_baseline_is_learnt_hour_by_hour_from_what_was_wholly_seen():
    """Hours in which the place was away too long to see all of them teach nothing."""
    ledger = Ledger(Hashing(b"salt"), None, BEGAN)
    for step in range(6 * 24):
        now = BEGAN + 600 * step
        post = Post(id=f"s{step}", at=now - 5, author=f"a{step}", title="Claude down?")
        last = Post(id=f"f{step}", at=now - 1176, author="gardener", title="My garden")
        if not 30 <= step < 42:
            answer = Answer(posts=(post, last), full=0)
            ledger.add(answer, ledger.reports_in(answer, now), now)
    # Six an hour, each by another; nobody answered from 4:50 to 7:00, and the last hour goes on.
    first = int(BEGAN // HOUR)
    assert {hour - first: count for hour, count in ledger.hours.items()} == dict.fromkeys(
        (*range(4), *range(7, 23)), 6
    )


def test_a_pinned_post_does_not_make_a_listing_reach_back():
    ledger = Ledger(Hashing(b"salt"), {**calm_hours(BEGAN)}, BEGAN)
    pinned = Post(id="pin", at=BEGAN - 30 * 24 * HOUR, author="a", title="Rules")
    recent = Post(id="new", at=BEGAN - 60, author="b", title="My garden")
    answer = Answer(posts=(pinned, recent), full=0)
    ledger.add(answer, ledger.reports_in(answer, BEGAN), BEGAN)
    assert ledger.tally(BEGAN).above is None


async def test_a_restart_keeps_the_baseline_and_nothing_else():
    async with crowd(config_of(**REDDIT), {"reddit": calm_hours(BEGAN)}) as world:
        world.server.posts = [*loud(9), OLD]
        await world.poll("reddit")
        kept = json.loads(json.dumps(world.community.document()))
    async with crowd(config_of(**REDDIT), kept) as world:
        assert world.community.sources["reddit"].tally() is None
        world.server.posts = [OLD]
        await world.poll("reddit")
        assert world.community.others_report() is False


HOSTILE = (
    None,
    [],
    "x",
    {"reddit": None},
    {"reddit": [1]},
    {"reddit": {"-5": 1, "x": 2, "9" * 400: 3, "472222": "4", "472223": True, "472224": -1}},
    {"reddit": {"472222": 10**9, "472221": 1.5, "\N{ARABIC-INDIC DIGIT THREE}": 1}},
)


@pytest.mark.parametrize("document", HOSTILE, ids=repr)
async def test_a_kept_document_that_is_not_ours_is_ignored(document):
    async with crowd(config_of(**REDDIT), document) as world:
        assert world.community.document() == {"reddit": {}}


async def test_what_is_kept_is_bounded():
    """28 days of hours, whatever was in the file."""
    async with crowd(config_of(**REDDIT), {"reddit": calm_hours(BEGAN, 2, days=900)}) as world:
        world.server.posts = [OLD]
        await world.poll("reddit")
        assert len(world.community.document()["reddit"]) <= 28 * 24


async def test_a_reload_keeps_counts_and_politeness():
    async with crowd(config_of(**BOTH), {"reddit": calm_hours(BEGAN)}) as world:
        world.server.posts = [*loud(9), OLD]
        await world.poll("reddit")
        world.server.mood = Mood.BLOCKED
        await world.poll("reddit")
        world.community.replace(config_of(reddit={"enabled": True, "interval": 300}), world.client)
        assert set(world.community.sources) == {"reddit"}
        assert world.community.others_report() is True
        asked = world.server.requests.total()
        await world.poll("reddit")
        assert world.server.requests.total() == asked
