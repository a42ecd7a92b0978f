"""Events in pieces of any size, from anybody."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core.model import Sign
from claude_exporter.probers.api_judge import allowances_of, finding_of_answer, finding_of_stream
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.api_stream import EVENT_LIMIT, Events, MessageStream
from claude_exporter.probers.faults import ProtocolError
from claude_exporter.simulator.streams import streamed_message

WHOLE = b"".join(streamed_message("claude-haiku-4-5", 8, {}).pieces)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=13), st.booleans())
def test_pieces_of_any_size_say_the_same(cuts, windows):
    """Where the network cuts a stream, and how its lines end, changes nothing."""
    places = [0, *sorted(cuts), len(WHOLE)]
    stream = MessageStream()
    for start, end in pairwise(places):
        piece = WHOLE[start:end]
        stream.hear(piece.replace(b"\n", b"\r\n") if windows else piece, float(end))
    assert (stream.input_tokens, stream.output_tokens, stream.pieces) == (11, 8, 8)
    assert finding_of_stream(stream).sign is Sign.OK


@given(st.binary(max_size=300))
def test_no_bytes_can_surprise(junk):
    """Whatever comes as a stream has a finding, and what is no stream fails."""
    stream = MessageStream()
    stream.hear(junk, 1.0)
    stream.hear(b"\n\ndata: " + junk + b"\n\n", 2.0)
    assert not finding_of_stream(stream).success


STRANGE = {
    "no object": [1, "x", None],
    "an error that is a text": [{"type": "error", "error": "x"}],
    "counts that are none": [{"type": "message_delta", "usage": {"output_tokens": True}}],
    "a usage that is a list": [{"type": "message_start", "message": {"usage": []}}],
    "a negative count": [{"type": "message_delta", "usage": {"output_tokens": -1}}],
}


@pytest.mark.parametrize("events", STRANGE.values(), ids=STRANGE)
def test_strange_events_count_nothing(events):
    """An event that is not as documented is left alone."""
    stream = MessageStream()
    for event in events:
        stream.hear(b"data: " + json.dumps(event).encode() + b"\n\n", 1.0)
    assert (stream.input_tokens, stream.output_tokens) == (None, None)
    assert not finding_of_stream(stream).success


@pytest.mark.parametrize("endless", [b"data:x\n", b"x"], ids=["lines", "one line"])
def test_an_endless_event_is_refused(endless):
    """Memory is bounded."""
    events = Events()
    most = EVENT_LIMIT // len(endless.removeprefix(b"data:").strip())
    assert [list(events.feed(endless)) for _ in range(most)] == [[]] * most
    with pytest.raises(ProtocolError, match="bytes of one event"):
        list(events.feed(endless * 2))


def test_the_replay_judges_as_the_prober_does():
    """A whole body judged at once is what was heard in pieces."""
    options = ApiOptions.model_validate({"kind": "message", "model": "m", "key": {"env": "KEY"}})
    assert finding_of_answer("message", 200, {}, WHOLE, options.http).success
    assert finding_of_answer("message", 200, {}, WHOLE[:-30], options.http).sign is Sign.PROTOCOL


def test_limits_that_make_no_sense_are_left_out():
    """A number, a moment with its zone, or nothing."""
    headers = {
        "anthropic-ratelimit-requests-limit": "nan",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:00",
        "anthropic-ratelimit-tokens-remaining": "-1",
        "anthropic-ratelimit-mystery-limit": "5",
    }
    assert allowances_of(headers) == ()
