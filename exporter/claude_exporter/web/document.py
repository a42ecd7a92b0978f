"""docs/metrics.md: every family, from the catalogue; `python -m claude_exporter.web.document`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from claude_exporter.config import load_config
from claude_exporter.core.guide import SPANS, TRUTHS, shipped_guide
from claude_exporter.core.model import WATCHED, Action, Phase, Surface
from claude_exporter.core.page_model import ComponentStatus, Impact, IncidentPhase, PageFault
from claude_exporter.runtime.scheduler import Skip

from . import metrics
from .cardinality import FACTORS, Factors, Sizes, series_count
from .page_text import ID_LIMIT, NAME_LIMIT
from .surface_text import WITHIN
from .target_text import FAILURE_SIGNS

_INTRODUCTION: Final = """\
# Metrics

Printed from `exporter/claude_exporter/web/metrics.py` by `python -m claude_exporter.web.document`.

Every value a label can have is exported from zero, so that `rate()` sees the first failure; a
sample that is missing means "not known". Values are projected from the exporter's state at the
moment of the scrape: a scrape probes nothing. The format is Prometheus' text format 0.0.4, gzipped
where the client takes it.

**Series** is how many a family has at most. The default configuration has {targets} targets, one
page with {components} components that we know and a guide of {rows} rows: at most {sum} series
without incidents (`series_count` in `exporter/claude_exporter/web/cardinality.py`).
What a status page says is bounded too: at most 200 components, 100 incidents and 50 maintenances
of it are read, a component's name is cut to {name} characters, and what has an id of more than {id}
is left out.
"""

_HEADINGS: Final = (
    ("Probes", metrics.TARGET_FAMILIES),
    ("Surfaces and verdicts", metrics.SURFACE_FAMILIES),
    ("Status pages", metrics.PAGE_FAMILIES),
    ("The exporter itself", metrics.EXPORTER_FAMILIES),
)

_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "target": "the target's name in the configuration",
        "surface": ", ".join(WATCHED) + f"; for probes also {Surface.CONTROL}",
        "sign": f"{', '.join(FAILURE_SIGNS)}; for a surface also ok and slow",
        "phase": f"of a probe: {', '.join(Phase)}; of an incident: {', '.join(IncidentPhase)}",
        "fact": "what the guide's conditions name: "
        + ", ".join((*sorted(TRUTHS), *(span.removesuffix("_for") for span in sorted(SPANS)))),
        "action": ", ".join(Action),
        "within": ", ".join(WITHIN.values()),
        "row": "the id of a row of the guide ([guide.md](guide.md))",
        "page": "the status page's name in the configuration",
        "reason": f"of a poll: {', '.join(PageFault)}; of a skipped probe: {', '.join(Skip)}",
        "component_id": "the component's id on its page, which stays when the name changes",
        "component": "the component's name",
        "status": ", ".join(ComponentStatus),
        "impact": ", ".join(Impact),
        "incident_id": "the incident's id on its page",
        "maintenance_id": "the maintenance's id on its page",
        "version": "of claude-exporter",
        "python": "the version of Python it runs on",
    }
)


def metrics_document() -> str:
    """The whole document as Markdown."""
    return "\n".join(_lines()) + "\n"


def default_sizes() -> Sizes:
    """What there is without a file of the user's, on a page without incidents."""
    config = load_config(None, {})
    return Sizes(
        targets=len(config.build_targets()),
        rows=len(shipped_guide().row_ids),
        pages=len(config.status_pages),
        components=sum(len(page.components) for page in config.status_pages),
    )


def _lines() -> Iterator[str]:
    default = default_sizes()
    yield _INTRODUCTION.format(
        rows=default.rows,
        targets=default.targets,
        components=default.components,
        sum=series_count(default),
        name=NAME_LIMIT,
        id=ID_LIMIT,
    )
    for heading, families in _HEADINGS:
        yield f"## {heading}\n"
        yield "| name | type | labels | series | meaning |"
        yield "|---|---|---|---|---|"
        yield from map(_row, families)
        yield ""
    yield "## Labels\n"
    yield "| label | values |"
    yield "|---|---|"
    for label, values in _LABELS.items():
        yield f"| `{label}` | {values} |"
    yield ""
    yield "## Of every program\n"
    yield "`process_*` (CPU, memory, files, start) and `python_gc_*`, as every Python program with"
    yield "Prometheus' client has them."


def _row(desc: metrics.Desc) -> str:
    labels = ", ".join(f"`{label}`" for label in desc.labels) or "none"
    count = _product(FACTORS[desc])
    return f"| `{desc.name}` | {desc.kind} | {labels} | {count} | {desc.help} |"


def _product(factors: Factors) -> str:
    return " x ".join(map(str, factors))


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
