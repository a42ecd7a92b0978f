"""What is wrong in a configuration file, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SIMPLE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}", re.ASCII)
_LONGEST: Final = 60

HIDDEN: Final = "<secret>"
"""What is printed for a secret."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A place in a file: line and column count from 1, *path* is the way from the root `$`."""

    file: str
    line: int
    column: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ConfigError:
    """One mistake at one place; *problem* reads `expected X, not Y`."""

    place: Place
    problem: str

    def __str__(self) -> str:
        where = self.place
        return f"{where.file}:{where.line}:{where.column}: {where.path}: {self.problem}"


class ConfigErrors(ValueError):  # noqa: N818  # it is several errors
    """All mistakes of a configuration, in the order of their places; its text is one per line."""

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(map(str, self.errors)))


def child_path(path: str, step: str | int) -> str:
    """Give the path one step further down: `$.targets`, `[0]`, `["a key: with marks"]`."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if _SIMPLE_KEY.fullmatch(step):
        return f"{path}.{step}"
    return f"{path}[{shown_text(step)}]"


def redacted(text: str) -> str:
    """Give *text* without the user and password of a URL."""
    return re.sub(r"//[^/\s]*@", f"//{HIDDEN}@", text)


def shown_text(text: str) -> str:
    """Quote *text* for a message: on one line, cut, and redacted."""
    safe = redacted(text)
    cut = safe if len(safe) <= _LONGEST else f"{safe[:_LONGEST]}..."
    return repr(cut)
