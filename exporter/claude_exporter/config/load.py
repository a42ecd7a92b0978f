"""Read the configuration: the user's file over the built-in default, or every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

from pydantic import BaseModel, ValidationError

from claude_exporter.config.errors import (
    ConfigError,
    ConfigErrors,
    Place,
    redacted,
    shown_text,
)
from claude_exporter.config.merge import merged, repeated_names
from claude_exporter.config.model import Config
from claude_exporter.config.problems import near, place_at, problems_of
from claude_exporter.config.yaml_nodes import Items, Keys, Node, plain, read_tree
from claude_exporter.core.model import Surface

DEFAULT_NAME: Final = "default.yml"
MAX_FILE: Final = 2**20

_Model = TypeVar("_Model", bound=BaseModel)


class Prober(Protocol):
    """What the configuration needs to know of a prober."""

    @property
    def options(self) -> type[BaseModel]:
        """The model of its options."""

    def address_problem(self, address: str, /) -> str | None:
        """Say `expected X, not Y` where it cannot probe *address*."""


Probers = Mapping[str, Prober]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration and the tree it came from, in which each value knows its place."""

    config: Config
    tree: Keys


def load_config(
    path: Path | None, environ: Mapping[str, str], probers: Probers | None = None
) -> Config:
    """Read *path* over the built-in default, or that alone. Raises ConfigErrors."""
    return read_config(path, environ, probers).config


def read_config(
    path: Path | None, environ: Mapping[str, str], probers: Probers | None = None
) -> Loaded:
    """Do what load_config does and keep the places of the values too."""
    known = registered_probers() if probers is None else probers
    tree = default_tree()
    directory = Path.cwd() if path is None else path.absolute().parent
    errors: tuple[ConfigError, ...] = ()
    if path is not None:
        given, errors = _own_tree(path)
        tree = merged(tree, given)
    context = {"environ": environ, "directory": directory}
    config, problems = _validated(tree, known, context)
    # A value refused once is not refused a second time for what was put in its stead.
    taken = {(error.place.line, error.place.column) for error in errors}
    errors += tuple(e for e in problems if (e.place.line, e.place.column) not in taken)
    if errors or config is None:
        raise ConfigErrors(errors)
    return Loaded(config=config, tree=tree)


@cache
def default_tree() -> Keys:
    """Give the built-in default with its places."""
    tree, _ = read_tree(default_text(), DEFAULT_NAME)
    return cast("Keys", tree)


def default_text() -> str:
    """Give the built-in default as it is written."""
    return files("claude_exporter.config").joinpath(DEFAULT_NAME).read_text(encoding="utf-8")


def registered_probers() -> Probers:
    """Give the real probers; imported here because they use the configuration's secrets."""
    from claude_exporter.probers import PROBERS  # noqa: PLC0415

    return cast("Probers", PROBERS)


def _own_tree(path: Path) -> tuple[Keys, tuple[ConfigError, ...]]:
    text = _text_of(path)
    tree, errors = read_tree(text, str(path))
    if tree is None:
        raise ConfigErrors(errors)
    if not isinstance(tree, Keys):
        # Not what it says: somebody may have named the file of a key.
        found = "a list" if isinstance(tree, Items) else "a single value"
        problem = f"expected a mapping, not {found}"
        wrong = () if errors else (ConfigError(place=tree.place, problem=problem),)
        raise ConfigErrors((*errors, *wrong))
    return tree, (*errors, *repeated_names(tree))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(MAX_FILE + 1)
    except OSError as exc:
        raise _unusable(path, f"expected a readable file, not this: {exc.strerror}") from None
    if len(body) > MAX_FILE:
        raise _unusable(path, "expected at most 1 MiB, not a larger file")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        before = body[: exc.start]
        problem = f"expected UTF-8 text, not the byte 0x{body[exc.start]:02x}"
        raise _unusable(path, problem, before=before.decode("utf-8-sig")) from None


def _unusable(path: Path, problem: str, before: str = "") -> ConfigErrors:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    place = Place(file=str(path), line=line, column=column, path="$")
    return ConfigErrors((ConfigError(place=place, problem=problem),))


def _validated(
    tree: Keys, probers: Probers, context: Mapping[str, object]
) -> tuple[Config | None, list[ConfigError]]:
    values = plain(tree)
    errors = [*_target_problems(tree, values, probers), *_control_problems(tree, values)]
    options: dict[int, BaseModel] = {}
    for index, spec, given in _options_of(values, probers):
        start = ("targets", index, "options")
        try:
            options[index] = _model_of(spec.options, given, context)
        except ValidationError as exc:
            errors += problems_of(exc, tree, spec.options, start)
    try:
        config = _model_of(Config, values, context)
    except ValidationError as exc:
        return None, [*errors, *problems_of(exc, tree, Config)]
    return (None if errors else _with_options(config, options)), errors


def _model_of(model: type[_Model], values: object, context: Mapping[str, object]) -> _Model:
    # Strict JSON is what a file means: text may be an enum and a list a tuple, "1" is no number.
    return model.model_validate_json(json.dumps(values), strict=True, context=dict(context))


def _with_options(config: Config, options: Mapping[int, BaseModel]) -> Config:
    targets = tuple(
        target.model_copy(update={"options": options[index]})
        for index, target in enumerate(config.targets)
    )
    return config.model_copy(update={"targets": targets})


def _targets(values: Any) -> Iterator[tuple[int, dict[str, Any]]]:  # noqa: ANN401  # any YAML
    targets = values.get("targets")
    for index, target in enumerate(targets if isinstance(targets, list) else ()):
        if isinstance(target, dict):
            yield index, target


def _options_of(values: Any, probers: Probers) -> Iterator[tuple[int, Prober, dict[str, Any]]]:  # noqa: ANN401  # any YAML
    for index, target in _targets(values):
        prober, options = target.get("prober"), target.get("options", {})
        if isinstance(prober, str) and prober in probers and isinstance(options, dict):
            yield index, probers[prober], options


def _target_problems(tree: Node, values: Any, probers: Probers) -> Iterator[ConfigError]:  # noqa: ANN401  # any YAML
    for index, target in _targets(values):
        prober, address = target.get("prober"), target.get("address")
        if not isinstance(prober, str):
            continue
        if prober not in probers:
            known = ", ".join(probers)
            problem = f"expected one of {known}, not {shown_text(prober)}{near(prober, probers)}"
            yield ConfigError(place=place_at(tree, ("targets", index, "prober")), problem=problem)
        elif isinstance(address, str):
            problem = probers[prober].address_problem(address) or ""
            if redacted(address) != address:
                problem = f"expected an address without a password, not {shown_text(address)}"
            place = place_at(tree, ("targets", index), ("address", "prober"))
            yield from [ConfigError(place=place, problem=problem)] if problem else ()


def _control_problems(tree: Node, values: Any) -> Iterator[ConfigError]:  # noqa: ANN401  # any YAML
    if values.get("allow_no_control") is True or not isinstance(values.get("targets", []), list):
        return
    enabled = (target for _, target in _targets(values) if target.get("enabled") is not False)
    if not any(target.get("surface") == Surface.CONTROL for target in enabled):
        wanted = "a target of surface control or allow_no_control: true"
        place = place_at(tree, (), ("targets",))
        yield ConfigError(place=place, problem=f"expected {wanted}, not neither")
