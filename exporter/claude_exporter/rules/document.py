"""docs/guide.md: the guide for reading."""

from __future__ import annotations

from collections.abc import Iterator

from claude_exporter.core.guide import Guide, Row

from .spans import promql_duration


def guide_document(guide: Guide) -> str:
    """The whole guide as Markdown."""
    return "\n".join(_lines(guide)) + "\n"


def _lines(guide: Guide) -> Iterator[str]:
    yield "# The guide"
    yield ""
    yield "Printed from `exporter/claude_exporter/core/guide.yml` by `claude-exporter rules`."
    yield "Rows are tried from the top, for each surface; the first whose conditions all hold is"
    yield "the verdict. A fact that is not known is neither true nor false."
    yield ""
    yield "| row | when | action | source section |"
    yield "|---|---|---|---|"
    for row in guide.rows:
        yield f"| {row.key} | {_when(row)} | {row.action} | {row.section} |"
    yield ""
    yield "## Thresholds"
    yield ""
    yield "| threshold | value |"
    yield "|---|---|"
    for name, seconds in guide.thresholds.items():
        yield f"| {name} | {promql_duration(seconds)} |"
    for name, number in guide.limits.items():
        yield f"| {name} | {number:g} |"
    yield ""
    for row in guide.rows:
        yield from _row_lines(row)
    yield "## Signs"
    yield ""
    yield "| sign | meaning | typical duration | action |"
    yield "|---|---|---|---|"
    for sign, text in guide.signs.items():
        yield f"| {sign} | {text.meaning} | {text.typical} | {text.action} |"


def _when(row: Row) -> str:
    return ", ".join(f"`{condition}`" for condition in row.when) or "else"


def _row_lines(row: Row) -> Iterator[str]:
    yield f"## {row.title} (`{row.key}`)"
    yield ""
    yield f"**{row.action}**. {row.reason}"
    if row.typical:
        yield ""
        yield f"Typical duration: {row.typical}."
    yield ""
    for number, step in enumerate(row.next_steps, start=1):
        yield f"{number}. {step}"
    if row.next_steps:
        yield ""
