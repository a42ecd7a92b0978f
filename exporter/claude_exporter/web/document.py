"""docs/metrics.md: every family, from the catalogue; `python -m claude_exporter.web.document`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from claude_exporter.claude_code.names import LIMIT
from claude_exporter.config import load_config
from claude_exporter.runtime.plan import plan_of

from .cardinality import Sizes, series_count, sizes_of
from .families import Desc, Group
from .metrics import GROUPS
from .page_text import ID_LIMIT, NAME_LIMIT

_INTRODUCTION: Final = """\
# Metrics

Printed from the groups in `exporter/claude_exporter/web/metrics.py` by
`python -m claude_exporter.web.document`.

Every value a label can have is exported from zero, so that `rate()` sees the first failure; a
sample that is missing means "not known". Values are projected from the exporter's state at the
moment of the scrape: a scrape probes nothing. The format is Prometheus' text format 0.0.4, gzipped
where the client takes it.

**Series** is how many a family has at most. The default configuration has {targets} targets, one
page with {components} components that we know and a guide of {rows} rows: at most {sum} series
without incidents (`series_count` in `exporter/claude_exporter/web/cardinality.py`).
What a status page says is bounded too: at most 200 components, 100 incidents and 50 maintenances
of it are read, a component's name is cut to {name} characters, and what has an id of more than {id}
is left out. Claude Code's names of models are told apart up to {limit}, and then are `other`.
"""


def metrics_document() -> str:
    """The whole document as Markdown."""
    return "\n".join(_lines()) + "\n"


def default_sizes() -> Sizes:
    """What there is without a file of the user's, on a page without incidents."""
    return sizes_of(plan_of(load_config(None, {})))


def _lines() -> Iterator[str]:
    default = default_sizes()
    yield _INTRODUCTION.format(
        **default,
        sum=series_count(default),
        name=NAME_LIMIT,
        id=ID_LIMIT,
        limit=LIMIT,
    )
    for group in GROUPS:
        yield from _section(group)
    yield "## Of every program\n"
    yield "`process_*` (CPU, memory, files, start) and `python_gc_*`, as every Python program with"
    yield "Prometheus' client has them."


def _section(group: Group) -> Iterator[str]:
    yield f"## {group.heading}\n"
    yield "| name | type | labels | series | meaning |"
    yield "|---|---|---|---|---|"
    yield from map(_row, group.families)
    yield ""
    if group.labels:
        yield "| label | values |"
        yield "|---|---|"
        yield from (f"| `{label}` | {values} |" for label, values in group.labels.items())
        yield ""


def _row(desc: Desc) -> str:
    labels = ", ".join(f"`{label}`" for label in desc.labels) or "none"
    count = " x ".join(map(str, desc.series))
    return f"| `{desc.name}` | {desc.kind} | {labels} | {count} | {desc.help} |"


def main(arguments: Sequence[str]) -> int:
    """Write the document, or with --check say whether the file is out of date; exit status."""
    parser = argparse.ArgumentParser(prog="python -m claude_exporter.web.document")
    parser.add_argument("file", type=Path, help="docs/metrics.md")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on a difference"
    )
    options = parser.parse_args(arguments)
    text, path = metrics_document(), options.file
    if not options.check:
        path.write_text(text, encoding="utf-8")
        return 0
    found = path.read_text(encoding="utf-8") if path.exists() else None
    if found == text:
        return 0
    command = f"python -m claude_exporter.web.document {path}"
    sys.stderr.write(f"{path}: differs from the catalogue of metrics; run {command}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
