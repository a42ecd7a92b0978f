"""One request to a place: bounded, redirects followed, refusals told from other faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx

from claude_exporter.core.page_model import PageFault
from claude_exporter.sources.body import ACCEPTED, read_body, read_start
from claude_exporter.sources.faults import CHALLENGED, PollError, error_of_answer

MAX_BODY: Final = 4 * 2**20
REDIRECT_LIMIT: Final = 3
START_LENGTH: Final = 4096
RESET_LIMIT: Final = 3600.0


class Refusal(StrEnum):
    """Why a place gave nothing although it is there."""

    BLOCKED = "blocked"
    CREDENTIALS = "credentials"


REASONS: Final[tuple[str, ...]] = (*PageFault, *Refusal)
"""Every reason for which a place may be unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A body, and for how many seconds the place wants to be left alone after it."""

    body: bytes
    rest: float = 0.0


async def asked(client: httpx.AsyncClient, request: httpx.Request, now: float) -> Given:
    """Send *request*; raises PollError and the exceptions of `sources.faults.EXPECTED`."""
    # Not left to the client: it would read the body of every redirect, however long.
    for _ in range(REDIRECT_LIMIT + 1):
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.next_request is None:
                return await _given(response, now)
            request = response.next_request
        finally:
            await response.aclose()
    raise PollError(
        PageFault.REDIRECTS, f"expected at most {REDIRECT_LIMIT} redirects, there were more"
    )


async def _given(response: httpx.Response, now: float) -> Given:
    if response.status_code != httpx.codes.OK:
        challenged = response.status_code in CHALLENGED
        start = await read_start(response, START_LENGTH) if challenged else b""
        raise error_of_answer(response.status_code, response.headers, start, now)
    body = await read_body(response, MAX_BODY)
    return Given(body=body, rest=rest_of(response.headers))


def rest_of(headers: Mapping[str, str]) -> float:
    """Seconds until requests are allowed again, by Reddit's headers; 0 while some are left."""
    remaining = _number(headers.get("x-ratelimit-remaining", ""))
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if remaining is None or reset is None or remaining >= 1:
        return 0.0
    return min(reset, RESET_LIMIT)


def _number(text: str) -> float | None:
    whole, _, part = text.partition(".")
    plain = text.isascii() and whole.isdecimal() and (part.isdecimal() or not part)
    return float(text[:15]) if plain else None


def reason_of(error: PollError) -> str:
    """The reason that is shown: whoever shows us the door blocks us, in whatever words."""
    blocked = error.fault is PageFault.WAF or (
        error.fault is PageFault.HTTP_STATUS and error.refused
    )
    return Refusal.BLOCKED if blocked else error.fault


def accepted(user_agent: str) -> dict[str, str]:
    """The headers that every request has."""
    return {
        "user-agent": user_agent,
        "accept": "application/json, application/atom+xml;q=0.9",
        "accept-encoding": ACCEPTED,
    }
