"""What a metric family and a group of families are; `metrics` lists the groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from claude_exporter.core.evaluator import Judgement
    from claude_exporter.core.model import Surface
    from claude_exporter.runtime.exporter import Exporter
    from claude_exporter.runtime.plan import Plan

    from .target_text import TargetTexts

Factors = tuple[str | int, ...]

_HISTOGRAM_ENDS: Final = 3  # the bucket without a bound, the count and the sum


@dataclass(frozen=True, slots=True, eq=False)
class Desc:
    """
    One metric family; `name` carries its unit and, for a counter, `_total`.

    It has at most as many series as the product of `series`, where a word is a size that a group
    counts.
    """

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    series: Factors = (1,)

    @property
    def header(self) -> str:
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n"


def histogram_series(bounds: Sequence[float]) -> int:
    """How many series a histogram with these *bounds* has."""
    return len(bounds) + _HISTOGRAM_ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """The moment of a scrape: everything that a group may tell is in here."""

    exporter: Exporter
    now: float
    judgements: Mapping[Surface, Judgement]
    targets: TargetTexts
    notifications: int


def no_sizes(plan: Plan) -> Mapping[str, int]:  # noqa: ARG001  # the shape of Group.sizes
    """The sizes of a group whose families depend on nothing that is configured."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    Families that belong together: `text` renders them, in their order.

    `labels` says what values each label has; `sizes` counts what the words in `Desc.series` name,
    where nothing has happened yet.
    """

    heading: str
    families: tuple[Desc, ...]
    text: Callable[[Scrape], str]
    labels: Mapping[str, str]
    sizes: Callable[[Plan], Mapping[str, int]] = no_sizes
