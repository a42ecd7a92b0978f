"""A backtest as tables for people, in plain text and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from .confusion import FINE
from .score import (
    USELESS,
    Ending,
    Finding,
    Score,
    first_pages,
    first_waits,
    handled,
    quantiles,
    year_of,
)
from .study import Result

_WIDTH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A heading, the names of the columns, and lines of a label and cells."""

    title: str
    columns: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]


def tables_of(results: Sequence[Result]) -> list[Table]:
    """Per reading: the figures of all variants side by side, then the parts of the first one."""
    tables: list[Table] = []
    for _, group in groupby(results, key=lambda it: it.reading.name):
        same = list(group)
        tables.append(_side_by_side(same))
        first, name = same[0].score, f"{same[0].reading.name}, {same[0].variant.name}"
        tables.append(_parts(f"By impact: {name}", first, lambda it: it.outage.impact.value))
        tables.append(_parts(f"By year: {name}", first, lambda it: year_of(it.outage)))
        tables.append(_confusion(f"What was true, and what was said: {name}", first))
    return tables


def text_of(tables: Iterable[Table]) -> str:
    """Plain text, at most 80 columns wide where four variants or fewer are compared."""
    return "\n".join(_text(table) for table in tables)


def markdown_of(tables: Iterable[Table]) -> str:
    """The same tables in Markdown."""
    return "\n".join(_markdown(table) for table in tables)


def _text(table: Table) -> str:
    label = max(len(name) for name, _ in [("", ()), *table.lines])
    widths = [
        max(len(cell) for cell in (column, *(cells[place] for _, cells in table.lines)))
        for place, column in enumerate(table.columns)
    ]
    lines = [table.title, "-" * min(_WIDTH, len(table.title))]
    for name, cells in [("", table.columns), *table.lines]:
        padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{name:<{label}}  {'  '.join(padded)}".rstrip())
    return "\n".join(lines) + "\n"


def _markdown(table: Table) -> str:
    lines = [f"### {table.title}", "", f"| | {' | '.join(table.columns)} |"]
    lines.append("|---|" + "---:|" * len(table.columns))
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in table.lines]
    return "\n".join(lines) + "\n"


def _side_by_side(results: Sequence[Result]) -> Table:
    columns = [_figures(result.score) for result in results]
    return Table(
        title=results[0].reading.name.capitalize(),
        columns=[result.variant.name for result in results],
        lines=[(name, [column[name] for column in columns]) for name in columns[0]],
    )


def _figures(score: Score) -> dict[str, str]:
    found = score.findings
    required = [it for it in found if it.required]
    missed = [it for it in required if not it.prompt]
    endings = Counter(it.ending for it in found)
    return {
        "outages these probes can see": str(len(found)),
        "  seen at all": _share(sum(it.seen_after is not None for it in found), found),
        "  told to wait": _share(sum(it.waited_after is not None for it in found), found),
        "  escalated, or told by the page": _share(sum(map(handled, found)), found),
        "whole surface, over 10 min": str(len(required)),
        "  caught (10:00 and 10:34)": _share(len(required) - len(missed), required),
        "  missed behind noise of ours": str(sum(it.masked for it in missed)),
        "  missed for another reason": str(sum(not it.masked for it in missed)),
        **_spread("wait after", first_waits(found)),
        **_spread("page after", first_pages(found)),
        **{str(ending): str(endings[ending]) for ending in Ending},
        "pages per month": f"{score.per_month(urgent=True):.2f}",
        "  nobody could act on": f"{score.useless_per_month():.2f}",
        **{f"    {reason}": f"{score.useless_per_month(reason):.2f}" for reason in USELESS},
        "calls to act in the chat, per month": f"{score.per_month(urgent=False):.2f}",
    }


def _parts(title: str, score: Score, key: Callable[[Finding], str]) -> Table:
    lines = []
    for name in sorted({key(it) for it in score.findings}):
        found = [it for it in score.findings if key(it) == name]
        paged = sum(it.paged_after is not None for it in found)
        cells = [
            str(len(found)),
            str(sum(it.seen_after is not None for it in found)),
            _middle(first_waits(found)),
            str(paged),
            _middle(first_pages(found)),
            str(sum(it.ending is Ending.ACKNOWLEDGED for it in found)),
        ]
        lines.append((name, cells))
    columns = ["outages", "seen", "wait after", "paged", "page after", "told first"]
    return Table(title=title, columns=columns, lines=lines)


def _confusion(title: str, score: Score) -> Table:
    truths = sorted({truth for truth, _ in score.hours}, key=lambda name: (name == FINE, name))
    lines: list[tuple[str, Sequence[str]]] = []
    for truth in truths:
        rows = Counter({row: spent for (true, row), spent in score.hours.items() if true == truth})
        total = rows.total()
        lines.append((truth, [f"{total:,.1f} h", ""]))
        lines += [
            (f"  {row}", ["", f"{spent / total:.1%}"])
            for row, spent in rows.most_common()
            if spent / total >= 0.005
        ]
    return Table(title=title, columns=["time", "share"], lines=lines)


def _share(part: int, whole: Sequence[object]) -> str:
    return f"{part} ({part / len(whole):.0%})" if whole else "none"


def _spread(name: str, values: Sequence[float]) -> dict[str, str]:
    found = quantiles(values) or (None, None, None)
    labels = ("median", "nine in ten", "longest")
    cells = ("-" if value is None else _clock(value) for value in found)
    return {f"{name}, {label}": cell for label, cell in zip(labels, cells, strict=True)}


def _middle(values: Sequence[float]) -> str:
    found = quantiles(values)
    return "-" if found is None else _clock(found[0])


def _clock(seconds: float) -> str:
    """`0:17`, `10:13`, `2:05:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
