"""Somebody else's words, without what is private in them."""

import pytest

from claude_exporter.core.private_words import shown_words, without_private

WORDS = {
    "a key of Anthropic's": ("bad sk-ant-api03-abc_DEF.g here", "bad <secret> here"),
    "a bearer": ("Authorization: Bearer abcdef123456", "Authorization: <secret> <secret>"),
    "a cookie": ("Set-Cookie: s=abc; path=/", "Set-Cookie: <secret>"),
    "a key in an address": ("GET /x?api_key=abc&y=2", "GET /x?api_key=<secret>&y=2"),
    "a password in an address": ("https://me:word@host/x", "https://<secret>@host/x"),
    "an e-mail": ("ask zx9@corp.example now", "ask <e-mail> now"),
    "a user's folder": ("in /home/someone/x", "in /home/<user>/x"),
    "an address of an inner network": ("from 192.168.7.9", "from <private address>"),
    "an address of anybody": ("from 160.79.104.10", "from 160.79.104.10"),
    "this machine": ("from 127.0.0.1", "from 127.0.0.1"),
    "a version is no address": ("nginx 1.2.3.400", "nginx 1.2.3.400"),
    "nothing private": ("overloaded_error: Overloaded", "overloaded_error: Overloaded"),
}


@pytest.mark.parametrize(("text", "shown"), WORDS.values(), ids=WORDS)
def test_words_of_a_server(text, shown):
    assert without_private(text) == shown


def test_a_key_across_the_limit_is_hidden_before_it_is_cut():
    """Half a key does not look like one any more."""
    assert shown_words("x" * 17 + " sk-ant-api03-abcdefgh", 25) == "x" * 17 + " <secret"


def test_what_cannot_be_printed_is_a_blank():
    assert shown_words("a\nb\x1bc", 4) == "a b "
