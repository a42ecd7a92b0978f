"""The colours: apart for every kind of colour vision, and never without words."""

from itertools import combinations

import pytest
from support.dashboards import DASHBOARDS, panels_of

# Machado, Oliveira and Fernandes 2009, for complete blindness to one kind of light.
VISIONS = {
    "all three": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)
APART = 15.0
"""Two colours beside each other that differ so much are told apart at a glance (CIE 1976)."""


def times(matrix, vector):
    return tuple(
        sum(factor * part for factor, part in zip(row, vector, strict=True)) for row in matrix
    )


def light_of(color):
    """The linear light of `#rrggbb`."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return tuple(
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )


def seen(color, vision):
    """Where a colour lies for an eye, in CIE L*a*b*."""
    light = tuple(min(1.0, max(0.0, part)) for part in times(vision, light_of(color)))
    x, y, z = (
        ratio ** (1 / 3) if ratio > 0.008856 else 7.787 * ratio + 16 / 116
        for ratio in (part / white for part, white in zip(times(TO_XYZ, light), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one, other, vision):
    pairs = zip(seen(one, vision), seen(other, vision), strict=True)
    return sum((left - right) ** 2 for left, right in pairs) ** 0.5


def said_by(panel):
    """The colours of a panel's states, each with its words."""
    return {
        shown["color"]: shown["text"]
        for mapping in panel["fieldConfig"]["defaults"].get("mappings") or []
        for shown in mapping["options"].values()
    }


@pytest.mark.parametrize("vision", VISIONS.values(), ids=VISIONS)
@pytest.mark.parametrize("uid", DASHBOARDS)
def test_states_of_one_panel_look_different_to_everybody(uid, vision):
    alike = [
        (panel["title"], said_by(panel)[one], said_by(panel)[other])
        for panel in panels_of(DASHBOARDS[uid])
        for one, other in combinations(said_by(panel), 2)
        if distance(one, other, vision) < APART
    ]
    assert alike == []


def test_green_and_red_would_fail():
    """What the test above is for: Grafana's own green and red."""
    traffic_light = ("#73bf69", "#f2495c")
    assert distance(*traffic_light, VISIONS["all three"]) > 6 * APART
    assert distance(*traffic_light, VISIONS["without green"]) < APART


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_nothing_is_said_by_colour_alone(uid):
    wordless = [
        panel["title"] for panel in panels_of(DASHBOARDS[uid]) if not all(said_by(panel).values())
    ]
    assert wordless == []


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_no_line_has_a_colour_of_chance(uid):
    """Grafana's classic palette is a rainbow: each graph names its colours or shades one."""
    by_chance = [
        panel["title"]
        for panel in panels_of(DASHBOARDS[uid])
        if panel["type"] == "timeseries"
        and panel["fieldConfig"]["defaults"].get("color", {}).get("mode") != "shades"
        and not any(
            each["id"] == "color"
            for override in panel["fieldConfig"]["overrides"]
            for each in override["properties"]
        )
    ]
    assert by_chance == []
