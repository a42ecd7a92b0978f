"""Which components came, went or were renamed between two readings of a page. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from zlib import crc32

from .page_model import Component


class Change(StrEnum):
    """What may happen to a component; its id is what stays."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    RENAMED = "renamed"


def fingerprints(components: Iterable[Component]) -> Mapping[str, int]:
    """A number for each component's name, by id: enough to see that it is another."""
    return {each.id: crc32(each.name.encode()) for each in components}


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> Counter[Change]:
    """How many components changed in which way."""
    return Counter(
        {
            Change.APPEARED: len(after.keys() - before.keys()),
            Change.DISAPPEARED: len(before.keys() - after.keys()),
            Change.RENAMED: sum(before[key] != after[key] for key in before.keys() & after.keys()),
        }
    )
