"""
Print the reference part of docs/configuration.md from the models.

`python -m claude_exporter.config.document FILE` rewrites what stands between the two marks in
FILE; with `--check` it only says, by its exit code, whether that would change anything.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from claude_exporter.config.durations import DURATION_PATTERN
from claude_exporter.config.fields import HOST_PORT_PATTERN, NAME_PATTERN, URL_PATTERN, Unit
from claude_exporter.config.load import Probers, registered_probers
from claude_exporter.config.model import Config, TargetConfig
from claude_exporter.config.problems import models_in
from claude_exporter.config.schema import file_schema
from claude_exporter.config.sizes import SIZE_PATTERN

BEGIN: Final = "<!-- generated: python -m claude_exporter.config.document -->"
END: Final = "<!-- end of generated -->"

_PATTERNS: Final[Mapping[str | None, str]] = MappingProxyType(
    {
        DURATION_PATTERN: "duration",
        SIZE_PATTERN: "size",
        NAME_PATTERN: "name",
        URL_PATTERN: "URL",
        HOST_PORT_PATTERN: "host:port",
    }
)
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "boolean": "`true` or `false`",
        "integer": "whole number",
        "null": "`null`",
        "number": "number",
        "string": "text",
    }
)
_OR_NULL: Final = " or `null`"
_HEAD: Final = (("key", "value", "default", "meaning"), ("---",) * 4)


def reference(probers: Probers | None = None) -> str:
    """Give one table per section and one per prober's options, in Markdown."""
    known = registered_probers() if probers is None else probers
    definitions = file_schema(known)["$defs"]
    tables = (_table(title, model, definitions) for title, model in _sections(known))
    return "\n\n".join("\n".join(table) for table in tables)


def _sections(probers: Probers) -> Iterator[tuple[str, type[BaseModel]]]:
    yield "The file", Config
    for name, field in Config.model_fields.items():
        for model in models_in(field.annotation):
            each = ": each one" if get_origin(field.annotation) is tuple else ""
            yield f"`{field.alias or name}`{each}", model
            if model is TargetConfig:
                yield from ((f"`options` of prober `{p}`", probers[p].options) for p in probers)
            inner: dict[type[BaseModel], list[str]] = {}
            for key, part in model.model_fields.items():
                for part_model in models_in(part.annotation):
                    inner.setdefault(part_model, []).append(f"`{key}`")
            yield from ((f"`{name}`: each of {', '.join(of)}", it) for it, of in inner.items())


def rewritten(text: str, probers: Probers | None = None) -> str:
    """Give *text* with the reference between its marks. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the lines {BEGIN} and {END}, not a text without them")
    return f"{before}{begin}\n\n{reference(probers)}\n\n{end}{after}"


def _table(title: str, model: type[BaseModel], definitions: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {title}\n"
    yield f"{inspect.getdoc(model)}\n"
    described = any(field.description for field in model.model_fields.values())
    for row in (*_HEAD, *_rows(model, definitions)):
        yield f"| {' | '.join(row if described else row[:-1])} |"


def _rows(model: type[BaseModel], definitions: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    schema = definitions.get(model.__name__) or model.model_json_schema(by_alias=True)
    for name, field in model.model_fields.items():
        key = field.alias or name
        kind = _kind(schema["properties"][key], {**definitions, **schema.get("$defs", {})})
        unit = _unit_in(field)
        spread = f", {unit.range}" if unit else ""
        kind = kind.removesuffix(_OR_NULL) + spread + _OR_NULL * kind.endswith(_OR_NULL)
        cells = (f"`{key}`", kind, _default(field, unit), field.description or "")
        yield tuple(cell.replace("|", "&#124;") for cell in cells)


def _kind(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say in words what a value of *schema* is."""
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return _kind(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return " or ".join(_kind(member, definitions) for member in schema["anyOf"])
    if "items" in schema:
        return f"list of: {_kind(schema['items'], definitions)}"
    values = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    if schema.get("type") == "object" and any(values):
        return f"mapping to: {_kind(next(filter(None, values)), definitions)}"
    return _simple_kind(schema)


def _simple_kind(schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern")
    if pattern in _PATTERNS:
        return _PATTERNS[pattern]
    if "oneOf" in schema:
        return "`{env: NAME}` or `{file: PATH}`"
    word = _WORDS.get(schema.get("type", ""), "mapping")
    bounds = (schema.get("minimum"), schema.get("maximum"))
    if None not in bounds:
        return f"{word}, {bounds[0]} to {bounds[1]}"
    return word


def _unit_in(field: FieldInfo) -> Unit | None:
    parts = [*field.metadata, *_parts(field.annotation)]
    return next((part for part in parts if isinstance(part, Unit)), None)


def _parts(annotation: object) -> Iterator[object]:
    for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield part
        yield from _parts(part)


def _default(field: FieldInfo, unit: Unit | None) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or field.alias or value in ((), [], {}, frozenset()):
        return ""
    if unit is not None and value is not None:
        return f"`{unit.written(value)}`"
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where FILE is out of date.")
def main(file: Path, check: bool) -> None:
    """Rewrite the generated part of FILE."""
    text = file.read_text(encoding="utf-8")
    wanted = rewritten(text)
    if check and wanted != text:
        raise click.ClickException(f"{file} is out of date")
    if wanted != text:
        file.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
