"""People at work with Claude Code: what its telemetry would count, by what they meet."""

from random import Random

from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.facts import (
    Activity,
    Done,
    Failed,
    Retried,
    Source,
    TokenType,
    Used,
)
from claude_exporter.core.model import Sign
from claude_exporter.simulator.answers import MODELS
from claude_exporter.simulator.behaviour import OK, Behaviour
from claude_exporter.simulator.bodies import Body
from claude_exporter.simulator.hosts import Host
from claude_exporter.simulator.world import World

SHARES = dict(zip(MODELS, (0.35, 0.55, 0.10), strict=True))
COSTS = dict(zip(MODELS, (0.11, 0.04, 0.008), strict=True))
SIGN_OF_BODY = {Body.OVERLOADED: Sign.OVERLOADED, Body.API_ERROR: Sign.INTERNAL_ERROR}
A_STEP = 4.3
"""Requests of the whole office between two rounds of probes."""

RETRIES = 10


class Users:
    """Half a dozen people; a request that fails is made again ten times and then told."""

    def __init__(self, counters: Counters, chance: Random) -> None:
        self._counters = counters
        self._chance = chance

    def work(self, world: World, now: float) -> None:
        """Half a minute of work."""
        for model, share in SHARES.items():
            sign = met(world, model)
            amount = A_STEP * share * self._chance.uniform(0.6, 1.4)
            self._ask(model, amount, sign, now)
        if self._chance.random() < 0.06:
            self._counters.add(Source.OTLP, [Retried(Sign.RATE_LIMITED, MODELS[0])], now)
        self._act(now)

    def _ask(self, model: str, amount: float, sign: Sign | None, now: float) -> None:
        if sign is not None:
            self._counters.add(Source.OTLP, [Retried(sign, model, RETRIES * amount / 2)], now)
            failed = [Failed(now + each / 7, sign, model) for each in range(round(amount / 2))]
            self._counters.add(Source.OTLP, failed, now)
            return
        tokens = {
            TokenType.INPUT: 190 * amount,
            TokenType.OUTPUT: 640 * amount,
            TokenType.CACHE_READ: 41_000 * amount,
            TokenType.CACHE_CREATION: 2_300 * amount,
        }
        used = Used(model, now, amount, tokens, COSTS[model] * amount)
        self._counters.add(Source.OTLP, [used], now)

    def _act(self, now: float) -> None:
        amounts = {
            Activity.SESSIONS: 0.05,
            Activity.COMMITS: 0.04,
            Activity.PULL_REQUESTS: 0.008,
            Activity.LINES_ADDED: 23.0,
            Activity.LINES_REMOVED: 9.0,
            Activity.ACTIVE_SECONDS: 61.0,
        }
        done = [Done(each, amount * self._chance.random()) for each, amount in amounts.items()]
        self._counters.add(Source.OTLP_METRICS, done, now)


def met(world: World, model: str) -> Sign | None:
    """What a request for a model meets; None where it is answered."""
    behaviour: Behaviour = world.behaviour_of(Host.API, keyed=True)
    manner = behaviour.towards(model)
    if manner.fault is not None:
        return Sign.CONNECT
    return None if manner == OK else SIGN_OF_BODY.get(manner.body)
