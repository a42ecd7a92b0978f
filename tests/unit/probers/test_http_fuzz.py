"""Whatever a stranger sends is an answer or a fault of theirs, never an exception of ours."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.probers.faults import FAULTS
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.http_judge import date_of, judged, length_of, retry_after_of
from claude_exporter.probers.http_options import HttpOptions

LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 503 \r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n",
        b"Content-Length: 7\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Retry-After: 7\r\n",
        b"\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
    ]
)
PIECES = st.lists(st.one_of(LINES, st.binary(max_size=40)), max_size=12)
KEYLESS = HttpOptions(expect="keyless")


@given(pieces=PIECES, method=st.sampled_from(["GET", "HEAD"]))
def test_any_bytes(pieces, method):
    """An answer of any bytes ends whole, unfinished or in a known fault, within its limit."""
    answer = Answer(method, 5)
    with contextlib.suppress(*FAULTS):
        if not any(answer.receive(piece, 1.0) for piece in pieces):
            answer.end(2.0)
    answer.release()

    assert len(answer.body) <= 5
    assert answer.whole <= answer.headers_whole
    assert judged(answer.status, answer.headers, answer.body, KEYLESS).sign


@given(text=st.text())
def test_any_header(text):
    """Headers of any text are read or ignored."""
    headers = {"retry-after": text, "content-length": text}

    assert (retry_after_of(headers, 7.0) or 0.0) >= 0.0
    assert length_of(headers) >= -1
    assert date_of(text) is None or isinstance(date_of(text), float)
