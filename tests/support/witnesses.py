"""Others on a day: people who post about Claude, and the user's own product that asks it."""

from random import Random

from support.crowd import calm_hours, heard
from support.users import SHARES, SIGN_OF_BODY, met

from claude_exporter.community.baseline import hours_of
from claude_exporter.community.posts import Post
from claude_exporter.community.watch import Community
from claude_exporter.core.model import Sign
from claude_exporter.core.page_model import PageFault
from claude_exporter.rules.client import CONTRACT
from claude_exporter.simulator.world import World

ANSWERS = 300.0
"""Seconds between two answers of a place."""

REQUESTS = 2.3
"""Of the product, a second."""


class Posters:
    """A place where one or two people an hour complain, and a dozen while the API is broken."""

    def __init__(self, community: Community, chance: Random, now: float) -> None:
        self._sources = tuple(community.sources.values())
        self._chance = chance
        self._posts: list[Post] = []
        for source in self._sources:
            source.ledger.hours = hours_of(calm_hours(now, count=1), now)

    def post(self, world: World, now: float) -> None:
        """What is written until the next answer, and that answer."""
        seen = {met(world, model) for model in SHARES}
        broken = seen & set(SIGN_OF_BODY.values())
        for _ in range(self._chance.randint(1, 3) if broken else self._chance.random() < 0.09):
            number = str(len(self._posts))
            self._posts.append(Post(id=number, at=now, author=number, title="Claude is down"))
        for source in self._sources:
            if Sign.CONNECT in seen:  # this network is down, and the place is beyond it
                source._fail(PageFault.CONNECT)
            else:
                heard(source, self._posts, now)


def product(world: World, chance: Random) -> dict[str, float]:
    """What the user's own recording rule makes of the product's requests."""
    found: dict[str, float] = {}
    for model, share in SHARES.items():
        rate = REQUESTS * share * chance.uniform(0.8, 1.2)
        sign = met(world, model)
        if sign is Sign.CONNECT:
            continue
        failed = 0.0 if sign is None else 0.7
        for code, part in {"200": 0.99 - failed, "429": 0.01, "529": failed}.items():
            found[f'{CONTRACT}{{code="{code}",model="{model}"}}'] = rate * part
    return found
