"""Finds and reads scenario files: those in the package, or a file of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from claude_exporter.core.names import not_one_of
from claude_exporter.simulator.scenario import Scenario

_CHECKOUT: Final = Path(__file__).parents[3] / "tests" / "scenarios"
_SUFFIX: Final = ".yml"


class ScenarioError(Exception):
    """A scenario that is not there or cannot be read: one line for each thing that is wrong."""


def scenario_names() -> tuple[str, ...]:
    """The names of the scenarios that come with the exporter, sorted."""
    return tuple(sorted(entry.name.removesuffix(_SUFFIX) for entry in _entries()))


def load_scenario(wanted: str | Path) -> Scenario:
    """A scenario by its name or by the path of a file; ScenarioError where that fails."""
    path = Path(wanted)
    if path.suffix in {_SUFFIX, ".yaml"}:
        return read_scenario(path)
    for entry in _entries():
        if entry.name == f"{wanted}{_SUFFIX}":
            return read_scenario(entry)
    raise ScenarioError(
        not_one_of(str(wanted), scenario_names(), "a scenario: the path of a .yml file")
    )


def read_scenario(place: Traversable) -> Scenario:
    """A scenario from a file; ScenarioError names the file and the path of each error in it."""
    try:
        document = yaml.safe_load(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise ScenarioError(f"{place}: {exc}") from exc
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as exc:
        raise ScenarioError("\n".join(_lines(place, exc))) from exc
    stem = place.name.rpartition(".")[0]
    if scenario.name != stem:
        raise ScenarioError(
            f"{place}: $.name: expected {stem!r} as the file, not {scenario.name!r}"
        )
    return scenario


def _entries() -> list[Traversable]:
    bundled = files("claude_exporter") / "bundle" / "scenarios"
    folder: Traversable = bundled if bundled.is_dir() else _CHECKOUT
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)]


def _lines(place: Traversable, exc: ValidationError) -> Iterable[str]:
    for error in exc.errors(include_url=False):
        yield f"{place}: {_path(error['loc'])}: {error['msg'].removeprefix('Value error, ')}"


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "$" + "".join(steps)
