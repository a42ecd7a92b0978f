"""What Claude Code's events count as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from claude_exporter.claude_code.facts import Fact, Failed, Retried, Source, TokenType, Used
from claude_exporter.claude_code.failure_signs import sign_of_failure
from claude_exporter.claude_code.otlp_records import Event, Scalar
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.values import amount_of, status_of
from claude_exporter.core.model import Sign

SECOND: Final = 1_000_000_000
CLOCK_AHEAD: Final = 300.0
"""Seconds that a sender's clock may be ahead before its time is not believed."""

_TEXT_LIMIT: Final = 4096
_TOKENS: Final = (
    (TokenType.INPUT, "input_tokens"),
    (TokenType.OUTPUT, "output_tokens"),
    (TokenType.CACHE_READ, "cache_read_tokens"),
    (TokenType.CACHE_CREATION, "cache_creation_tokens"),
)
_Told = tuple[Source, Fact]


class EventReader:
    """Turns events into facts; an event that is sent again, after a lost answer, is none."""

    def __init__(self) -> None:
        self._seen = Seen(16_384)

    def facts(self, events: Iterable[Event], now: float) -> list[_Told]:
        """What *events* count as, and as whose account."""
        found: list[_Told] = []
        for event in events:
            if self._is_new(event):
                read = _READERS[event.name]
                found.extend(read(event.attributes, _moment_of(event.at, now)))
        return found

    def _is_new(self, event: Event) -> bool:
        session, number = (event.attributes.get(key) for key in ("session.id", "event.sequence"))
        if number is None or not event.at:
            return True
        return self._seen.add(event.name, str(session), str(number), str(event.at))


def _moment_of(nanoseconds: int, now: float) -> float:
    at = nanoseconds / SECOND
    return at if 0 < at <= now + CLOCK_AHEAD else now


def _request(attributes: Mapping[str, Scalar], at: float) -> list[_Told]:
    amounts = ((kind, _amount(attributes.get(key))) for kind, key in _TOKENS)
    used = Used(
        model=attributes.get("model"),
        at=at,
        requests=1.0,
        tokens={kind: amount for kind, amount in amounts if amount},
        cost=_amount(attributes.get("cost_usd")),
    )
    return [(Source.OTLP, used)]


def _error(attributes: Mapping[str, Scalar], at: float) -> list[_Told]:
    sign, model = _sign_of(attributes), attributes.get("model")
    again = _amount(attributes.get("attempt")) - 1
    failed: _Told = (Source.OTLP, Failed(at, sign, model))
    return [failed, (Source.OTLP, Retried(sign, model, again))] if again > 0 else [failed]


def _exhausted(attributes: Mapping[str, Scalar], at: float) -> list[_Told]:
    # The same failure as its api_error says too: as another teller's account it counts once.
    sign, model = _sign_of(attributes), attributes.get("model")
    again = _amount(attributes.get("total_attempts")) - 1
    failed: _Told = (Source.OTLP_RETRIES, Failed(at, sign, model))
    return [failed, (Source.OTLP_RETRIES, Retried(sign, model, again))] if again > 0 else [failed]


def _auth(attributes: Mapping[str, Scalar], at: float) -> list[_Told]:
    if attributes.get("success") not in (False, "false"):
        return []
    status = status_of(attributes.get("status_code"))
    sign = sign_of_failure(status, "", "authentication_failed")
    return [(Source.OTLP, Failed(at, sign))]


_READERS: Final[Mapping[str, Callable[[Mapping[str, Scalar], float], list[_Told]]]] = (
    MappingProxyType(
        {
            "api_request": _request,
            "api_error": _error,
            "api_retries_exhausted": _exhausted,
            "auth": _auth,
        }
    )
)


def _sign_of(attributes: Mapping[str, Scalar]) -> Sign:
    status = status_of(attributes.get("status_code"))
    error = attributes.get("error")
    text = error[:_TEXT_LIMIT] if isinstance(error, str) else ""
    sign = sign_of_failure(status, text)
    # Without a status no answer came; what the words do not name was a connection.
    return Sign.CONNECT if status is None and sign is Sign.UNEXPECTED else sign


def _amount(value: object) -> float:
    """Claude Code sends some of its numbers as texts."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return 0.0
    return amount_of(value)
