"""
What a prober and a status page source must read in a simulated world.

Pure: the same scenario drives the real probers on real sockets and a replay on a virtual clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import urlsplit

from claude_exporter.core.model import HttpFacts, ProbeResult, Sign, Surface, Target
from claude_exporter.core.page_model import PageContent, PageFault
from claude_exporter.probers.api_judge import finding_of_answer
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.http_judge import failed_pattern, judged, retry_after_of
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.simulator.answers import Request, ordinary_answer
from claude_exporter.simulator.behaviour import Fault, Manner
from claude_exporter.simulator.bodies import Answer
from claude_exporter.simulator.hosts import HOST_OF_NAME, host_of_address
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.world import World
from claude_exporter.sources.faults import error_of_answer
from claude_exporter.sources.statuspage_content import UnreadableError, content_of

SIGN_OF_FAULT: Final[Mapping[Fault, Sign]] = MappingProxyType(
    {
        Fault.REFUSE: Sign.CONNECT,
        Fault.RESET: Sign.CONNECT,
        Fault.HANG: Sign.TIMEOUT,
        Fault.DRIP: Sign.TIMEOUT,
        Fault.CLOSE: Sign.PROTOCOL,
        Fault.GARBAGE: Sign.PROTOCOL,
        Fault.TLS_EXPIRED: Sign.TLS,
        Fault.TLS_SELF_SIGNED: Sign.TLS,
        Fault.TLS_WRONG_HOST: Sign.TLS,
        Fault.DNS_NXDOMAIN: Sign.DNS,
        Fault.DNS_SERVFAIL: Sign.DNS,
        Fault.DNS_TIMEOUT: Sign.DNS,
    }
)

PAGE_FAULT_OF_FAULT: Final[Mapping[Fault, PageFault]] = MappingProxyType(
    {
        Fault.REFUSE: PageFault.CONNECT,
        Fault.RESET: PageFault.CONNECT,
        Fault.HANG: PageFault.TIMEOUT,
        Fault.DRIP: PageFault.TIMEOUT,
        Fault.CLOSE: PageFault.PROTOCOL,
        Fault.GARBAGE: PageFault.PROTOCOL,
        Fault.TLS_EXPIRED: PageFault.TLS,
        Fault.TLS_SELF_SIGNED: PageFault.TLS,
        Fault.TLS_WRONG_HOST: PageFault.TLS,
        Fault.DNS_NXDOMAIN: PageFault.DNS,
        Fault.DNS_SERVFAIL: PageFault.DNS,
        # The deadline of the poll passes before the resolver gives up.
        Fault.DNS_TIMEOUT: PageFault.TIMEOUT,
    }
)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ANY_TIME: Final = Moments(epoch=0.0)
_PAGE_NAMES: Final = ("status.claude.com", "anthropic.statuspage.io")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one probe says; `status` is None where no whole answer came."""

    sign: Sign
    success: bool
    status: int | None = None
    retry_after: float | None = None
    duration: float = 0.0


def reading_of(target: Target, world: World) -> Reading:
    """
    What the http prober must say of a target; ValueError for a host that is not simulated.

    A probe takes no time but what the scenario gives it.
    """
    if isinstance(target.options, ApiOptions):
        return _keyed_reading(target, target.options, world)
    options = cast("HttpOptions", target.options)
    keyed = bool(options.headers_from)
    behaviour = world.behaviour_of(host_of_address(target.address), keyed=keyed)
    fault = _fault_met(behaviour, target, options)
    if fault is not None:
        return _failed(SIGN_OF_FAULT[fault], target)
    if behaviour.delay >= target.timeout:
        return _failed(Sign.TIMEOUT, target)
    answer = behaviour.answer(_ordinary(target, options, world))
    if options.follow_redirects and _leads_away(answer):
        return _failed(Sign.DNS, target, duration=behaviour.delay)
    return _judged(answer, target, options, behaviour.delay)


def _keyed_reading(target: Target, options: ApiOptions, world: World) -> Reading:
    """What the api prober must say."""
    host = host_of_address(target.address)
    behaviour = world.behaviour_of(host, keyed=True).towards(options.model)
    fault = _fault_met(behaviour, target, options.http)
    if fault is not None:
        return _failed(SIGN_OF_FAULT[fault], target)
    _, headers = options.credentials()
    base = urlsplit(target.address)
    request = Request(
        name=base.hostname or "",
        method=options.http.method,
        path=base.path.rstrip("/") + options.path,
        headers=headers,
        body=(options.http.body or "").encode(),
    )
    answer = behaviour.answer(ordinary_answer(host, request, world, _ANY_TIME))
    took = behaviour.delay + answer.pause * len(answer.pieces)
    if took >= target.timeout:
        return _failed(Sign.TIMEOUT, target)
    body = b"".join(answer.pieces) or answer.body
    found = finding_of_answer(options.kind, answer.status, answer.headers, body, options.http)
    slow = found.success and target.slow_after is not None and took > target.slow_after
    return Reading(
        sign=Sign.SLOW if slow else found.sign,
        success=found.success,
        status=answer.status,
        retry_after=retry_after_of(answer.headers, 0.0),
        duration=took,
    )


def result_of(target: Target, world: World, now: float) -> ProbeResult:
    """The result that a probe started at `now` (Unix seconds) gives."""
    reading = reading_of(target, world)
    return ProbeResult(
        target=target.name,
        started_at=now,
        duration=reading.duration,
        sign=reading.sign,
        success=reading.success,
        http=None if reading.status is None else HttpFacts(status=reading.status, version="1.1"),
        retry_after=reading.retry_after,
    )


def page_reading_of(
    world: World, moments: Moments, timeout: float, components: Mapping[str, Surface]
) -> PageContent | PageFault:
    """What a poll of Claude's page gives: its content, or why its first address was not read."""
    found = [_page_at(name, world, moments, timeout, components) for name in _PAGE_NAMES]
    return next((each for each in found if isinstance(each, PageContent)), found[0])


def _page_at(
    name: str, world: World, moments: Moments, timeout: float, components: Mapping[str, Surface]
) -> PageContent | PageFault:
    host = HOST_OF_NAME[name]
    behaviour = world.behaviour_of(host)
    if behaviour.fault is not None:
        return PAGE_FAULT_OF_FAULT[behaviour.fault]
    if behaviour.delay >= timeout:
        return PageFault.TIMEOUT
    request = Request(name=name, path="/api/v2/summary.json")
    answer = behaviour.answer(ordinary_answer(host, request, world, moments))
    if _leads_away(answer):
        return PageFault.DNS
    if answer.status != 200:
        return error_of_answer(answer.status, answer.headers, answer.body, 0.0).fault
    try:
        return content_of(answer.body, components)
    except UnreadableError:
        return PageFault.UNREADABLE


def _leads_away(answer: Answer) -> bool:
    """Whether it redirects: in a scenario always to where no name resolves."""
    return answer.status in _REDIRECTS and "location" in answer.headers


def _fault_met(behaviour: Manner, target: Target, options: HttpOptions) -> Fault | None:
    fault = behaviour.fault
    if fault is None or not fault.of_tls:
        return fault
    return fault if options.verify and target.address.startswith("https:") else None


def _ordinary(target: Target, options: HttpOptions, world: World) -> Answer:
    parts = urlsplit(target.address)
    secrets = {name.lower(): secret.reveal() for name, secret in options.headers_from.items()}
    plain = {name.lower(): value for name, value in options.headers.items()}
    request = Request(
        name=parts.hostname or "",
        method=options.method,
        path=parts.path or "/",
        headers={**plain, **secrets},
        body=(options.body or "").encode(),
    )
    return ordinary_answer(host_of_address(target.address), request, world, _ANY_TIME)


def _judged(answer: Answer, target: Target, options: HttpOptions, duration: float) -> Reading:
    body = b"" if options.method == "HEAD" else answer.body
    finding = judged(answer.status, answer.headers, body, options)
    sign, success = finding.sign, finding.success
    if success and failed_pattern(body, options) is not None:
        sign, success = Sign.UNEXPECTED, False
    if success and target.slow_after is not None and duration > target.slow_after:
        sign = Sign.SLOW
    return Reading(
        sign=sign,
        success=success,
        status=answer.status,
        retry_after=retry_after_of(answer.headers, 0.0),
        duration=duration,
    )


def _failed(sign: Sign, target: Target, duration: float = 0.0) -> Reading:
    spent = target.timeout if sign is Sign.TIMEOUT else duration
    return Reading(sign=sign, success=False, duration=spent)
