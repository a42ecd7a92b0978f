"""The options of the api prober."""

from __future__ import annotations

import json
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from claude_exporter.config.secrets import Secret
from claude_exporter.probers.http_exchange import one_line
from claude_exporter.probers.http_options import HeaderName, HeaderValue, HttpOptions, Method

ApiKind = Literal["models", "count_tokens", "message"]
Authorization = Literal["x-api-key", "bearer"]

PROMPT: Final = "Hi"
INPUT_LIMIT: Final = 64
"""More tokens than the prompt and what surrounds it can ever be."""

_VERSION: Final = "2023-06-01"
_REQUESTS: Final[MappingProxyType[ApiKind, tuple[Method, str]]] = MappingProxyType(
    {
        "models": ("GET", "/v1/models"),
        "count_tokens": ("POST", "/v1/messages/count_tokens"),
        "message": ("POST", "/v1/messages"),
    }
)


class ApiOptions(BaseModel):
    """
    What to ask the Claude API, or something that speaks like it, with a key.

    `models` lists the models, `count_tokens` counts those of a short prompt, both are free;
    `message` streams the shortest message, which costs money and is sent only within the budget.
    `bearer` sends the key as `Authorization: Bearer`. The target's address is the base URL.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ApiKind = "models"
    key: Secret
    authorization: Authorization = "x-api-key"
    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=8)] = 8
    headers: dict[HeaderName, HeaderValue] = {}
    verify: bool = True

    @model_validator(mode="after")
    def _name_a_model(self) -> Self:
        if self.kind != "models" and self.model is None:
            raise ValueError(f"expected a model for the kind {self.kind}, not none")
        return self

    @property
    def path(self) -> str:
        """Where the base URL continues."""
        return _REQUESTS[self.kind][1]

    @cached_property
    def http(self) -> HttpOptions:
        """The request without its key."""
        method, _ = _REQUESTS[self.kind]
        headers = {"anthropic-version": _VERSION, **self.headers}
        if method == "POST":
            headers["content-type"] = "application/json"
        return HttpOptions(
            method=method,
            headers=headers,
            body=self._body() if method == "POST" else None,
            follow_redirects=False,
            verify=self.verify,
        )

    def credentials(self) -> tuple[str, dict[str, str]]:
        """Give the key and the header that carries it; raises SecretError."""
        key = one_line("key", self.key)
        if self.authorization == "bearer":
            return key, {"authorization": f"Bearer {key}"}
        return key, {"x-api-key": key}

    def _body(self) -> str:
        asked = {"model": self.model, "messages": [{"role": "user", "content": PROMPT}]}
        streamed = {"max_tokens": self.max_tokens, "stream": True}
        return json.dumps({**asked, **(streamed if self.kind == "message" else {})})
