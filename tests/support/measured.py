"""What a probe would have measured besides its sign: times, certificates, tokens, limits, money."""

from dataclasses import replace
from math import exp
from random import Random

from claude_exporter.core.model import (
    Allowance,
    ApiFacts,
    Phase,
    ProbeResult,
    Sign,
    Target,
    TlsFacts,
)
from claude_exporter.probers.api_options import ApiOptions

SPANS = {
    Phase.RESOLVE: 0.004,
    Phase.CONNECT: 0.018,
    Phase.TLS: 0.027,
    Phase.PROCESSING: 0.083,
    Phase.TRANSFER: 0.006,
}
REACHED = {
    Sign.DNS: (),
    Sign.CONNECT: (Phase.RESOLVE,),
    Sign.TIMEOUT: (Phase.RESOLVE,),
    Sign.TLS: (Phase.RESOLVE, Phase.CONNECT),
}
"""The phases that were passed before a probe ended so; all of them where it is not listed."""

FIRST_TOKEN = 0.62
OUTPUT_RATE = 71.0
LIMITS = {"requests": 50.0, "tokens": 40_000.0}
DAY = 86_400.0


def measured(target: Target, plain: ProbeResult, chance: Random) -> ProbeResult:
    """The same result with what the real prober would have measured, made up by *chance*."""
    phases = _phases(target, plain, chance)
    reached = plain.sign not in REACHED
    if reached:
        phases[Phase.PROCESSING] += plain.duration
    spent = 0.0 if reached else plain.duration
    return replace(
        plain,
        phases=phases,
        duration=spent + sum(phases.values()),
        tls=_certificate(target, plain.started_at) if Phase.TLS in phases else None,
        api=_facts(target, plain, chance) if reached else None,
    )


def _phases(target: Target, plain: ProbeResult, chance: Random) -> dict[Phase, float]:
    spans = dict(SPANS)
    if not target.address.startswith("https:"):
        del spans[Phase.TLS]
    far = 1 + len(target.name) % 5 / 7
    reached = REACHED.get(plain.sign, tuple(spans))
    return {
        phase: span * far * exp(chance.gauss(0, 0.22))
        for phase, span in spans.items()
        if phase in reached
    }


def _certificate(target: Target, now: float) -> TlsFacts:
    ends_at = now - now % DAY + (41 + 7 * (len(target.address) % 5)) * DAY
    return TlsFacts(
        version="TLS 1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        not_after_at=ends_at,
        chain_not_after_at=ends_at,
        fingerprint_sha256="8c4a",
        subject="CN=a",
        issuer="CN=b",
        subject_alternative="a",
        serial_number="0a5d",
    )


def _facts(target: Target, plain: ProbeResult, chance: Random) -> ApiFacts | None:
    if not isinstance(target.options, ApiOptions):
        return None
    kind = target.options.kind
    allowances = tuple(
        Allowance(
            kind=name,
            limit=limit,
            remaining=round(limit * chance.uniform(0.82, 0.98)),
            reset_at=plain.started_at + 37,
        )
        for name, limit in LIMITS.items()
    )
    if kind != "message" or not plain.success:
        return ApiFacts(kind=kind, allowances=allowances)
    first = plain.duration + FIRST_TOKEN * exp(chance.gauss(0, 0.25))
    rate = OUTPUT_RATE * exp(chance.gauss(0, 0.12))
    return ApiFacts(
        kind=kind,
        first_token=first,
        total=first + 7 / rate,
        input_tokens=11,
        output_tokens=8,
        output_rate=rate,
        allowances=allowances,
    )
