"""Kinds of configuration values: how each is read, written, described in the JSON Schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

import re2
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from claude_exporter.config.durations import DURATION_PATTERN, format_duration, parse_duration
from claude_exporter.config.errors import shown_text
from claude_exporter.config.sizes import SIZE_PATTERN, format_size, parse_size

NAME_PATTERN: Final = "^[a-z0-9][a-z0-9_-]{0,62}$"
URL_PATTERN: Final = "^https?://[^@]+$"
HOST_PORT_PATTERN: Final = "^.+:[0-9]+$"


def wrong(problem: str) -> PydanticCustomError:
    """Make an error that reads *problem* as it is."""
    return PydanticCustomError("config", "{problem}", {"problem": problem})


def wrong_together(problems: Mapping[str, str]) -> PydanticCustomError:
    """Make an error of several keys: what to say at the one of them that is shown."""
    return PydanticCustomError("together", "{problems}", {"problems": problems})


def wrong_kind(kind: str, hint: str = "") -> PydanticCustomError:
    """Make an error that says what kind of value was expected; what was found is added."""
    return PydanticCustomError("kind", "{kind}", {"kind": kind, "hint": hint})


@dataclass(frozen=True, slots=True)
class Unit(ABC):
    """Marks a number that a file writes with its unit; from Python it is the bare number."""

    kind: ClassVar[str]
    example: ClassVar[str]
    pattern: ClassVar[str]
    minimum: float
    maximum: float

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.with_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.written, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        del schema, handler
        return {"type": "string", "pattern": self.pattern, "description": self.range}

    @property
    def range(self) -> str:
        """The range in words."""
        return f"{self.written(self.minimum)} to {self.written(self.maximum)}"

    @abstractmethod
    def parse(self, text: str) -> float:
        """Read a number with its unit. Raises ValueError."""

    @abstractmethod
    def written(self, value: float) -> str:
        """Write a number with its unit."""

    def _read(self, value: object, info: core_schema.ValidationInfo) -> float:
        if info.mode == "python" and isinstance(value, (int, float)):
            return value
        if not isinstance(value, str):
            bare = isinstance(value, (int, float)) and not isinstance(value, bool)
            hint = f"; add a unit: {self.example}" if bare else ""
            raise wrong_kind(self.kind, hint)
        try:
            number = self.parse(value)
        except ValueError as exc:
            raise wrong(str(exc)) from None
        if not self.minimum <= number <= self.maximum:
            raise wrong(f"expected {self.range}, not {value}")
        return number


@dataclass(frozen=True, slots=True)
class Duration(Unit):
    """Seconds, written like `1m30s`."""

    kind = "a duration like 30s or 1m30s"
    example = "30s"
    pattern = DURATION_PATTERN

    def parse(self, text: str) -> float:
        return parse_duration(text)

    def written(self, value: float) -> str:
        return format_duration(value)


@dataclass(frozen=True, slots=True)
class Size(Unit):
    """Bytes, written like `5MiB`."""

    kind = "a size like 5MiB or 512KB"
    example = "512KB"
    pattern = SIZE_PATTERN

    def parse(self, text: str) -> float:
        return parse_size(text)

    def written(self, value: float) -> str:
        return format_size(int(value))


@dataclass(frozen=True, slots=True)
class _FilePath:
    """A path; a relative one starts where the configuration file lies."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.with_info_plain_validator_function(
            _read_path, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        del schema, handler
        return {"type": "string", "minLength": 1}


FilePath = Annotated[Path, _FilePath()]


def _read_path(value: object, info: core_schema.ValidationInfo) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise wrong_kind("the path of a file")
    if value.startswith("~"):
        raise wrong(f"expected a path without ~, not {shown_text(value)}")
    known: Mapping[str, Any] = info.context or {}
    return Path(known.get("directory", "")) / value


def _checked(problem_of: Callable[[str], str | None]) -> AfterValidator:
    def check(text: str) -> str:
        problem = problem_of(text)
        if problem is not None:
            raise wrong(problem)
        return text

    return AfterValidator(check)


def url_problem(text: str) -> str | None:
    """Say what keeps *text* from being the URL of a page, None where nothing does."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        return f"expected an http:// or https:// URL, not {shown_text(text)}"
    if "@" in parts.netloc:
        return f"expected a URL without user and password, not {shown_text(text)}"
    return None


def place_problem(text: str) -> str | None:
    """Say what keeps *text* from being `host:port`, None where nothing does."""
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    usable = bare and port.isdecimal() and port.isascii() and 0 < int(port) < 65536
    if not usable or (":" in bare and bare == host) or set(bare) & set("/@[] "):
        return f"expected host:port, not {shown_text(text)}"
    return None


def pattern_problem(text: str) -> str | None:
    """Say what keeps *text* from being a regular expression, None where nothing does."""
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)
    except re2.error as exc:
        reason = exc.args[0] if exc.args else "it does not compile"
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        return f"expected an RE2 regular expression, not {shown_text(text)}: {said}"
    return None


def _name_problem(text: str) -> str | None:
    if len(text) <= 63 and re2.fullmatch(NAME_PATTERN, text):
        return None
    wanted = "a name of 1 to 63 small letters, digits, _ and -, a letter or digit first"
    return f"expected {wanted}, not {shown_text(text)}"


Name = Annotated[str, Field(json_schema_extra={"pattern": NAME_PATTERN}), _checked(_name_problem)]
WebUrl = Annotated[str, Field(json_schema_extra={"pattern": URL_PATTERN}), _checked(url_problem)]
HostPort = Annotated[
    str, Field(json_schema_extra={"pattern": HOST_PORT_PATTERN}), _checked(place_problem)
]
Pattern = Annotated[str, _checked(pattern_problem)]
"""An RE2 regular expression, so that no pattern can take exponential time."""
