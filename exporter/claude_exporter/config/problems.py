"""Turn what pydantic found wrong into `expected X, not Y` at a place in the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from claude_exporter.config.errors import ConfigError, Place, child_path, redacted, shown_text
from claude_exporter.config.yaml_nodes import Entry, Items, Keys, Node

Location = tuple[str | int, ...]

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "string_type": "text",
        "bool_type": "true or false",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "list_type": "a list",
        "tuple_type": "a list",
        "set_type": "a list",
        "frozen_set_type": "a list",
        "bytes_type": "text",
    }
)
_PHRASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "greater_than_equal": "at least {ge}",
        "greater_than": "more than {gt}",
        "less_than_equal": "at most {le}",
        "less_than": "less than {lt}",
        "too_long": "at most {max_length} of them",
        "too_short": "at least {min_length} of them",
        "string_too_long": "at most {max_length} letters",
        "string_too_short": "at least {min_length} letters",
        "string_pattern_mismatch": "text like {pattern}",
        "literal_error": "one of {expected}",
        "enum": "one of {expected}",
    }
)
_PRIVATE: Final = re.compile(
    r"header|secret|credential|key|token|password|auth|cookie", re.IGNORECASE
)


def problems_of(
    exc: ValidationError, tree: Node, model: type[BaseModel], start: Location = ()
) -> tuple[ConfigError, ...]:
    """Say what *exc* found; *model* was given the part of *tree* at *start*."""
    found: dict[Place, list[str]] = {}
    for detail in exc.errors(include_url=False, include_input=False):
        place, problem = _problem(detail, tree, model, start)
        found.setdefault(place, []).append(problem)
    return tuple(ConfigError(place=place, problem=_one_of(said)) for place, said in found.items())


def place_at(tree: Node, location: Location, keys: Iterable[str] = ()) -> Place:
    """
    Give the place of the value at *location*, or of the nearest value around it.

    Of several *keys* below it, the first that the user's own file gives is meant.
    """
    node, _ = _walk(tree, location)
    key = _own_key(node, keys)
    return node.entries[key].node.place if isinstance(node, Keys) and key else node.place


def near(word: str, known: Iterable[str]) -> str:
    """Give `; did you mean X?` where *known* has a word much like *word*, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _own_key(node: Node, keys: Iterable[str]) -> str | None:
    """Give the first of *keys* that the file of *node* gives, else the first that is there."""
    entries = node.entries if isinstance(node, Keys) else {}
    given = [key for key in keys if key in entries]
    own = [key for key in given if entries[key].node.place.file == node.place.file]
    return next(iter(own or given), None)


def _walk(tree: Node, location: Location) -> tuple[Node, Entry | None]:
    node, entry = tree, None
    for step in location:
        if isinstance(node, Keys) and step in node.entries:
            entry = node.entries[str(step)]
            node = entry.node
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node, entry = node.items[step], None
        else:
            break
    return node, entry


def _problem(
    detail: ErrorDetails, tree: Node, model: type[BaseModel], start: Location
) -> tuple[Place, str]:
    location = (*start, *detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    node, entry = _walk(tree, location)
    if kind == "missing":
        return _missing(tree, location)
    if kind == "extra_forbidden" and entry is not None:
        return entry.key, _unknown_key(str(location[-1]), model, detail["loc"][:-1])
    place = node.place
    if kind in {"config", "value_error"}:
        said = context.get("problem") or detail["msg"].removeprefix("Value error, ")
    elif kind == "together":
        key = _own_key(node, context["problems"]) or next(iter(context["problems"]))
        place, said = place_at(tree, location, (key,)), context["problems"][key]
    else:
        private = any(_PRIVATE.search(str(step)) for step in location)
        expected = context.get("kind") or _expected(kind, context, detail["msg"])
        found = _found(node, expected, private=private) + context.get("hint", "")
        said = f"expected {expected}, not {found}"
    return entry.key if entry and location[-1] == "[key]" else place, redacted(str(said))


def _missing(tree: Node, location: Location) -> tuple[Place, str]:
    node, _ = _walk(tree, location)
    around, path = node.place, node.place.path
    inside = (
        length for length in range(len(location)) if _walk(tree, location[:length])[0] is node
    )
    for step in location[min(inside) :]:
        path = child_path(path, step)
    place = Place(file=around.file, line=around.line, column=around.column, path=path)
    listed = len(location) == 3 and location[0] in ("targets", "status_pages")
    why = ", since no built-in one has this name" if listed else ""
    return place, f"expected a value{why}, not nothing"


def _unknown_key(key: str, model: type[BaseModel], location: Location) -> str:
    fields = _model_at(model, location).model_fields
    known = [field.alias or name for name, field in fields.items()]
    hint = near(key, known) or f"; known are {', '.join(known)}"
    return f"expected a known key, not {shown_text(key)}{hint}"


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    for step in location:
        by_alias = {field.alias or name: field for name, field in model.model_fields.items()}
        if isinstance(step, str) and step in by_alias:
            model = next(models_in(by_alias[step].annotation), model)
    return model


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Give the models that a field of this type holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in _PHRASES:
        words = {key: str(value).replace("'", "") for key, value in context.items()}
        return _PHRASES[kind].format(**words).replace(" or ", ", ")
    return message.removeprefix("Input should be ")


def _found(node: Node, expected: str, *, private: bool) -> str:
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Keys):
        return "a mapping"
    if node.value is None:
        return node.text or "nothing"
    if private:
        return "what is there"
    if isinstance(node.value, str):
        return shown_text(node.text)
    return f"{node.text}; put it in quotes" if expected == "text" else node.text


def _one_of(problems: list[str]) -> str:
    """Join what the members of a union wanted: `expected A, not Y` and `expected B, not Y`."""
    split = [problem.removeprefix("expected ").rpartition(", not ") for problem in problems]
    wanted = [first for first, _, _ in split]
    if len(problems) == 1 or not all(wanted):
        return problems[0]
    return f"expected {' or '.join(dict.fromkeys(wanted))}, not {split[0][2]}"
