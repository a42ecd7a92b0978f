"""
The guide as a value: thresholds, ordered rows, texts; read from guide.yml or a user's copy.

Conditions are parsed here once and evaluated twice: by decide.py over an Observation, and by
rules/ as PromQL. A fact is a field of Observation; there is no second list of names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml

from claude_exporter.config.durations import parse_duration

from .model import Action, Sign, SignClass
from .observation import Observation

TRUTHS: Final = frozenset(spec.name for spec in fields(Observation) if spec.type == "bool | None")
LIMITS: Final = (
    "intermittent_low",
    "intermittent_high",
    "intermittent_spells",
    "client_requests",
    "client_failures",
)
"""The plain numbers that a guide must have."""

SPANS: Final = frozenset(spec.name for spec in fields(Observation) if spec.name.endswith("_for"))


# libyaml's parser is ten times as fast, and not in every build of PyYAML.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class GuideError(ValueError):
    """A guide that cannot be used; the message says where, what was wanted, what was found."""


class Test(StrEnum):
    """How a condition looks at its fact."""

    TRUE = "is true"
    FALSE = "is false"
    UNLESS = "is not true"
    PERHAPS = "is not false"
    AT_LEAST = ">="
    BELOW = "<"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a row; `operand` names a threshold or a class of signs, if any."""

    fact: str
    test: Test
    operand: str = ""

    def __str__(self) -> str:
        words = {
            Test.TRUE: "",
            Test.FALSE: "not ",
            Test.UNLESS: "unless ",
            Test.PERHAPS: "perhaps ",
        }
        if self.test is Test.CLASS:
            return f"sign is {self.operand}"
        if self.test in words:
            return words[self.test] + self.fact
        return f"{self.fact} {self.test} {self.operand}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the guide. Rows may share an id; then `stage` tells them apart."""

    id: str
    stage: str
    section: str
    when: tuple[Condition, ...]
    action: Action
    title: str
    reason: str
    typical: str
    next_steps: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.id}/{self.stage}" if self.stage else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SignText:
    """What the guide says of one sign."""

    meaning: str
    typical: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """All of it. `thresholds` are seconds, `limits` plain numbers."""

    source: str
    thresholds: Mapping[str, float]
    limits: Mapping[str, float]
    rows: tuple[Row, ...]
    signs: Mapping[Sign, SignText]

    @property
    def row_ids(self) -> tuple[str, ...]:
        """Each id once, in the order of the rows."""
        return tuple(dict.fromkeys(row.id for row in self.rows))

    def scaled(self, factor: float) -> Guide:
        """The same guide for a world whose time runs *factor* times as fast."""
        times = {name: seconds / factor for name, seconds in self.thresholds.items()}
        return replace(self, thresholds=MappingProxyType(times))

    def with_thresholds(self, changes: Mapping[str, float]) -> Guide:
        """The same guide with some thresholds replaced; raises GuideError for an unknown name."""
        for name in changes:
            if name not in self.thresholds:
                known = ", ".join(sorted(self.thresholds))
                raise GuideError(f"thresholds: expected one of {known}, not {name!r}")
        return replace(self, thresholds=MappingProxyType({**self.thresholds, **changes}))


def parse_guide(text: str, *, source: str = "guide.yml") -> Guide:
    """Read a guide from YAML text; *source* is the file name that errors show."""
    try:
        raw = yaml.load(text, _LOADER)  # noqa: S506  # the safe one
        thresholds = {name: parse_duration(str(span)) for name, span in raw["thresholds"].items()}
        return Guide(
            source=str(raw["source"]),
            thresholds=MappingProxyType(thresholds),
            limits=MappingProxyType(
                {name: float(raw["limits"][name]) for name in (*LIMITS, *raw["limits"])}
            ),
            rows=tuple(_row(entry, thresholds) for entry in raw["rows"]),
            signs=MappingProxyType({sign: _sign_text(raw["signs"], sign) for sign in Sign}),
        )
    except GuideError as error:
        raise GuideError(f"{source}: {error}") from None
    except KeyError as error:
        raise GuideError(f"{source}: expected a key {error}, found none") from None
    except (AttributeError, TypeError, ValueError, yaml.YAMLError) as error:
        raise GuideError(f"{source}: {error}") from None


def shipped_guide() -> Guide:
    """The guide that comes with the package."""
    return parse_guide(files(__package__).joinpath("guide.yml").read_text(encoding="utf-8"))


def _row(entry: Mapping[str, Any], thresholds: Mapping[str, float]) -> Row:
    where = f"rows: {entry['id']}"
    return Row(
        id=str(entry["id"]),
        stage=str(entry.get("stage", "")),
        section=str(entry["section"]),
        when=tuple(_condition(text, thresholds, where) for text in entry["when"]),
        action=Action(entry["action"]),
        title=str(entry["title"]),
        reason=str(entry["reason"]),
        typical=str(entry["typical"]),
        next_steps=tuple(str(step) for step in entry["next"]),
    )


def _sign_text(table: Mapping[str, Any], sign: Sign) -> SignText:
    entry = table[sign.value]
    return SignText(
        meaning=str(entry["meaning"]),
        typical=str(entry["typical"]),
        action=Action(entry["action"]),
    )


_WORDS: Final = {"not": Test.FALSE, "unless": Test.UNLESS, "perhaps": Test.PERHAPS}


def _condition(text: str, thresholds: Mapping[str, float], where: str) -> Condition:
    match text.split():
        case ["sign", "is", name] if name in set(SignClass):
            return Condition("sign", Test.CLASS, name)
        case [fact] if fact in TRUTHS:
            return Condition(fact, Test.TRUE)
        case [("not" | "unless" | "perhaps") as word, fact] if fact in TRUTHS:
            return Condition(fact, _WORDS[word])
        case [span, (">=" | "<") as test, limit] if span in SPANS and limit in thresholds:
            return Condition(span, Test(test), limit)
    raise GuideError(f"{where}: expected a condition over a known fact and threshold, not {text!r}")
