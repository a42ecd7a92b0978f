"""Lay a user's file over the built-in default; each value keeps the place it came from."""

from __future__ import annotations

from collections.abc import Iterator

from claude_exporter.config.errors import ConfigError, shown_text
from claude_exporter.config.yaml_nodes import Entry, Items, Keys, Node, Scalar


def merged(default: Keys, given: Keys) -> Keys:
    """
    Give *default* with what *given* says instead.

    Sections merge key by key and lists of named things name by name, also key by key; any other
    list or value replaces the default's. `default_targets: false` empties the targets first.
    """
    entries = dict(default.entries)
    if _says(given, "default_targets", False):
        entries.pop("targets", None)
    for key, entry in given.entries.items():
        below = entries.get(key)
        node = entry.node if below is None else _over(below.node, entry.node)
        entries[key] = Entry(key=entry.key, node=node)
    return Keys(place=given.place, entries=entries)


def repeated_names(tree: Keys) -> tuple[ConfigError, ...]:
    """Say which names one list of *tree* gives twice."""
    errors = []
    for entry in tree.entries.values():
        first: dict[str, int] = {}
        items = entry.node.items if isinstance(entry.node, Items) else ()
        for name in (name for item in items for name in _names(item)):
            if name.text in first:
                line = first[name.text]
                problem = f"expected each name once, not {shown_text(name.text)} as in line {line}"
                errors.append(ConfigError(place=name.place, problem=problem))
            first.setdefault(name.text, name.place.line)
    return tuple(errors)


def _says(tree: Keys, key: str, value: object) -> bool:
    entry = tree.entries.get(key)
    return entry is not None and isinstance(entry.node, Scalar) and entry.node.value is value


def _over(default: Node, given: Node) -> Node:
    if isinstance(default, Keys) and isinstance(given, Keys):
        return Keys(place=given.place, entries={**default.entries, **given.entries})
    if isinstance(default, Items) and isinstance(given, Items):
        return _by_name(default, given)
    return given


def _by_name(default: Items, given: Items) -> Items:
    known = {name.text: item for item in default.items for name in _names(item)}
    added: list[Node] = []
    for item in given.items:
        below = next((known.get(name.text) for name in _names(item)), None)
        if isinstance(below, Keys) and isinstance(item, Keys):
            known[str(_text(below.entries["name"].node))] = _item_over(below, item)
        else:
            added.append(item)
    return Items(place=given.place, items=(*known.values(), *added))


def _item_over(default: Keys, given: Keys) -> Keys:
    entries = {**default.entries, **given.entries}
    prober = given.entries.get("prober")
    below, above = default.entries.get("options"), given.entries.get("options")
    # Options belong to their prober: under another one the built-in options mean nothing.
    if prober is not None and _text(prober.node) != _text(default.entries["prober"].node):
        entries.pop("options", None)
        return Keys(place=given.place, entries={**entries, **given.entries})
    if below is not None and above is not None:
        entries["options"] = Entry(key=above.key, node=_over(below.node, above.node))
    return Keys(place=given.place, entries=entries)


def _text(node: Node) -> str | None:
    """Give the text of a scalar that is text, None for anything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _names(node: Node) -> Iterator[Scalar]:
    """Give the name of a named thing, nothing for anything else."""
    entry = node.entries.get("name") if isinstance(node, Keys) else None
    if entry is not None and isinstance(entry.node, Scalar) and isinstance(entry.node.value, str):
        yield entry.node
