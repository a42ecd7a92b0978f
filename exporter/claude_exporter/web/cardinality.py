"""How many series /metrics has: a bound for every family, as a product of what there is."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from claude_exporter.runtime.plan import Plan

from .families import Desc
from .metrics import CATALOGUE, GROUPS

Sizes = Mapping[str, int]
"""How many there are of what the configuration, the status pages and the models decide."""


def sizes_of(plan: Plan) -> Sizes:
    """What there is with *plan*, on status pages without incidents."""
    return {word: count for group in GROUPS for word, count in group.sizes(plan).items()}


def family_bound(desc: Desc, sizes: Sizes) -> int:
    """The most series that one family can have."""
    return prod(sizes[factor] if isinstance(factor, str) else factor for factor in desc.series)


def series_count(sizes: Sizes) -> int:
    """
    The most series that all families of the catalogue can have.

    There are fewer where something does not happen: a target without TLS, a surface without
    trouble.
    """
    return sum(family_bound(desc, sizes) for desc in CATALOGUE)
