"""Streamed messages of the simulated API, as server-sent events, and how they go wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from claude_exporter.simulator.bodies import ANSWER_OF_BODY, API_HEADERS, Answer, Body

INPUT_TOKENS: Final = 11

_WORDS: Final = ("Hello", "!", " How", " can", " I", " help", " you", "?")
_BEFORE_TEXT: Final = 3


class StreamTrouble(BaseModel):
    """
    What happens to a stream that began well.

    `pause` seconds pass before each event. After the first text comes the event `error`, or the
    connection is `cut`; `unfinished` ends in order but without its last event.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pause: Annotated[float, Field(ge=0)] = 0.0
    error: Annotated[Body, Field(strict=False)] | None = None
    cut: bool = False
    unfinished: bool = False


def streamed_message(model: str, max_tokens: int, headers: Mapping[str, str]) -> Answer:
    """A message of at most `max_tokens` words, one event a piece."""
    words = _WORDS[:max_tokens]
    usage = {"input_tokens": INPUT_TOKENS, "output_tokens": 1}
    message: dict[str, object] = {
        "id": "msg_01SimulatedMessage000",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    block = {"index": 0, "content_block": {"type": "text", "text": ""}}
    stop = {"delta": {"stop_reason": "max_tokens", "stop_sequence": None}}
    pieces = (
        _event("message_start", message=message),
        _event("content_block_start", **block),
        _event("ping"),
        *(_text(word) for word in words),
        _event("content_block_stop", index=0),
        _event("message_delta", **stop, usage={"output_tokens": len(words)}),
        _event("message_stop"),
    )
    kind = {**API_HEADERS, **headers, "content-type": "text/event-stream; charset=utf-8"}
    return Answer(status=200, headers=kind, pieces=pieces)


def troubled(answer: Answer, trouble: StreamTrouble) -> Answer:
    """The same stream with its trouble; an answer that is no stream stays as it is."""
    pieces = answer.pieces
    if trouble.error is not None:
        error = ANSWER_OF_BODY[trouble.error].body
        pieces = (*pieces[: _BEFORE_TEXT + 1], b"event: error\ndata: " + error + b"\n\n")
    elif trouble.cut:
        pieces = pieces[: _BEFORE_TEXT + 1]
    elif trouble.unfinished:
        pieces = pieces[:-1]
    if not answer.pieces:
        return answer
    return replace(answer, pieces=pieces, pause=trouble.pause, cut=trouble.cut)


def _text(word: str) -> bytes:
    delta = {"type": "text_delta", "text": word}
    return _event("content_block_delta", index=0, delta=delta)


def _event(name: str, **fields: object) -> bytes:
    data = json.dumps({"type": name, **fields}, separators=(",", ":"))
    return f"event: {name}\ndata: {data}\n\n".encode()
