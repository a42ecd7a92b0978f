"""The objectives: how often each surface shall work, and how quickly it shall answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from claude_exporter.config.durations import format_duration
from claude_exporter.config.fields import Duration, wrong
from claude_exporter.config.section import Section
from claude_exporter.core.model import Surface
from claude_exporter.core.target_state import BUCKETS

DAY: Final = 86_400.0


def _bucket(seconds: float) -> float:
    if seconds in BUCKETS:
        return seconds
    known = ", ".join(map(format_duration, BUCKETS))
    found = format_duration(seconds)
    raise wrong(f"expected a bound of the duration histogram ({known}), not {found}")


def _whole_days(seconds: float) -> float:
    if seconds % DAY == 0:
        return seconds
    raise wrong(f"expected whole days, not {format_duration(seconds)}")


Percent = Annotated[float, Field(ge=50, le=99.99)]


class ObjectiveConfig(Section):
    """What is expected of one surface."""

    availability: Percent | None = Field(
        default=99.0,
        description="Percent of probes that shall succeed; `null`: no objective.",
    )
    latency: Percent | None = Field(
        default=99.0,
        description="Percent of answered probes that shall be quick; `null`: no objective.",
    )
    latency_threshold: Annotated[
        float, Duration(BUCKETS[0], BUCKETS[-1]), AfterValidator(_bucket)
    ] = Field(
        default=1.0,
        description="A probe that took at most so long was quick; a bound of the histogram.",
    )


class SloConfig(Section):
    """Objectives per surface; `claude-exporter rules` renders them for Prometheus."""

    window: Annotated[float, Duration(28 * DAY, 90 * DAY), AfterValidator(_whole_days)] = Field(
        default=30 * DAY, description="The period that the error budget is for; whole days."
    )
    min_failures: int = Field(
        default=10,
        ge=2,
        le=10_000,
        description="No burn-rate alert before so many probes have failed (or were slow), however "
        "few there were.",
    )
    web: ObjectiveConfig = Field(default_factory=ObjectiveConfig, description="claude.ai.")
    api: ObjectiveConfig = Field(default_factory=ObjectiveConfig, description="The API.")
    code: ObjectiveConfig = Field(default_factory=ObjectiveConfig, description="Claude Code.")
    console: ObjectiveConfig = Field(default_factory=ObjectiveConfig, description="The console.")

    @property
    def days(self) -> int:
        """The window in days."""
        return round(self.window / DAY)

    def objectives(self) -> Iterator[tuple[Surface, ObjectiveConfig]]:
        """Each surface with what is expected of it, in the order the surfaces are shown."""
        yield Surface.WEB, self.web
        yield Surface.API, self.api
        yield Surface.CODE, self.code
        yield Surface.CONSOLE, self.console
