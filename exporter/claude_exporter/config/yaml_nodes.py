"""
YAML text to a tree of plain values in which every value and key knows its place.

YAML 1.1 and 1.2 read `on`, `010` or `2026-11-22` differently; whatever they do not read alike is
refused with the advice to quote it, so that nobody has to know which of them this is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

import yaml

from claude_exporter.config.errors import HIDDEN, ConfigError, Place, child_path, shown_text

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 50_000
"""Values in one file, each use of an alias counted."""

_Value = str | int | float | bool | None
_TAG: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}([eE][-+]?[0-9]{1,2})?", re.ASCII)
_READERS: Final[Mapping[str, tuple[re.Pattern[str], Callable[[str], _Value]]]] = MappingProxyType(
    {
        "null": (re.compile(r".*"), lambda _: None),
        "bool": (
            re.compile(r"true|True|TRUE|false|False|FALSE"),
            lambda text: text in "trueTrueTRUE",
        ),
        "int": (_INTEGER, int),
        "float": (_FLOAT, float),
    }
)
_SECRET_KEYS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_LITERAL_KEY: Final = re.compile(r"\bsk-ant-\w")
_TRAPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bool": "true or false, or text in quotes",
        "int": "a decimal number, or text in quotes",
        "float": "a decimal number, or text in quotes",
        "timestamp": "text in quotes, since this reads as a date",
        "value": "text in quotes",
        "merge": "text in quotes",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value; *text* is how the file writes it."""

    place: Place
    value: _Value
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping, with its own place, and its value."""

    key: Place
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A mapping."""

    place: Place
    entries: Mapping[str, Entry]


Node = Scalar | Items | Keys


def plain(node: Node) -> Any:  # noqa: ANN401  # any JSON value
    """Give the tree as plain lists, dicts and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(entry.node) for key, entry in node.entries.items()}


def read_tree(text: str, file: str) -> tuple[Node | None, tuple[ConfigError, ...]]:
    """Read one YAML document; the tree is None where the text is not YAML or says nothing."""
    start = Place(file=file, line=1, column=1, path="$")
    try:
        root = _compose(text)
    except yaml.reader.ReaderError as exc:
        return None, (_unprintable(text, exc, start),)
    except yaml.MarkedYAMLError as exc:
        return None, (_syntax_error(exc, file),)
    if root is None:
        problem = "expected a mapping, not an empty file"
        return None, (ConfigError(place=start, problem=problem),)
    reader = _Reader(file)
    tree = reader.node(root, "$", ())
    return tree, tuple(reader.errors)


def _key_of(place: Place) -> str:
    return place.path.rpartition(".")[2].lower()


class _Loader(yaml.SafeLoader):
    """SafeLoader's composer, kept from exhausting the stack or the memory."""

    depth = 0
    values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401  # PyYAML's own
        self.depth += 1
        self.values += 1
        if self.depth > MAX_DEPTH or self.values > MAX_VALUES:
            mark = self.get_mark()
            problem = f"more than {MAX_DEPTH} levels or {MAX_VALUES} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _unprintable(text: str, exc: yaml.reader.ReaderError, start: Place) -> ConfigError:
    before = text[: exc.position]
    place = Place(
        file=start.file,
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
        path="$",
    )
    return ConfigError(
        place=place, problem=f"expected printable text, not the character {text[exc.position]!a}"
    )


def _syntax_error(exc: yaml.MarkedYAMLError, file: str) -> ConfigError:
    mark = exc.problem_mark or exc.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    place = Place(file=file, line=line, column=column, path="$")
    problem = exc.problem or exc.context or "it cannot be read"
    if "'\\t'" in problem:
        return ConfigError(place=place, problem="expected spaces, not a tab, before a value")
    while_doing = f" ({exc.context})" if exc.context and exc.problem else ""
    return ConfigError(
        place=place, problem=f"expected valid YAML, not this: {problem}{while_doing}"
    )


class _Reader:
    """Turns PyYAML's nodes into ours and keeps every mistake met on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[ConfigError] = []
        self._values = 0

    def node(self, node: yaml.Node, path: str, inside: tuple[yaml.Node, ...]) -> Node:
        place = self._place(node, path)
        self._values += 1
        if self._values > MAX_VALUES:
            return self._refuse(place, f"at most {MAX_VALUES} values", "one more through aliases")
        if any(node is outer for outer in inside):
            return self._refuse(place, "a value", "an alias of what it is in")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if node.tag not in (f"{_TAG}seq", f"{_TAG}map"):
            return self._refuse(place, "a value without a tag", shown_text(node.tag))
        if isinstance(node, yaml.SequenceNode):
            return self._items(node, place, (*inside, node))
        return self._keys(cast("yaml.MappingNode", node), place, (*inside, node))

    def _place(self, node: yaml.Node, path: str) -> Place:
        mark = node.start_mark
        return Place(file=self.file, line=mark.line + 1, column=mark.column + 1, path=path)

    def _refuse(self, place: Place, expected: str, found: str) -> Scalar:
        # One message is enough where aliases multiply the same mistake.
        if self._values <= MAX_VALUES + 1:
            self.errors.append(
                ConfigError(place=place, problem=f"expected {expected}, not {found}")
            )
        return Scalar(place=place, value=None, text="")

    def _items(self, node: yaml.SequenceNode, place: Place, inside: tuple[yaml.Node, ...]) -> Items:
        items = tuple(
            self.node(item, child_path(place.path, index), inside)
            for index, item in enumerate(node.value)
            if self._values <= MAX_VALUES
        )
        return Items(place=place, items=items)

    def _keys(self, node: yaml.MappingNode, place: Place, inside: tuple[yaml.Node, ...]) -> Keys:
        entries: dict[str, Entry] = {}
        for name, key, value in self._named(node, place):
            if self._values > MAX_VALUES:
                break
            if name in entries:
                first = entries[name].key.line
                self._refuse(key, f"each key once, as in line {first}", "the same key again")
                continue
            entries[name] = Entry(key=key, node=self.node(value, key.path, inside))
        return Keys(place=place, entries=entries)

    def _named(
        self, node: yaml.MappingNode, place: Place
    ) -> Iterator[tuple[str, Place, yaml.Node]]:
        for key, value in node.value:
            here = self._place(key, place.path)
            if key.tag == f"{_TAG}merge":
                self._refuse(here, "the keys themselves", "the merge key <<")
            elif not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
                found = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
                self._refuse(here, "a key that is text, in quotes where need be", str(found)[:40])
            elif _LITERAL_KEY.search(key.value):
                self._refuse(here, "a key's name", "a secret written out")
            else:
                yield key.value, self._place(key, child_path(place.path, key.value)), value

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Scalar:
        text = str(node.value)
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return self._text(text, place)
        if kind in _READERS:
            pattern, read = _READERS[kind]
            if pattern.fullmatch(text):
                return Scalar(place=place, value=read(text), text=text)
        if kind in _TRAPS:
            return self._refuse(place, _TRAPS[kind], text[:40])
        return self._refuse(place, "a value without a tag", shown_text(node.tag))

    def _text(self, text: str, place: Place) -> Scalar:
        if _LITERAL_KEY.search(text):
            return self._refuse(place, "{env: NAME} or {file: PATH}", "a key written out")
        if _key_of(place) in _SECRET_KEYS and text != HIDDEN:
            wanted = "{env: NAME} or {file: PATH}, under headers_from for a header"
            return self._refuse(place, wanted, "a secret written out")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            return self._refuse(place, "text", "half of a surrogate pair")
        return Scalar(place=place, value=text, text=text)
