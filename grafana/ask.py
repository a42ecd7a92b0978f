"""What is asked: selectors of metrics that there are, and queries of the chosen data source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sdk import models, prometheus, queries

from claude_exporter.config import load_config
from claude_exporter.web.metrics import CATALOGUE

SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
PLACE: Final = '$vantage_label=~"$vantage"'
SELECTED: Final = f'job=~"$job",instance=~"$instance",{PLACE}'
_HISTOGRAM: Final = ("_bucket", "_count", "_sum")
STATUS_PAGE: Final = load_config(None, {}).status_pages[0].url.rstrip("/")

Wanted = str | Iterable[str]
"""The value that a label must have, or any of several."""


def of(name: str, **labels: Wanted) -> str:
    """
    Select a metric of the exporter, of the chosen jobs, exporters and vantages.

    Raises LookupError where the exporter has no such metric, or the metric no such label.
    """
    unknown = set(labels) - known_labels(name)
    if unknown:
        raise LookupError(f"{name}: expected labels that it has, not {', '.join(sorted(unknown))}")
    return f"{name}{{{','.join((*_matchers(labels), SELECTED))}}}"


def known_labels(name: str) -> set[str]:
    """The labels of a metric, or of a series of a histogram, in the exporter's registry."""
    for desc in CATALOGUE:
        if desc.name == name and desc.kind != "histogram":
            return set(desc.labels)
        if desc.kind == "histogram" and name in {f"{desc.name}{end}" for end in _HISTOGRAM}:
            return {*desc.labels, "le"}
    raise LookupError(f"expected a metric that the exporter has, not {name!r}")


def recorded(name: str, **labels: Wanted) -> str:
    """Select what a recording rule made of it; that has no job and no instance any more."""
    return f"{name}{{{','.join((*_matchers(labels), PLACE))}}}"


def _matchers(labels: Mapping[str, Wanted]) -> Iterator[str]:
    for name, wanted in labels.items():
        if isinstance(wanted, str):
            yield f'{name}="{wanted}"'
        else:
            yield f'{name}=~"{"|".join(wanted)}"'


def by(*labels: str) -> str:
    """`by (a, b, VANTAGE)`; the label of the vantages is a variable."""
    return f"by ({', '.join((*labels, '$vantage_label'))})"


def placed(expr: str) -> str:
    """The same, with a label `place` that says what the label of the vantages says."""
    return f'label_replace({expr}, "place", "$1", "$vantage_label", "(.*)")'


def coded(selected: Mapping[str, int]) -> str:
    """One number for what is one of several: each selector that is 1 gives its number."""
    return " or ".join(f"({selector} == 1) * {code}" for selector, code in selected.items())


def over_time(expr: str, legend: str = "") -> prometheus.Dataquery:
    """A query over the time shown."""
    return _query(expr).legend_format(legend).range()


def now(expr: str, legend: str = "") -> prometheus.Dataquery:
    """A query at the end of the time shown, one value per series."""
    return _query(expr).legend_format(legend).instant()


def rows_of(expr: str) -> prometheus.Dataquery:
    """A query at the end of the time shown, for a table: one column per label."""
    return _query(expr).instant().format(queries.PromQueryFormat.TABLE)


def _query(expr: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(" ".join(expr.split())).datasource(SOURCE)
