"""Troubles: what fails for whom from when to when, made of outages and of drawn noise."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final

from claude_exporter.core.model import WATCHED, Sign, Surface, Target
from claude_exporter.core.page_model import Impact

from .history import Outage

MONTH: Final = 30 * 86_400.0
SHORTEST, LONGEST = 30.0, 6 * 3600.0


class Cause(StrEnum):
    """Why something fails, the strongest first: of two at once a probe meets the first."""

    NETWORK = "network"
    PATH = "path"
    OUTAGE = "outage"
    BLIP = "blip"
    ACCOUNT = "account"
    CHALLENGE = "challenge"
    SLOW = "slow"
    PAGE = "page"


SIGNS: Final[Mapping[Cause, Sign]] = {
    Cause.NETWORK: Sign.CONNECT,
    Cause.PATH: Sign.TIMEOUT,
    Cause.OUTAGE: Sign.INTERNAL_ERROR,
    Cause.BLIP: Sign.SERVICE_UNAVAILABLE,
    Cause.ACCOUNT: Sign.AUTHENTICATION,
    Cause.CHALLENGE: Sign.EDGE_CHALLENGE,
    Cause.SLOW: Sign.SLOW,
}
RANK: Final = {cause: number for number, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """
    One cause at work from `start` until before `end`, in one vantage or, where None, in all.

    `share` is the probability that one probe it hits fails; `key` seeds these draws.
    """

    cause: Cause
    start: float
    end: float
    surfaces: frozenset[Surface] = frozenset()
    models: frozenset[str] = frozenset()
    share: float = 1.0
    vantage: int | None = None
    key: int = 0

    def hits(self, target: Target) -> bool:
        """Whether a probe of *target* can meet it."""
        match self.cause:
            case Cause.NETWORK:
                return True
            case Cause.PATH:
                return target.surface is not Surface.CONTROL
            case Cause.ACCOUNT:
                return target.keyed
            case Cause.PAGE:
                return False
        return target.surface in self.surfaces or target.model in self.models


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """
    How often each kind of noise begins, per vantage and 30 days.

    blips: one surface fails for 1 to 3 probes. network: nothing answers, the control hosts
    included. path: Claude's hosts do not answer, the control hosts do (proxy, firewall, routing).
    account: the key is refused. challenges: an edge asks for a browser. slow: one surface is slow.
    page: the status page cannot be read.
    """

    blips: float = 20.0
    network: float = 4.0
    path: float = 0.5
    account: float = 0.2
    challenges: float = 2.0
    slow: float = 4.0
    page: float = 2.0


SILENCE: Final = Noise(
    blips=0.0, network=0.0, path=0.0, account=0.0, challenges=0.0, slow=0.0, page=0.0
)

_KINDS: Final[Mapping[str, tuple[Cause, float]]] = {
    "blips": (Cause.BLIP, 0.0),
    "network": (Cause.NETWORK, 180.0),
    "path": (Cause.PATH, 300.0),
    "account": (Cause.ACCOUNT, 7200.0),
    "challenges": (Cause.CHALLENGE, 1200.0),
    "slow": (Cause.SLOW, 900.0),
    "page": (Cause.PAGE, 600.0),
}
"""Cause and median duration in seconds; durations are log-normal with sigma 1.2."""

_SIGMA: Final = 1.2


def noise_of(text: str) -> Noise:
    """`blips=20,network=4` over the defaults, or `none`; raises ValueError."""
    if text == "none":
        return SILENCE
    rates: dict[str, float] = {}
    known = [each.name for each in fields(Noise)]
    for part in filter(None, text.split(",")):
        name, _, rate = part.partition("=")
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)}, not {name!r}")
        rates[name] = _rate(name, rate)
    return replace(Noise(), **rates)


def _rate(name: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1000:
        raise ValueError(f"{name}: expected a rate per 30 days from 0 to 1000, not {text!r}")
    return rate


def noise_troubles(
    noise: Noise, begin: float, end: float, vantage: int, seed: int
) -> Iterator[Trouble]:
    """The noise one vantage meets; it does not depend on how many vantages there are."""
    for name, (cause, median) in _KINDS.items():
        dice = random.Random(f"{seed}/{vantage}/{name}")  # noqa: S311
        rate, at = getattr(noise, name) / MONTH, begin
        while rate > 0 and (at := at + dice.expovariate(rate)) < end:
            yield Trouble(
                cause=cause,
                start=at,
                end=at + _duration(median, dice),
                surfaces=frozenset({dice.choice(WATCHED)}),
                vantage=vantage,
            )


def _duration(median: float, dice: random.Random) -> float:
    if median == 0:
        # As many whole probe intervals as probes fail.
        return 30.0 * dice.randint(1, 3)
    return min(max(median * dice.lognormvariate(0, _SIGMA), SHORTEST), LONGEST)


FULL: Final[Mapping[Impact, float]] = dict.fromkeys(Impact, 1.0)
"""Every probe fails while an impact lasts."""

SEVERITY: Final[Mapping[Impact, float]] = {
    **FULL,
    Impact.NONE: 0.3,
    Impact.MINOR: 0.3,
    Impact.MAJOR: 0.7,
    Impact.UNKNOWN: 0.3,
}
"""The share of probes that fail, guessed from the stated impact."""


def severity_of(text: str) -> Mapping[Impact, float]:
    """`minor=0.3,major=0.7` over SEVERITY; raises ValueError."""
    found = dict(SEVERITY)
    known = [impact.value for impact in Impact if impact is not Impact.MAINTENANCE]
    for part in filter(None, text.split(",")):
        name, _, share = part.partition("=")
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)}, not {name!r}")
        found[Impact(name)] = _share(name, share)
    return found


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ValueError(f"{name}: expected a share over 0 and up to 1, not {text!r}")
    return share


def outage_troubles(
    outages: Iterable[Outage], severity: Mapping[Impact, float]
) -> Iterator[Trouble]:
    """What the probes meet of each outage, everywhere at once."""
    for outage in outages:
        reached = outage.surfaces
        if Surface.API in reached:
            # Claude Code's answers come from the API's host.
            reached |= {Surface.CODE}
        yield Trouble(
            cause=Cause.OUTAGE,
            start=outage.start,
            end=outage.end,
            surfaces=reached,
            models=outage.models,
            share=severity[outage.impact],
            key=outage.number + 1,
        )
