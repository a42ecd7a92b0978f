"""The dashboards against Grafana's own model: no key it does not know, no type it does not want."""

import copy
import enum
import json
import typing
import warnings

import pytest
from support.dashboards import DASHBOARDS

with warnings.catch_warnings():
    # The SDK would rather have the schema's second version, which files cannot provision yet.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.cog import plugins
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import dashboard as models
    from grafana_foundation_sdk.models import units

plugins.register_default_plugins()

TYPES = {"bargauge", "gauge", "row", "stat", "state-timeline", "table", "text", "timeseries"}
UNITS = {getattr(units, name) for name in dir(units) if name[0].isupper()}
OWN = {"suffix:x", "suffix: tokens/s"}
"""What Grafana writes behind a number as it is."""


def lost(found, known, path="$"):
    """Where the model forgot or changed something."""
    if isinstance(found, dict) and isinstance(known, dict):
        for key, value in found.items():
            if key in known:
                yield from lost(value, known[key], f"{path}.{key}")
            elif value not in (None, [], {}):
                yield f"{path}.{key}"
    elif isinstance(found, list) and isinstance(known, list) and len(found) == len(known):
        for place, (one, other) in enumerate(zip(found, known, strict=True)):
            yield from lost(one, other, f"{path}[{place}]")
    elif found != known:
        yield f"{path}: {found!r} became {known!r}"


def not_meant(value, hint, path="$"):
    """Where a value is not of the type that the model says, which the model itself never checks."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        yield from _none_of(value, arguments, path)
    elif origin is list and isinstance(value, list):
        for place, item in enumerate(value):
            yield from not_meant(item, arguments[0], f"{path}[{place}]")
    elif origin in (list, dict) and not isinstance(value, origin):
        yield f"{path}: {value!r} is no {origin.__name__}"
    elif origin is typing.Literal and value not in arguments:
        yield f"{path}: {value!r} is none of {arguments}"
    elif isinstance(hint, type):
        yield from _not_an_instance(value, hint, path)


def _none_of(value, hints, path):
    if value is not None or type(None) not in hints:
        each = [list(not_meant(value, one, path)) for one in hints if one is not type(None)]
        yield from min(each, key=len)


def _not_an_instance(value, hint, path):
    if issubclass(hint, enum.Enum):
        if value not in {each.value for each in hint}:
            yield f"{path}: {value!r} is none of {[each.value for each in hint]}"
    elif hasattr(hint, "from_json"):
        # The SDK leaves some nested objects as they are in the file.
        yield from _in_its_fields(hint.from_json(value) if isinstance(value, dict) else value, path)
    else:
        wanted = (int, float) if hint in (int, float) else hint
        number = hint in (int, float)
        if not isinstance(value, wanted) or (number and isinstance(value, bool)):
            yield f"{path}: {value!r} is no {hint.__name__}"


def _in_its_fields(made, path):
    for name, hint in typing.get_type_hints(type(made)).items():
        yield from not_meant(getattr(made, name, None), hint, f"{path}.{name}")


def complaints(document):
    """Everything that Grafana's model has against a dashboard."""
    made = models.Dashboard.from_json(document)
    yield from lost(document, json.loads(JSONEncoder().encode(made)))
    yield from _in_its_fields(made, "$")
    for panel in made.panels:
        where = f"{panel.id_val}: {panel.title}"
        if panel.type_val not in TYPES:
            yield f"{where}: nobody draws {panel.type_val}"
        if panel.type_val == "row":
            continue
        drawn = panel.field_config.defaults.custom
        for part in (panel.options, drawn, *panel.targets):
            if hasattr(type(part), "from_json"):
                yield from _in_its_fields(part, where)
        unit = panel.field_config.defaults.unit
        if unit is not None and unit not in UNITS | OWN:
            yield f"{where}: no unit {unit}"


@pytest.mark.parametrize("document", DASHBOARDS.values(), ids=DASHBOARDS)
def test_grafanas_model_knows_everything_that_is_in_a_dashboard(document):
    assert list(complaints(document)) == []


def panel_of(document, kind):
    return next(panel for panel in document["panels"] if panel["type"] == kind)


BREAKS = {
    "a key nobody knows": lambda d: panel_of(d, "stat").update(titel="x"),
    "an option nobody knows": lambda d: panel_of(d, "stat")["options"].update(colourMode="x"),
    "a word that is none of an enum's": lambda d: panel_of(d, "stat")["options"].update(
        colorMode="loud"
    ),
    "a word where a number is wanted": lambda d: panel_of(d, "stat")["gridPos"].update(w="2"),
    "decimals in words": lambda d: panel_of(d, "stat")["fieldConfig"]["defaults"].update(
        decimals="two"
    ),
    "a panel that nobody draws": lambda d: panel_of(d, "stat").update(type="stats"),
    "a unit that there is not": lambda d: panel_of(d, "stat")["fieldConfig"]["defaults"].update(
        unit="sekonds"
    ),
    "a format that there is not": lambda d: panel_of(d, "table")["targets"][0].update(
        format="tabel"
    ),
    "a variable of no type": lambda d: d["templating"]["list"][0].update(type="nope"),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_the_model_complains(broken):
    """The checks above see what they are for."""
    document = copy.deepcopy(DASHBOARDS["is-claude-down"])
    broken(document)
    assert list(complaints(document)) != []
