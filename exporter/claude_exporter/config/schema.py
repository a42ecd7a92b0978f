"""The JSON Schema of a configuration file, for editors: completion, hints and early errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from claude_exporter.config.durations import DURATION_PATTERN, format_duration
from claude_exporter.config.load import Probers, default_tree, registered_probers
from claude_exporter.config.model import Config
from claude_exporter.config.sizes import SIZE_PATTERN, format_size
from claude_exporter.config.yaml_nodes import plain

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType(
    {DURATION_PATTERN: format_duration, SIZE_PATTERN: format_size}
)
_Schema = dict[str, Any]


def file_schema(probers: Probers | None = None) -> _Schema:
    """
    Give the schema of a user's file.

    A target that is built in may leave out what the default says; the options of a target follow
    its prober.
    """
    known = registered_probers() if probers is None else probers
    models = [(spec.options, "validation") for spec in known.values()]
    references, schema = models_json_schema(
        [(Config, "validation"), *models],  # type: ignore[list-item]  # a plain str literal
        by_alias=True,
    )
    definitions: _Schema = schema["$defs"]
    root = definitions.pop("Config")
    options = {name: references[spec.options, "validation"] for name, spec in known.items()}
    built_in = plain(default_tree())
    _overridable(definitions["PageConfig"], _names(built_in["status_pages"]))
    _overridable(definitions["TargetConfig"], _names(built_in["targets"]))
    _with_options(definitions["TargetConfig"], options, built_in["targets"])
    for definition in definitions.values():
        _write_defaults(definition.get("properties", {}))
    root["title"] = "The configuration of claude-exporter"
    return {"$schema": DIALECT, **root, "$defs": definitions}


def _names(items: list[Mapping[str, Any]]) -> list[str]:
    return [item["name"] for item in items]


def _write_defaults(properties: Mapping[str, _Schema]) -> None:
    """Show a default with its unit, as the file writes it."""
    for schema in properties.values():
        write = _FORMATS.get(schema.get("pattern", ""))
        if write is not None and "default" in schema:
            schema["default"] = write(schema["default"])


def _overridable(definition: _Schema, names: list[str]) -> None:
    """Require only the name of what is built in."""
    required = definition["required"]
    definition["required"] = ["name"]
    definition["if"] = {"properties": {"name": {"enum": names}}}
    definition["else"] = {"required": required}


def _with_options(
    definition: _Schema, options: Mapping[str, Any], built_in: list[Mapping[str, Any]]
) -> None:
    properties = definition["properties"]
    properties["prober"]["enum"] = list(options)
    properties["options"] = {"type": "object", "description": properties["options"]["description"]}
    definition["allOf"] = [
        {
            "if": _probed_by(name, [item for item in built_in if item["prober"] == name]),
            "then": {"properties": {"options": reference}},
        }
        for name, reference in options.items()
    ]


def _probed_by(prober: str, built_in: list[Mapping[str, Any]]) -> _Schema:
    given = {"properties": {"prober": {"const": prober}}, "required": ["prober"]}
    left_out = {
        "properties": {"name": {"enum": _names(built_in)}},
        "required": ["name"],
        "not": {"required": ["prober"]},
    }
    return {"anyOf": [given, left_out]}
