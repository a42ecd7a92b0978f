"""What one attempt has met so far, and the one result it ends in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from time import perf_counter, time
from types import MappingProxyType
from typing import NamedTuple

from claude_exporter.core.model import (
    ApiFacts,
    DnsFacts,
    HttpFacts,
    Phase,
    ProbeResult,
    Sign,
    Target,
    TlsFacts,
)
from claude_exporter.probers.faults import FAULTS, sign_of_exception, text_of_exception


class Finding(NamedTuple):
    """How an attempt that met no fault ended."""

    sign: Sign
    success: bool
    detail: str = ""
    retry_after: float | None = None
    request_id: str | None = None


class Attempt:
    """One attempt, written down while it runs; a step adds its phase only once it is over."""

    __slots__ = (
        "_begun",
        "_lines",
        "_stage",
        "_started_at",
        "_target",
        "api",
        "dns",
        "http",
        "ip",
        "phases",
        "tls",
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        self._started_at = time()
        self._begun = perf_counter()
        self._stage: Phase | None = None
        self._lines: list[tuple[float, str]] = []
        self.phases: dict[Phase, float] = {}
        self.ip: str | None = None
        self.http: HttpFacts | None = None
        self.tls: TlsFacts | None = None
        self.dns: DnsFacts | None = None
        self.api: ApiFacts | None = None

    def enter(self, stage: Phase, doing: str) -> None:
        """Say what is tried now, so that a deadline can say what it cut off."""
        self._stage = stage
        self._lines.append((perf_counter(), doing))

    def leave(self, phase: Phase, seconds: float) -> None:
        """Add to a phase: redirects sum up."""
        self.phases[phase] = self.phases.get(phase, 0.0) + seconds

    def note(self, line: str) -> None:
        """Write a line of the log."""
        self._lines.append((perf_counter(), line))

    def pattern_failed(self) -> None:
        """Say that a pattern on the body failed the probe."""
        if self.http is not None:
            self.http = replace(self.http, failed_pattern=True)

    async def run(self, work: Coroutine[object, object, Finding]) -> ProbeResult:
        """
        Do `work` within the target's timeout and make its result.

        The duration of whole work is the sum of its phases: the time our own process was busy with
        something else is not the target's. Where a fault or the deadline cut it, it is all the
        time that passed.
        """
        try:
            async with asyncio.timeout(self._target.timeout):
                finding = await work
        except FAULTS as exc:
            return self._result(self._finding_of(exc), perf_counter() - self._begun)
        return self._result(finding, sum(self.phases.values()))

    def _finding_of(self, exc: BaseException) -> Finding:
        sign, text = sign_of_exception(exc), text_of_exception(exc)
        stage = self._stage.value if self._stage else "start"
        if isinstance(exc, TimeoutError) and exc.errno is None:
            text = f"the deadline of {self._target.timeout:g}s passed"
            # Nobody said that the name has no address, but the name is what is in the way.
            sign = Sign.DNS if self._stage is Phase.RESOLVE else sign
        return Finding(sign, success=False, detail=f"{stage}: {text}")

    def _result(self, finding: Finding, duration: float) -> ProbeResult:
        slow_after = self._target.slow_after
        if finding.success and slow_after is not None and duration > slow_after:
            detail = f"took {duration:.3g}s, slow after {slow_after:g}s"
            finding = finding._replace(sign=Sign.SLOW, detail=detail)
        self.note(f"{finding.sign}: {finding.detail}" if finding.detail else finding.sign.value)
        return ProbeResult(
            target=self._target.name,
            started_at=self._started_at,
            duration=duration,
            sign=finding.sign,
            success=finding.success,
            detail=finding.detail,
            phases=MappingProxyType(self.phases),
            ip=self.ip,
            http=self.http,
            tls=self.tls,
            dns=self.dns,
            api=self.api,
            retry_after=finding.retry_after,
            request_id=finding.request_id,
            log=tuple(f"{at - self._begun:.6f} {line}" for at, line in self._lines),
        )
