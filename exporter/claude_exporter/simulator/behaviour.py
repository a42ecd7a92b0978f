"""How a simulated host behaves: as it should, with one particular answer, or with a fault."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from claude_exporter.config.durations import parse_duration
from claude_exporter.simulator.bodies import ANSWER_OF_BODY, BODY_OF_STATUS, Answer, Body


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

FILE_VALUE: Final = ConfigDict(frozen=True, extra="forbid", strict=True)
"""Every value read from a scenario file is frozen and refuses what it does not know."""


class Behaviour(BaseModel):
    """
    `ok`, an answer (status, body, or both; headers are added) or a fault.

    `delay` is the time between a request and its answer.
    """

    model_config = FILE_VALUE

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: Annotated[Body, Field(strict=False)] | None = None
    headers: Mapping[str, str] = Field(default_factory=dict)
    delay: Seconds = 0.0
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
            return Answer(
                status=ordinary.status,
                headers={**ordinary.headers, **self.headers},
                body=ordinary.body,
            )
        canned = ANSWER_OF_BODY[body or Body.EMPTY]
        return Answer(
            status=self.status or canned.status,
            headers={**canned.headers, **self.headers},
            body=canned.body,
        )


OK: Final = Behaviour()
