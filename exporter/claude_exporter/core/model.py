"""
The nouns of the exporter.

Everything here is an immutable value: no I/O, no clock, no Prometheus. Moments are Unix seconds,
durations are seconds, both are floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

EMPTY: Final[Mapping[Phase, float]] = MappingProxyType({})


class Surface(StrEnum):
    """What a user uses; `control` has nothing to do with Claude and tells whether we are online."""

    WEB = "web"
    API = "api"
    CODE = "code"
    CONSOLE = "console"
    CONTROL = "control"


ROUTE_PREFIX: Final = "route-"
"""Parts so named are other ways to Claude: a fallback that fails is no trouble of the surface."""

WATCHED: Final = (Surface.WEB, Surface.API, Surface.CODE, Surface.CONSOLE)
"""The surfaces that get a verdict, in the order they are shown."""


class Phase(StrEnum):
    """A stage of one exchange, in the order the stages happen."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    PROCESSING = "processing"
    TRANSFER = "transfer"


class Sign(StrEnum):
    """What a probe met: a cause, never an advice. The guide says what each one means."""

    OK = "ok"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    SERVICE_UNAVAILABLE = "service_unavailable"
    GATEWAY_TIMEOUT = "gateway_timeout"
    OVERLOADED = "overloaded"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    BILLING = "billing"
    RATE_LIMITED = "rate_limited"
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    EDGE_CHALLENGE = "edge_challenge"
    SLOW = "slow"
    UNEXPECTED = "unexpected"


FAILURE_SIGNS: Final = tuple(sign for sign in Sign if sign not in {Sign.OK, Sign.SLOW})


class SignClass(StrEnum):
    """Whose move it is: signs of one class are one continuous trouble to the guide."""

    FINE = "fine"
    NETWORK = "network"
    SERVER = "server"
    ACCOUNT = "account"
    LIMIT = "limit"
    REQUEST = "request"
    UNKNOWN = "unknown"


CLASS_OF_SIGN: Final[Mapping[Sign, SignClass]] = MappingProxyType(
    {
        Sign.OK: SignClass.FINE,
        Sign.SLOW: SignClass.FINE,
        Sign.DNS: SignClass.NETWORK,
        Sign.CONNECT: SignClass.NETWORK,
        Sign.TLS: SignClass.NETWORK,
        Sign.TIMEOUT: SignClass.NETWORK,
        Sign.PROTOCOL: SignClass.NETWORK,
        Sign.INTERNAL_ERROR: SignClass.SERVER,
        Sign.BAD_GATEWAY: SignClass.SERVER,
        Sign.SERVICE_UNAVAILABLE: SignClass.SERVER,
        Sign.GATEWAY_TIMEOUT: SignClass.SERVER,
        Sign.OVERLOADED: SignClass.SERVER,
        Sign.UNEXPECTED: SignClass.SERVER,
        Sign.AUTHENTICATION: SignClass.ACCOUNT,
        Sign.PERMISSION: SignClass.ACCOUNT,
        Sign.BILLING: SignClass.ACCOUNT,
        Sign.RATE_LIMITED: SignClass.LIMIT,
        Sign.INVALID_REQUEST: SignClass.REQUEST,
        Sign.NOT_FOUND: SignClass.REQUEST,
        Sign.TOO_LARGE: SignClass.REQUEST,
        Sign.EDGE_CHALLENGE: SignClass.UNKNOWN,
    }
)


class Action(StrEnum):
    """What the guide tells a person to do, from the least to the most urgent."""

    NONE = "none"
    WAIT = "wait"
    TROUBLESHOOT = "troubleshoot"
    ESCALATE = "escalate"


class Standing(StrEnum):
    """What one probe says about its target. `unknown` is never up and never down."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    One thing probed, by one prober.

    A surface fails when every essential target of one of its parts fails. `keyed` targets send the
    user's credential; `model` names the model a keyed target asks.
    """

    name: str
    surface: Surface
    prober: str
    address: str
    interval: float = 30.0
    timeout: float = 10.0
    part: str = "main"
    essential: bool = True
    keyed: bool = False
    model: str | None = None
    slow_after: float | None = None
    options: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFacts:
    """What an HTTP exchange showed. `content_length` is -1 where the server did not say."""

    status: int
    version: str
    redirects: int = 0
    content_length: int = -1
    body_length: int = 0
    encrypted: bool = False
    last_modified_at: float | None = None
    failed_pattern: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """
    The certificate chain as presented, read even when it does not verify.

    `not_after_at` is the earliest end in the presented chain; `chain_not_after_at` is the end of
    the verified chain, None where it did not verify.
    """

    version: str
    cipher: str
    not_after_at: float
    chain_not_after_at: float | None
    fingerprint_sha256: str
    subject: str
    issuer: str
    subject_alternative: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFacts:
    """What a DNS exchange showed; `serial` only where an SOA was asked for."""

    rcode: str
    answers: int = 0
    authorities: int = 0
    additionals: int = 0
    serial: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One rate limit as the API's headers tell it; `reset_at` is Unix seconds."""

    kind: str
    limit: float | None = None
    remaining: float | None = None
    reset_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFacts:
    """
    What a keyed exchange with the API showed, seconds counted from when the request was sent.

    `first_token` is the first piece of text of a streamed message, `total` its `message_stop`.
    `output_rate` is tokens per second after the first piece, None where one piece was all.
    """

    kind: str
    first_token: float | None = None
    total: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    output_rate: float | None = None
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """
    What one probe of one target saw; exactly one is made per attempt.

    `success` is the target's own expectation met: a keyless probe that expects 401 succeeds with
    it. `detail` and `log` are for people and never become labels. A phase that did not happen is
    not in `phases`.
    """

    target: str
    started_at: float
    duration: float
    sign: Sign
    success: bool
    detail: str = ""
    phases: Mapping[Phase, float] = field(default_factory=lambda: EMPTY)
    ip: str | None = None
    http: HttpFacts | None = None
    tls: TlsFacts | None = None
    dns: DnsFacts | None = None
    api: ApiFacts | None = None
    retry_after: float | None = None
    request_id: str | None = None
    log: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Up, down, or unknown where an edge answered in the target's stead."""
        if self.success:
            return Standing.UP
        unknown = CLASS_OF_SIGN[self.sign] is SignClass.UNKNOWN
        return Standing.UNKNOWN if unknown else Standing.DOWN
