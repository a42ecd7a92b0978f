"""A backtest as a table for people, as Markdown, and as a document for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from .confusion import FINE
from .score import LONG, PROMPT, Ending, Finding, Reason, Score, quantiles, year_of
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


def document_of(results: Sequence[Result], facts: Mapping[str, object]) -> dict[str, Any]:
    """Everything, for scripts; seconds are plain numbers."""
    return {**facts, "results": [_result(result) for result in results]}


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
    kept = sum(it.prompt for it in required)
    endings = Counter(it.ending for it in found)
    return {
        "outages these probes can see": str(len(found)),
        "  seen at all": _share(sum(it.seen_after is not None for it in found), found),
        "  reached wait": _share(sum(it.waited_after is not None for it in found), found),
        "  reached escalate or acknowledged": _share(sum(map(_handled, found)), found),
        "whole surface, over 10 min": str(len(required)),
        "  wait by 10:00, page or word by 10:34": _share(kept, required),
        "  not, while our own noise blinded us": str(
            sum(it.masked and not it.prompt for it in required)
        ),
        "  not, for another reason": str(sum(not it.masked and not it.prompt for it in required)),
        "first wait after (median / p90 / max)": _spread(it.waited_after for it in _fresh(found)),
        "page after (median / p90 / max)": _spread(it.paged_after for it in _fresh(found)),
        **{str(ending): str(endings[ending]) for ending in Ending},
        "pages per month": f"{len(score.pages) / score.months:.2f}",
        "  nobody could act on": f"{score.useless_per_month():.2f}",
        **{f"    {reason}": f"{score.useless_per_month(reason):.2f}" for reason in _USELESS},
    }


_USELESS: Final = (Reason.NETWORK, Reason.AFTER, Reason.NOISE)


def _fresh(findings: Iterable[Finding]) -> list[Finding]:
    """Those that began while their surfaces worked: of others, no time can be told."""
    return [it for it in findings if not it.overlapping]


def _handled(finding: Finding) -> bool:
    return finding.paged_after is not None or finding.told_after is not None


def _parts(title: str, score: Score, key: Callable[[Finding], str]) -> Table:
    lines = []
    for name in sorted({key(it) for it in score.findings}):
        found = [it for it in score.findings if key(it) == name]
        paged = sum(it.paged_after is not None for it in found)
        cells = [
            str(len(found)),
            str(sum(it.seen_after is not None for it in found)),
            _middle(it.waited_after for it in _fresh(found)),
            str(paged),
            _middle(it.paged_after for it in _fresh(found)),
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


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _spread(values: Iterable[float | None]) -> str:
    found = quantiles(_known(values))
    return "none" if found is None else " / ".join(_clock(value) for value in found)


def _middle(values: Iterable[float | None]) -> str:
    found = quantiles(_known(values))
    return "-" if found is None else _clock(found[0])


def _clock(seconds: float) -> str:
    """`0:17`, `10:13`, `2:05:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _result(result: Result) -> dict[str, Any]:
    score = result.score
    required = [it for it in score.findings if it.required]
    return {
        "reading": result.reading.name,
        "severity": {impact.value: share for impact, share in result.reading.severity.items()},
        "keyed": result.reading.keyed,
        "variant": result.variant.name,
        "thresholds": dict(result.variant.guide.thresholds),
        "months": score.months,
        "cycles": score.cycles,
        "cycles_played": score.played,
        "long_after": LONG,
        "prompt_by": PROMPT,
        "required": len(required),
        "required_kept": sum(it.prompt for it in required),
        "outages": [_finding(it) for it in score.findings],
        "pages": [
            {"at": it.at, "surface": it.surface, "row": it.row, "reason": it.reason}
            for it in score.pages
        ],
        "useless_pages_per_month": score.useless_per_month(),
        "hours": [
            {"true": truth, "row": row, "hours": round(spent, 4)}
            for (truth, row), spent in sorted(score.hours.items())
        ],
    }


def _finding(it: Finding) -> dict[str, Any]:
    """An outage by its number and times: neither its id nor its title leaves the history."""
    return {
        "number": it.outage.number,
        "started_at": it.outage.start,
        "duration": it.outage.duration,
        "impact": it.outage.impact.value,
        "surfaces": sorted(it.outage.surfaces),
        "models": sorted(it.outage.models),
        "window_stated": it.outage.stated,
        "seen_after": it.seen_after,
        "waited_after": it.waited_after,
        "paged_after": it.paged_after,
        "told_after": it.told_after,
        "overlapping": it.overlapping,
        "masked": it.masked,
        "prompt": it.prompt,
        "ending": it.ending,
    }
