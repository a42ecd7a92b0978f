"""What each simulated host answers on a good day, as a pure function of the request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from claude_exporter.simulator.bodies import (
    ANSWER_OF_BODY,
    API_HEADERS,
    CLOUDFLARE,
    RATE_LIMITS,
    Answer,
    Body,
)
from claude_exporter.simulator.hosts import PAGES, Host
from claude_exporter.simulator.page import Moments, documents, encoded, etag
from claude_exporter.simulator.page_history import history_html, history_items
from claude_exporter.simulator.streams import INPUT_TOKENS, streamed_message
from claude_exporter.simulator.world import World

VALID_KEY: Final = "simulated-key"
"""The one credential that the simulated API accepts."""

ENVIRON: Final[Mapping[str, str]] = MappingProxyType({"CLAUDE_SIMULATED_KEY": VALID_KEY})
"""What scenarios that probe with a key expect in the environment."""

MODELS: Final = ("claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5")
"""The models the simulated API lists."""

_CREDENTIALS: Final = ("x-api-key", "authorization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; header names are lower-case, `name` is the host name it was sent to."""

    name: str
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""

    @property
    def keyed(self) -> bool:
        """Whether it carries a credential, right or wrong."""
        return any(self.headers.get(name) for name in _CREDENTIALS)


def ordinary_answer(host: Host, request: Request, world: World, moments: Moments) -> Answer:
    """What a host answers while nothing is wrong with it."""
    if host in PAGES:
        return _page(request, world, moments)
    return _ANSWERS[host](request)


def _api(request: Request) -> Answer:
    if not request.keyed:
        return ANSWER_OF_BODY[Body.KEYLESS]
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if VALID_KEY not in (request.headers.get("x-api-key"), key):
        return ANSWER_OF_BODY[Body.AUTHENTICATION]
    endpoint = _ENDPOINTS.get((request.method, request.path))
    return ANSWER_OF_BODY[Body.NOT_FOUND] if endpoint is None else endpoint(request)


def _models(request: Request) -> Answer:
    del request
    listed = [
        {
            "type": "model",
            "id": model,
            "display_name": model.replace("-", " ").title(),
            "created_at": "2026-01-01T00:00:00Z",
        }
        for model in MODELS
    ]
    return _json({"data": listed, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})


def _messages(request: Request) -> Answer:
    model, asked = model_asked(request.body), _document_of(request.body)
    if model is None:
        return ANSWER_OF_BODY[Body.INVALID_REQUEST]
    if model not in MODELS:
        return ANSWER_OF_BODY[Body.NOT_FOUND]
    if asked.get("stream") is True:
        most = asked.get("max_tokens")
        return streamed_message(model, most if isinstance(most, int) else 1, RATE_LIMITS)
    return _json(
        {
            "id": "msg_01SimulatedMessage000",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": "Hi"}],
            "stop_reason": "max_tokens",
            "stop_sequence": None,
            "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": 1},
        }
    )


def _count_tokens(request: Request) -> Answer:
    model = model_asked(request.body)
    if model is None:
        return ANSWER_OF_BODY[Body.INVALID_REQUEST]
    counted = _json({"input_tokens": INPUT_TOKENS})
    return counted if model in MODELS else ANSWER_OF_BODY[Body.NOT_FOUND]


def model_asked(body: bytes) -> str | None:
    """The model that a message is meant for, None for a body that is no message."""
    document = _document_of(body)
    model = document.get("model") if document.get("messages") else None
    return model if isinstance(model, str) else None


def _document_of(body: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _json(document: Mapping[str, object]) -> Answer:
    return Answer(status=200, headers=API_HEADERS, body=json.dumps(document).encode())


_ENDPOINTS: Final[Mapping[tuple[str, str], Callable[[Request], Answer]]] = MappingProxyType(
    {
        ("GET", "/v1/models"): _models,
        ("HEAD", "/v1/models"): _models,
        ("POST", "/v1/messages"): _messages,
        ("POST", "/v1/messages/count_tokens"): _count_tokens,
    }
)


def _always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer


def _text(text: str, kind: str = "text/html") -> Answer:
    return Answer(status=200, headers={"content-type": kind}, body=text.encode())


_SUCCESS: Final = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"

_ANSWERS: Final[Mapping[Host, Callable[[Request], Answer]]] = MappingProxyType(
    {
        Host.API: _api,
        Host.WEB: _always(ANSWER_OF_BODY[Body.CHALLENGE]),
        Host.CONSOLE: _always(ANSWER_OF_BODY[Body.CHALLENGE]),
        Host.DOWNLOADS: _always(
            Answer(status=200, headers={**CLOUDFLARE, "content-type": "text/plain"})
        ),
        Host.MCP: _always(Answer(status=404, headers=CLOUDFLARE)),
        Host.CONTROL_GOOGLE: _always(Answer(status=204)),
        Host.CONTROL_CLOUDFLARE: _always(Answer(status=204, headers={"server": "cloudflare"})),
        Host.CONTROL_APPLE: _always(_text(_SUCCESS)),
        Host.CONTROL_MICROSOFT: _always(_text("Microsoft Connect Test", "text/plain")),
    }
)

_OLD_PAGE: Final = "status.anthropic.com"
_PAGE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "max-age=10, public, s-maxage=15, stale-while-revalidate=30, "
        "stale-if-error=3600",
        "server": "AtlassianEdge",
    }
)


def _page(request: Request, world: World, moments: Moments) -> Answer:
    if request.name == _OLD_PAGE:
        return Answer(status=302, headers={"location": f"https://status.claude.com{request.path}"})
    if request.path == "/history":
        listed = history_html(history_items(world.page, moments))
        return Answer(status=200, headers={"content-type": "text/html"}, body=listed)
    make = documents(world.page, moments).get(request.path)
    if make is None:
        return Answer(status=404, headers={"content-type": "text/html"})
    body = encoded(make())
    headers = {**_PAGE_HEADERS, "etag": etag(body)}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Answer(status=304, headers=headers)
    return Answer(status=200, headers=headers, body=body)
