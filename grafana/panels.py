"""
The grammar of a dashboard: what is asked, what is drawn, where it stands.

A panel is a builder of the SDK with its title, description, data source and size set; ids, letters
of queries and places in the grid are given when the dashboard is put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from sdk import (
    Builder,
    bargauge,
    common,
    dashboard,
    models,
    prometheus,
    queries,
    shapes,
    stat,
    statetimeline,
    table,
    timeseries,
)

from claude_exporter.config import load_config
from claude_exporter.web.metrics import CATALOGUE

COLUMNS: Final = 24
SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
PLACE: Final = '$vantage_label=~"$vantage"'
SELECTED: Final = f'job=~"$job",instance=~"$instance",{PLACE}'
EXPORTER_URL: Final = "http://localhost:9529"
_HISTOGRAM: Final = ("_bucket", "_count", "_sum")
STATUS_PAGE: Final = load_config(None, {}).status_pages[0].url.rstrip("/")

Size = tuple[int, int]
Wanted = str | Iterable[str]
"""The value that a label must have, or any of several."""

Item: TypeAlias = str | Builder[models.Panel]
"""A panel, or the title of the row that begins here."""

P = TypeVar(
    "P",
    bargauge.Panel,
    stat.Panel,
    statetimeline.Panel,
    table.Panel,
    timeseries.Panel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard: what is on it, and which of the choices it offers."""

    uid: str
    title: str
    description: str
    items: Iterable[Item]
    span: str = "now-24h"
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """More variables: the label they choose, by what they are called and a metric that has it."""


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


def panel(made: P, title: str, description: str, size: Size, *asked: prometheus.Dataquery) -> P:
    """Give a panel what every panel has; *size* is its width of 24 and its height."""
    width, height = size
    return (
        made.title(title)
        .description(description)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .targets(list(asked))
    )


def tiles(title: str, description: str, size: Size, *asked: prometheus.Dataquery) -> stat.Panel:
    """Big values on a colour, one per series."""
    return (
        panel(stat.Panel(), title, description, size, *asked)
        .color_mode(shapes.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def bars(title: str, description: str, size: Size, *asked: prometheus.Dataquery) -> bargauge.Panel:
    """One horizontal bar per series."""
    return (
        panel(bargauge.Panel(), title, description, size, *asked)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .value_mode(shapes.BarGaugeValueMode.TEXT)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def lines(
    title: str, description: str, size: Size, *asked: prometheus.Dataquery
) -> timeseries.Panel:
    """Lines from zero over a light area; a gap is a gap."""
    return (
        panel(timeseries.Panel(), title, description, size, *asked)
        .min(0)
        .line_width(2)
        .fill_opacity(8)
        .show_points(shapes.VisibilityMode.NEVER)
        .span_nulls(False)
        .legend(_legend())
        .tooltip(
            common.VizTooltipOptions()
            .mode(shapes.TooltipDisplayMode.MULTI)
            .sort(shapes.SortOrder.DESCENDING)
        )
    )


def stacked(made: timeseries.Panel) -> timeseries.Panel:
    """Put the areas of *made* on each other."""
    return (
        made.fill_opacity(60)
        .line_width(1)
        .stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    )


def states(
    title: str, description: str, size: Size, *asked: prometheus.Dataquery
) -> statetimeline.Panel:
    """A strip of colour per series that says in words what was when."""
    return (
        panel(statetimeline.Panel(), title, description, size, *asked)
        .merge_values(True)
        .show_value(shapes.VisibilityMode.NEVER)
        .row_height(0.8)
        .fill_opacity(85)
        .line_width(0)
        .legend(_legend())
    )


def listing(title: str, description: str, size: Size, *asked: prometheus.Dataquery) -> table.Panel:
    """A table of what is asked, joined where the labels agree."""
    return (
        panel(table.Panel(), title, description, size, *asked)
        .cell_height(shapes.TableCellHeight.SM)
        .show_header(True)
    )


def columns(made: table.Panel, names: Mapping[str, str]) -> table.Panel:
    """Show these columns of *made* under these names and in this order, and no other."""
    options = {
        "include": {"names": list(names)},
    }
    order = {
        "indexByName": {name: place for place, name in enumerate(names)},
        "renameByName": names,
    }
    return made.transformations(
        [
            models.DataTransformerConfig(id_val="merge", options={}),
            models.DataTransformerConfig(id_val="filterFieldsByName", options=options),
            models.DataTransformerConfig(id_val="organize", options={"excludeByName": {}, **order}),
        ]
    )


def said(texts: Mapping[str, tuple[str, str]]) -> list[models.ValueMapping]:
    """Show values as words in colours: what a value is, by its text and its colour."""
    results = {
        value: models.ValueMappingResult(text=shown, color=color, index=place)
        for place, (value, (shown, color)) in enumerate(texts.items())
    }
    return [models.ValueMap(options=results)]


def limits(base: str, *steps: tuple[float, str]) -> dashboard.ThresholdsConfig:
    """Colours by value: *base* below the first of the steps."""
    placed = [models.Threshold(value=None, color=base)]
    placed += [models.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(placed)


def limit_lines() -> common.GraphThresholdsStyleConfig:
    """Draw the limits of a graph as dashed lines."""
    return common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED)


def by_limits() -> dashboard.FieldColor:
    """Colour by the limits."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)


def shades(color: str) -> dashboard.FieldColor:
    """Shades of one colour, for series that nobody knows beforehand."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.SHADES).fixed_color(color)


def colored(made: timeseries.Panel, colors: Mapping[str, str]) -> timeseries.Panel:
    """Give series of these names these colours."""
    for name, color in colors.items():
        value = {"mode": "fixed", "fixedColor": color}
        made.override_by_name(name, [models.DynamicConfigValue(id_val="color", value=value)])
    return made


def changed(made: P, name: str, properties: Mapping[str, object]) -> P:
    """Set properties of one series or column."""
    values = [models.DynamicConfigValue(id_val=key, value=it) for key, it in properties.items()]
    return made.override_by_name(name, values)


def link(title: str, url: str) -> dashboard.DashboardLink:
    """A link that opens beside the dashboard."""
    made = dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK)
    return made.url(url).target_blank(True)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.LIST)
        .placement(shapes.LegendPlacement.BOTTOM)
    )
