"""People who post about Claude on the simulated Reddit and Hacker News, and who asks them."""

import contextlib
from dataclasses import replace

from support.clock import FakeClock

from claude_exporter.community.posts import Answer
from claude_exporter.community.watch import Community
from claude_exporter.config.community import CommunityConfig
from claude_exporter.simulator.community import CommunityServer
from claude_exporter.simulator.community_bodies import Said
from claude_exporter.sources.http import make_client

HOUR = 3600.0
# 21:00:03 UTC, so that an hour has just begun.
BEGAN = 1_700_082_003.0


def said(number, at, title="Claude down?", author=None, **changes):
    return Said(id=f"p{number}", at=at, author=author or f"author-{number}", title=title, **changes)


def config_of(**settings):
    """A configuration of the community alone, as a file has it."""
    return CommunityConfig.model_validate(settings)


REDDIT = {"reddit": {"enabled": True}}
HACKER_NEWS = {"hacker_news": {"enabled": True}}


def calm_hours(now, count=2, days=7):
    """What the state file has after so many days with *count* reports in every hour."""
    this = int(now // HOUR)
    return {str(hour): count for hour in range(this - 24 * days, this)}


def heard(source, posts, now):
    """Let a place have answered with *posts*, without a request; fewer than a full answer has."""
    answer = Answer(posts=tuple(posts), full=len(posts) + 1)
    source.ledger.add(answer, source.ledger.reports_in(answer, now), now)
    source.standing.polls += 1
    source.standing.reason, source.standing.succeeded_at = "", now


class Crowd:
    """The simulated places, and the part of the exporter that asks them."""

    def __init__(self, server, client, clock, community):
        self.server = server
        self.client = client
        self.clock = clock
        self.community = community

    async def poll(self, name):
        """Ask one place, as the scheduler does."""
        [job] = [each for each in self.community.jobs() if each.name == f"community/{name}"]
        await job.run()
        return self.community.sources[name]


@contextlib.asynccontextmanager
async def crowd(config, document=None, now=BEGAN):
    clock = FakeClock(now=now)
    async with CommunityServer(clock.now) as server:
        network = replace(server.network(), ip_protocol="ip4")
        async with make_client(network) as client:
            yield Crowd(server, client, clock, Community(config, client, clock, document))
