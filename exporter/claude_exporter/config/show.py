"""Write a configuration as YAML that loads again to the same one, secrets excepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from claude_exporter.config.load import Loaded
from claude_exporter.config.model import Config
from claude_exporter.config.problems import Location, place_at

_Origin = Callable[[Location], str]


def effective_yaml(config: Config) -> str:
    """Write every value in force, the built-in ones too; secrets as `<secret>`."""
    return _written(config, lambda _: "")


def annotated_yaml(loaded: Loaded) -> str:
    """Write what effective_yaml writes and, behind each section and item, who gave it."""

    def origin(location: Location) -> str:
        if location[0] not in loaded.tree.entries:
            return "  # built in"
        place = place_at(loaded.tree, location)
        return f"  # {place.file}:{place.line}"

    return _written(loaded.config, origin)


def _written(config: Config, origin: _Origin) -> str:
    values = config.model_dump(mode="json", by_alias=True)
    blocks = ("\n".join(_block(key, value, origin)) for key, value in values.items())
    return "\n\n".join(blocks) + "\n"


def _block(key: str, value: object, origin: _Origin) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield from _commented(_dump({key: value}), origin((key,)))
        return
    yield f"{key}:"
    for index, item in enumerate(value):
        lines = _dump([item])
        yield from ("  " + line for line in _commented(lines, origin((key, index))))


def _commented(lines: list[str], comment: str) -> list[str]:
    return [lines[0] + comment, *lines[1:]]


def _dump(value: Any) -> list[str]:  # noqa: ANN401  # any JSON value
    # A wide line keeps long texts on one line; a comment may not stand inside a folded one.
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)
    return text.rstrip("\n").split("\n")
