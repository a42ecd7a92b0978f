"""
Every dashboard drawn with Grafana's own components, on every day, in a real Chromium.

What is drawn is kept in build/pictures. `make pictures` makes those of the documents again, which
are what later drawings are compared with.
"""

import json
import os

import pytest
from support.dashboards import DASHBOARDS, panels_of
from support.days import days
from support.drawn import WIDTH, artist
from support.empty import empty_titles
from support.looks import assert_looks_like, opened, small
from support.rule_tests import PROJECT

pytestmark = pytest.mark.e2e

IMAGES = PROJECT / "docs/images/dashboards"
KEPT = PROJECT / "build/pictures"
SHOWN = ("calm", "unacknowledged")
"""The days that the documents show."""

MARKED = {
    "calm": set(),
    "acknowledged": {"Alerts", "Incidents"},
    "unacknowledged": {"Alerts"},
    "network": {"Alerts"},
    "model": {"Alerts", "Incidents"},
    "mixed": {"Alerts", "Incidents", "Maintenances"},
}
"""What is marked on the graphs of each day."""


@pytest.fixture(scope="module")
def draw():
    KEPT.mkdir(parents=True, exist_ok=True)
    with artist() as painter:
        yield painter.draw


@pytest.mark.parametrize("uid", DASHBOARDS)
@pytest.mark.parametrize("name", days())
def test_a_dashboard_is_drawn(name, uid, draw):
    """Every panel is there and done; it is empty where it must be, and the console is silent."""
    drawn = draw(uid, name)
    (KEPT / f"{uid}-{name}.png").write_bytes(drawn.picture)
    panels = drawn.report["panels"]
    assert drawn.complaints == []
    assert drawn.report["errors"] == []
    assert drawn.report["unsupported"] == []
    assert [panel["title"] for panel in panels] == [
        panel["title"] for panel in panels_of(DASHBOARDS[uid])
    ]
    assert [panel for panel in panels if panel["state"] != "Done" or panel["error"]] == []
    assert {panel["title"] for panel in panels if panel["empty"]} == empty_titles(uid, name)
    assert {mark["name"] for mark in drawn.report["annotations"] if mark["events"]} == MARKED[name]
    assert [query for query in drawn.report["queries"] if "error" in query] == []
    if name in SHOWN:
        compare(drawn.picture, f"{uid}-{name}.png")


def compare(picture, name):
    """With the picture in the documents, which PICTURES=write replaces."""
    reference = IMAGES / name
    if os.environ.get("PICTURES") == "write":
        IMAGES.mkdir(parents=True, exist_ok=True)
        reference.write_bytes(small(picture))
    assert_looks_like(reference, picture, KEPT / f"difference-{name}")


def test_the_pictures_of_the_documents_are_small():
    pictures = sorted(IMAGES.glob("*.png"))
    names = {f"{uid}-{name}" for uid in DASHBOARDS for name in SHOWN}
    assert {picture.stem for picture in pictures} == names
    assert {opened(picture.read_bytes()).width for picture in pictures} == {WIDTH}
    assert [picture.name for picture in pictures if picture.stat().st_size > 150_000] == []


def panel_of(number, kind, expr):
    """A panel as small as it can be."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "id": number,
        "type": kind,
        "title": kind,
        "datasource": source,
        "gridPos": {"x": 0, "y": 6 * number, "w": 12, "h": 6},
        "targets": [{"refId": "A", "expr": expr, "datasource": source}],
    }


def test_what_cannot_be_drawn_is_not_overlooked(draw):
    """The silence above means something: each of these faults is in the report."""
    broken = {
        "title": "Broken",
        "panels": [
            panel_of(1, "heatmap", "up"),
            panel_of(2, "timeseries", "up{"),
            panel_of(3, "stat", "no_such_metric"),
            panel_of(4, "stat", "up") | {"repeat": "job"},
        ],
        "templating": {"list": [{"name": "filters", "type": "adhoc"}]},
        "annotations": {"list": []},
    }
    drawn = draw("broken", "calm", document=json.dumps(broken))
    assert "no renderer" in drawn.panel("heatmap")["error"]
    assert "parse error" in drawn.panel("timeseries")["error"]
    assert [panel["empty"] for panel in drawn.report["panels"] if panel["id"] in {3, 4}] == [
        True,
        False,
    ]
    assert drawn.report["unsupported"] == ["variable filters: type adhoc", "panel 4: repeat"]


LINES = ((115, 191, 105), (242, 204, 12))
"""The first two colours of Grafana's classic palette: green and yellow."""


def test_where_samples_are_missing_a_line_has_a_gap(draw):
    """Two series, of which the middle half of each hour is missing: half of the width is drawn."""
    missing = "and on () (abs(minute() - 30) > 15)"
    panel = panel_of(1, "timeseries", f"vector(1) {missing}")
    second = panel["targets"][0] | {"refId": "B", "expr": f"vector(2) {missing}"}
    wide = {"fieldConfig": {"defaults": {"custom": {"lineWidth": 5}}, "overrides": []}}
    shown = {
        "title": "Gaps",
        "panels": [panel | wide | {"targets": [*panel["targets"], second]}],
        "templating": {"list": []},
        "annotations": {"list": []},
    }
    drawn = draw("gaps", "calm", document=json.dumps(shown))
    assert drawn.report["errors"] == []
    for color in LINES:
        columns = columns_of(opened(drawn.picture), color)
        assert 0.3 < len(columns) / (max(columns) - min(columns)) < 0.7


def columns_of(picture, color):
    """The columns of a picture in which a colour is."""
    pixels, wanted = picture.load(), range(picture.height)
    return {x for x in range(picture.width) if any(near(pixels[x, y], color) for y in wanted)}


def near(pixel, color):
    return all(abs(one - other) < 12 for one, other in zip(pixel, color, strict=True))
