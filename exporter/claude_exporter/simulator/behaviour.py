"""How a simulated host behaves: as it should, with one particular answer, or with a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from claude_exporter.config.durations import parse_duration
from claude_exporter.simulator.bodies import ANSWER_OF_BODY, BODY_OF_STATUS, Answer, Body
from claude_exporter.simulator.streams import StreamTrouble, troubled


class Fault(StrEnum):
    """What goes wrong below HTTP."""

    REFUSE = "refuse"
    RESET = "reset"
    HANG = "hang"
    DRIP = "drip"
    CLOSE = "close"
    GARBAGE = "garbage"
    TLS_EXPIRED = "tls_expired"
    TLS_SELF_SIGNED = "tls_self_signed"
    TLS_WRONG_HOST = "tls_wrong_host"
    DNS_NXDOMAIN = "dns_nxdomain"
    DNS_SERVFAIL = "dns_servfail"
    DNS_TIMEOUT = "dns_timeout"

    @property
    def of_dns(self) -> bool:
        """Whether the name server is at fault, so that no connection is made at all."""
        return self.value.startswith("dns_")

    @property
    def of_tls(self) -> bool:
        """Whether the certificate is at fault; plain HTTP never meets it."""
        return self.value.startswith("tls_")

    @property
    def of_request(self) -> bool:
        """Whether a request is read before anything goes wrong."""
        return not (self.of_dns or self.of_tls or self is Fault.REFUSE)


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
"""Seconds; a scenario file writes a duration such as `1m30s`."""


def _named(value: object) -> object:
    return {"body": value} if isinstance(value, str) and value in set(Body) else value


FILE_VALUE: Final = ConfigDict(frozen=True, extra="forbid", strict=True)
"""Every value read from a scenario file is frozen and refuses what it does not know."""


class Manner(BaseModel):
    """
    `ok`, an answer (status, body, or both; headers are added) or a fault.

    `delay` is the time between a request and its answer; `stream` is what happens to a streamed
    message.
    """

    model_config = FILE_VALUE

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: Annotated[Body, Field(strict=False)] | None = None
    headers: Mapping[str, str] = Field(default_factory=dict)
    delay: Seconds = 0.0
    stream: StreamTrouble | None = None
    fault: Annotated[Fault, Field(strict=False)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_ok(cls, value: Any) -> Any:  # noqa: ANN401 — what a YAML file may hold
        if isinstance(value, str) and value != "ok":
            raise ValueError(f"expected ok, an answer or a fault, not {value!r}")
        return {} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _refuse_mixtures(self) -> Self:
        if self.fault and self.model_fields_set > {"fault"}:
            raise ValueError("a fault stands alone: no status, body, headers or delay beside it")
        return self

    def answer(self, ordinary: Answer) -> Answer:
        """What is answered where the host would ordinarily answer `ordinary`."""
        body = self.body or (None if self.status is None else BODY_OF_STATUS.get(self.status))
        if self.status is None and body is None:
            answer = replace(ordinary, headers={**ordinary.headers, **self.headers})
            return troubled(answer, self.stream) if self.stream else answer
        canned = ANSWER_OF_BODY[body or Body.EMPTY]
        return Answer(
            status=self.status or canned.status,
            headers={**canned.headers, **self.headers},
            body=canned.body,
        )


class Behaviour(Manner):
    """
    How a host behaves.

    `models` says for a message to one model how it behaves instead, in short by the name of a body.
    """

    models: Mapping[str, Annotated[Manner, BeforeValidator(_named)]] = Field(default_factory=dict)

    def towards(self, model: str | None) -> Manner:
        """How it behaves to a message for `model`."""
        return self if model is None else self.models.get(model, self)


OK: Final = Behaviour()
