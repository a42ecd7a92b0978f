"""Samples as lines of the text format, exactly as prometheus_client writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

from prometheus_client.utils import floatToGoString

from .families import Desc

_PLAIN: Final = 1_000_000

Sample = tuple[Sequence[str], float]
"""The values of a sample's labels, and its number."""


def number_text(number: float) -> str:
    """A value as Go writes it."""
    # Most values are small counts, and the general way costs ten times as much.
    if isinstance(number, int) and 0 <= number < _PLAIN:
        return f"{int(number)}.0"
    return str(floatToGoString(number))  # type: ignore[no-untyped-call]


def escaped(value: str) -> str:
    """*value* as a label value."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def labelled(names: Sequence[str], values: Sequence[str]) -> str:
    """`{a="1",b="2"}` with the names in order, empty without labels."""
    pairs = sorted(zip(names, values, strict=True))
    inner = ",".join(f'{name}="{escaped(value)}"' for name, value in pairs)
    return f"{{{inner}}}" if inner else ""


def line(desc: Desc, values: Sequence[str], number: float) -> str:
    """One sample of a gauge or counter."""
    return f"{_start(desc, tuple(values))} {number_text(number)}\n"


@lru_cache(maxsize=8192)
def _start(desc: Desc, values: tuple[str, ...]) -> str:
    """All of a sample but its number: it is the same at every scrape."""
    return f"{desc.name}{labelled(desc.labels, values)}"


def lines(desc: Desc, samples: Iterable[Sample]) -> str:
    """Several samples of one family."""
    return "".join(line(desc, values, number) for values, number in samples)


def families_text(families: Iterable[tuple[Desc, Iterable[Sample]]]) -> str:
    """Several families without a histogram, each with its header."""
    return "".join(desc.header + lines(desc, samples) for desc, samples in families)


def histogram(
    desc: Desc, values: Sequence[str], bounds: Sequence[float], counts: Sequence[int], total: float
) -> str:
    """One histogram; *counts* are those of each bucket alone, the last one beyond all bounds."""
    names, tops = (*desc.labels, "le"), [number_text(top) for top in (*bounds, float("inf"))]
    heights = list(accumulate(counts))
    buckets = "".join(
        f"{desc.name}_bucket{labelled(names, (*values, top))} {number_text(height)}\n"
        for top, height in zip(tops, heights, strict=True)
    )
    where = labelled(desc.labels, values)
    count, seconds = number_text(heights[-1]), number_text(total)
    return f"{buckets}{desc.name}_count{where} {count}\n{desc.name}_sum{where} {seconds}\n"
