"""A dashboard put together: its choices, links and marks; every panel gets an id and a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from ask import SOURCE, STATUS_PAGE, of
from panels import COLUMNS, Board, Item, link
from sdk import Builder, JSONEncoder, dashboard, models, queries
from words import ORANGE, SKY, VERMILION

from claude_exporter.rules.alerting import EXPORTER_URL
from claude_exporter.rules.recording import VANTAGE

TAG: Final = "claude"
_ROW_HEIGHT: Final = 1

Placed: TypeAlias = models.Panel | models.RowPanel


def document(board: Board) -> models.Dashboard:
    """The whole dashboard as Grafana reads it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG, "generated"])
        .readonly()
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .refresh("30s")
        .time(board.span, "now")
        .links([_others(), link("The exporter's page", "${exporter_url}"), _page()])
        .annotations(list(_marks()))
        .variables(list(_choices(board)))
        .build()
    )
    made.panels = list(_laid_out(board))
    return made


def text_of(board: Board) -> str:
    """The bytes of a dashboard's file."""
    encoder = JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False)
    return f"{encoder.encode(document(board))}\n"


def _laid_out(board: Board) -> Iterator[Placed]:
    """Number the panels and place them from the left, a new line where one does not fit."""
    x = y = tallest = 0
    for number, item in enumerate(board.items, start=1):
        title = item if isinstance(item, str) else None
        made = dashboard.Row(title).build() if title is not None else _with_letters(item)
        width, height = _size(made)
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        made.id_val, made.grid_pos = number, models.GridPos(x=x, y=y, w=width, h=height)
        x, tallest = x + width, max(tallest, height)
        yield made


def _size(made: Placed) -> tuple[int, int]:
    if isinstance(made, models.RowPanel) or made.grid_pos is None:
        return COLUMNS, _ROW_HEIGHT
    return made.grid_pos.w, made.grid_pos.h


def _with_letters(item: Item) -> models.Panel:
    """Build a panel and name its queries A, B, C."""
    if isinstance(item, str):
        raise TypeError(f"expected a panel, not the row {item!r}")
    made = item.build()
    for place, target in enumerate(made.targets or []):
        if not isinstance(target, queries.Dataquery):
            raise TypeError(f"{made.title}: expected Prometheus queries, not {target!r}")
        target.ref_id = chr(ord("A") + place)
    return made


def _choices(board: Board) -> Iterator[Builder[models.VariableModel]]:
    yield dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    yield _choice("job", "Job", "claude_exporter_build_info", ".+")
    yield _choice("instance", "Exporter", "claude_exporter_build_info", ".+", 'job=~"$job"')
    # Most have one exporter and no such label at all: every value, and none, is All.
    yield _choice("vantage", "Vantage", "claude_exporter_build_info", ".*", label="$vantage_label")
    for name, (label, metric) in board.choices.items():
        yield _choice(name, label, metric, ".+", 'job=~"$job"')
    yield _constant("vantage_label", VANTAGE, "The label that tells exporters in places apart.")
    yield _constant("exporter_url", EXPORTER_URL, "Where a browser finds the exporter.")


def _choice(
    name: str, shown: str, metric: str, everything: str, within: str = "", label: str = ""
) -> dashboard.QueryVariable:
    """Offer the values of a label of *metric*, all of them at first."""
    selector = f"{metric}{{{within}}}" if within else metric
    query = f"label_values({selector}, {label or name})"
    return (
        dashboard.QueryVariable(name)
        .label(shown)
        .datasource(SOURCE)
        .definition(query)
        .query({"query": query, "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(everything)
        .current(models.VariableOption(text=["All"], value=["$__all"]))
    )


def _constant(name: str, value: str, description: str) -> dashboard.ConstantVariable:
    return dashboard.ConstantVariable(name).value(value).description(description)


def _others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Claude dashboards")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )


def _page() -> dashboard.DashboardLink:
    return link("Claude's status page", STATUS_PAGE)


def _marks() -> Iterator[dashboard.AnnotationQuery]:
    """What is marked on every graph: alerts of ours, incidents and maintenances of the page."""
    # Only where they begin: the shade of a whole outage would hide what the graphs show of it.
    firing = 'ALERTS{alertname=~"Claude.+",alertstate="firing",severity=~"critical|warning"}'
    begun = _mark("Alerts", f"{firing} unless {firing} offset 2m", VERMILION)
    yield begun.title_format("{{alertname}}").text_format("{{surface}}")
    # The page's moments, in milliseconds, are where the marks go.
    for name, metric, label, color in (
        ("Incidents", "claude_status_incident_started_timestamp_seconds", "incident_id", ORANGE),
        (
            "Maintenances",
            "claude_status_maintenance_start_timestamp_seconds",
            "maintenance_id",
            SKY,
        ),
    ):
        mark = _mark(name, f"{of(metric)} * 1000", color).use_value_for_time(True)
        yield mark.title_format(f"{name[:-1]} {{{{{label}}}}}").text_format("{{page}}")


def _mark(name: str, expr: str, color: str) -> dashboard.AnnotationQuery:
    made = dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(True)
    return made.icon_color(color).expr(expr).step("60s")
