"""What to run: a configuration made ready, or a refusal before anything has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from claude_exporter.config import Config, PageConfig
from claude_exporter.core.guide import Guide, parse_guide, shipped_guide
from claude_exporter.core.model import Target

_SHORTEST_TIMEOUT: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole configuration, ready to run; a drill runs its time `speed` times as fast."""

    config: Config
    guide: Guide
    targets: tuple[Target, ...]
    pages: tuple[PageConfig, ...]
    speed: float = 1.0

    @property
    def page_max_age(self) -> float:
        """Seconds after which what the slowest page said is no longer believed."""
        return max((page.max_age for page in self.pages), default=300.0 / self.speed)


def plan_of(config: Config, *, speed: float = 1.0) -> Plan:
    """Make *config* ready; raises GuideError or OSError where its guide cannot be used."""
    return Plan(
        config=config,
        guide=guide_of(config.guide).scaled(speed),
        targets=tuple(_faster(target, speed) for target in config.build_targets()),
        pages=tuple(_faster_pages(config.status_pages, speed)),
        speed=speed,
    )


def guide_of(path: Path | None) -> Guide:
    """The guide at *path*, or the shipped one."""
    if path is None:
        return shipped_guide()
    return parse_guide(Path(path).read_text(encoding="utf-8"), source=str(path))


def _faster(target: Target, speed: float) -> Target:
    if speed == 1.0:
        return target
    interval = target.interval / speed
    timeout = max(target.timeout / speed, min(_SHORTEST_TIMEOUT, target.timeout))
    return replace(target, interval=interval, timeout=timeout)


def _faster_pages(pages: Iterable[PageConfig], speed: float) -> Iterable[PageConfig]:
    for page in pages:
        spans = {"interval": page.interval / speed, "max_age": page.max_age / speed}
        yield page if speed == 1.0 else page.model_copy(update=spans)
