"""What is read of any place's answer: posts with an id, a time and a title, and of nothing else."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_exporter.community.posts import Answer, Post
from claude_exporter.community.readers import (
    HACKER_NEWS,
    REDDIT,
    Paths,
    answer_of_atom,
    answer_of_json,
)
from claude_exporter.sources.statuspage_content import UnreadableError

BLUESKY = Paths(
    items="posts", id="uri", at="record.createdAt", author="author.did", title="record.text"
)
MASTODON = Paths(id="id", at="created_at", author="account.acct", title="content", link="card.url")
NESTED = Paths(items="0.list", id="k.1", at="t", author="a", title="s")

READ = {
    "Bluesky's search": (
        BLUESKY,
        {
            "posts": [
                {
                    "uri": "at://did:plc:x/app.bsky.feed.post/3k",
                    "author": {"did": "did:plc:x", "handle": "x.bsky.social"},
                    "record": {"text": "claude down?", "createdAt": "2026-09-21T14:13:23.017Z"},
                    "indexedAt": "2026-09-21T14:13:24Z",
                }
            ],
            "cursor": "1",
        },
        Post(
            id="at://did:plc:x/app.bsky.feed.post/3k",
            at=1_790_000_003.017,
            author="did:plc:x",
            title="claude down?",
        ),
    ),
    "a Mastodon time-line, which is a list": (
        MASTODON,
        [
            {
                "id": "11",
                "created_at": "2026-09-21T14:13:23Z",
                "account": {"acct": "y@z"},
                "content": "<p>claude</p>",
                "card": {"url": "https://status.claude.com"},
            }
        ],
        Post(
            id="11",
            at=1_790_000_003.0,
            author="y@z",
            title="<p>claude</p>",
            link="https://status.claude.com",
        ),
    ),
    "numbers in a path, milliseconds, and an id that is a number": (
        NESTED,
        [{"list": [{"k": [0, 7], "t": 1_790_000_003_017, "s": "a\nb\0", "a": None}]}],
        Post(id="7", at=1_790_000_003.017, author="", title="a b"),
    ),
}


@pytest.mark.parametrize(("paths", "document", "post"), READ.values(), ids=READ)
def test_a_place_of_another_shape(paths, document, post):
    answer = answer_of_json(json.dumps(document).encode(), paths, 5)
    assert answer == Answer(posts=(post,), full=5)
    assert answer.whole


HIT = {"objectID": "1", "created_at_i": 1_790_000_003, "author": "a", "title": "t", "url": None}
ODD = {
    "no id": {"objectID": None},
    "an empty id": {"objectID": "  "},
    "an id that is an object": {"objectID": {}},
    "no time": {"created_at_i": None},
    "a time that is none": {"created_at_i": "now"},
    "a time that is true": {"created_at_i": True},
    "a time before all": {"created_at_i": -1},
    "a time beyond all": {"created_at_i": 1e300},
    "no title": {"title": None},
    "a title that is a list": {"title": ["Claude is down"]},
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_one_odd_post_leaves_the_others_as_they_are(change):
    body = json.dumps({"hits": [HIT, HIT | change, None, 5, []]}).encode()
    assert len(answer_of_json(body, HACKER_NEWS, 100).posts) == 1


BAD = {
    "nothing": b"",
    "HTML": b"<html>",
    "another document": b'{"error": "x"}',
    "a list of nothing that can be read": b'{"hits": [1, 2]}',
    "JSON nested without end": b"[" * 100_000,
    "JSON that is no UTF-8": b"\xff\xfe\xfd",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_list_of_posts_is_refused(body):
    with pytest.raises(UnreadableError):
        answer_of_json(body, HACKER_NEWS, 100)


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>'


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"<feed/>", BOMB, b"\xff", b"<feed"])
def test_what_is_no_atom_feed_is_refused(body):
    with pytest.raises(UnreadableError):
        answer_of_atom(body, 0)


def test_an_answer_that_was_full_may_have_been_cut():
    """Also where some of it could not be read: the oldest may be among them."""
    body = json.dumps({"hits": [HIT, HIT | {"objectID": "2"}, None]}).encode()
    assert [answer_of_json(body, HACKER_NEWS, full).whole for full in (2, 3, 4)] == [
        False,
        False,
        True,
    ]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    for read in (lambda: answer_of_json(body, REDDIT, 0), lambda: answer_of_atom(body, 0)):
        with contextlib.suppress(UnreadableError):
            assert isinstance(read(), Answer)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(("objectID", "created_at_i", "title", "url"), _JSON)))
def test_any_values_are_read_or_left_out(hit):
    body = json.dumps({"hits": [hit, HIT]}).encode()
    posts = answer_of_json(body, HACKER_NEWS, 100).posts
    assert posts[-1].id == "1"
    assert len(posts) <= 2
