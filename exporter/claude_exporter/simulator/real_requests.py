"""What Claude Code on the user's own machine meets while a scenario plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, model_validator

from claude_exporter.core.model import Sign
from claude_exporter.core.real_use import Request
from claude_exporter.simulator.behaviour import FILE_VALUE, Seconds

SENT_AS: Final[Mapping[Sign, Mapping[str, object]]] = MappingProxyType(
    {
        Sign.OVERLOADED: {"status_code": 529},
        Sign.INTERNAL_ERROR: {"status_code": 500},
        Sign.BAD_GATEWAY: {"status_code": 502},
        Sign.SERVICE_UNAVAILABLE: {"status_code": 503},
        Sign.GATEWAY_TIMEOUT: {"status_code": 504},
        Sign.AUTHENTICATION: {"status_code": 401},
        Sign.RATE_LIMITED: {"status_code": 429},
        Sign.CONNECT: {"error": "Connection error."},
        Sign.TIMEOUT: {"error": "Request timed out."},
    }
)
"""How Claude Code's telemetry tells of each failure that a scenario may have."""


class RealRequests(BaseModel):
    """Requests that end alike: with `sign`, one `every` so often, at most `times` of them."""

    model_config = FILE_VALUE

    sign: Annotated[Sign, Field(strict=False)] = Sign.OK
    every: Seconds = 60.0
    model: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if self.sign is not Sign.OK and self.sign not in SENT_AS:
            known = ", ".join((Sign.OK, *SENT_AS))
            raise ValueError(f"sign: expected one of {known}, not {self.sign}")
        if self.every < 1.0:
            raise ValueError(f"every: expected a second or more, not {self.every:g}")
        return self


def requests_between(local: Iterable[RealRequests], begin: float, end: float) -> Iterator[Request]:
    """The requests from *begin* on and before *end*, seconds of the scenario."""
    for each in local:
        for number in count() if each.times is None else range(each.times):
            at = begin + number * each.every
            if at >= end:
                break
            yield Request(at, each.sign, each.model)
