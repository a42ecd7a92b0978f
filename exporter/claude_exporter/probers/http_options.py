"""The options of the http prober."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import re2
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from claude_exporter.config.fields import Pattern, Size
from claude_exporter.config.secrets import Secret
from claude_exporter.core.model import Sign

MIB: Final = 2**20
SUCCESSES: Final = frozenset(range(200, 300))

_NAME: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
_LINE: Final = r"^[^\r\n\x00]*$"
HeaderName = Annotated[str, StringConstraints(pattern=_NAME)]
HeaderValue = Annotated[str, StringConstraints(pattern=_LINE)]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Status = Annotated[int, Field(ge=200, le=599)]
StatusClass = Literal["2xx", "3xx", "4xx", "5xx"]


class HttpOptions(BaseModel):
    """
    What to ask, and what counts as success.

    `valid_statuses` empty means 2xx; `accept_signs` are signs that count as success beside ok.
    `expect: keyless` is met by a 401 whose body is an authentication_error and that carries a
    request-id. `headers_from` are headers that are secrets. Patterns see the first `body_limit`
    bytes of the body: the rest is read but not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method = "GET"
    headers: dict[HeaderName, HeaderValue] = {}
    headers_from: dict[HeaderName, Secret] = {}
    body: str | None = None
    follow_redirects: bool = True
    max_redirects: Annotated[int, Field(ge=0, le=50)] = 10
    body_limit: Annotated[float, Size(0, 64 * MIB)] = MIB
    valid_statuses: list[Status | StatusClass] = []
    accept_signs: list[Sign] = []
    expect: Literal["status", "keyless"] = "status"
    fail_if_body_matches: list[Pattern] = []
    fail_if_body_not_matches: list[Pattern] = []
    verify: bool = True
    server_name: str | None = None

    @cached_property
    def statuses(self) -> frozenset[int]:
        """The statuses that count as success."""
        if not self.valid_statuses:
            return SUCCESSES
        found: set[int] = set()
        for entry in self.valid_statuses:
            first = int(entry[0]) * 100 if isinstance(entry, str) else entry
            found.update(range(first, first + 100) if isinstance(entry, str) else (first,))
        return frozenset(found)

    @cached_property
    def forbidden(self) -> tuple[Any, ...]:
        """Compiled `fail_if_body_matches`."""
        return tuple(re2.compile(pattern) for pattern in self.fail_if_body_matches)

    @cached_property
    def required(self) -> tuple[Any, ...]:
        """Compiled `fail_if_body_not_matches`."""
        return tuple(re2.compile(pattern) for pattern in self.fail_if_body_not_matches)

    @cached_property
    def plain_headers(self) -> tuple[tuple[str, str], ...]:
        """`headers` as pairs."""
        return tuple(self.headers.items())

    @cached_property
    def host(self) -> str | None:
        """The host that a configured Host header names: it is also who TLS asks for."""
        for name, value in self.plain_headers:
            if name.lower() == "host":
                return urlsplit(f"//{value}").hostname
        return None
