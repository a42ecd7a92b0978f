"""
The grammar of a dashboard: what is drawn, how it looks, what it is called.

A panel is a builder of the SDK with its title, description, data source and size set; ids, letters
of queries and places in the grid are given when the dashboard is put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from ask import SOURCE
from sdk import (
    Builder,
    bargauge,
    common,
    dashboard,
    models,
    prometheus,
    shapes,
    stat,
    statetimeline,
    table,
    timeseries,
)

COLUMNS: Final = 24

Size = tuple[int, int]
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
        .justify_mode(shapes.BigValueJustifyMode.CENTER)
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
        # Without this, colours are a gradient from green to red, and the legend has no words.
        .color_scheme(by_limits())
        .thresholds(limits("#707070"))
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
        .min_width(80)  # Grafana's 150 pushes a fifth column of half a screen out of sight
        .show_header(True)
    )


def columns(made: table.Panel, names: Mapping[str, str]) -> table.Panel:
    """Show these columns of *made* under these names and in this order, and no other."""
    # What stands for the whole table where nothing is in it must not stand in its empty cells.
    for name in names:
        changed(made, name, {"noValue": "-"})
    options = {"include": {"names": list(names)}}
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


def by_family(made: timeseries.Panel, families: Mapping[str, str]) -> timeseries.Panel:
    """Give series whose names have these words in them these colours."""
    for word, color in families.items():
        value = {"mode": "fixed", "fixedColor": color}
        made.override_by_regexp(
            f"/{word}/", [models.DynamicConfigValue(id_val="color", value=value)]
        )
    return made


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
