"""
Secrets are named in the configuration, never written into it.

`{env: NAME}` or `{file: PATH}`; the value is read when it is needed, so a rotated key needs no
reload and no copy of it lies around.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from claude_exporter.config.errors import HIDDEN

_ENV_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
_EXPECTED: Final = "expected {env: NAME} or {file: PATH}"


class SecretError(Exception):
    """A secret cannot be read; the text says which and why, never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """
    Where a secret is kept; it prints as `<secret>`.

    With neither *env* nor *file* it came from `config show` and cannot be read.
    """

    env: str | None = None
    file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, compare=False)

    def reveal(self) -> str:
        """Read the value now, without one newline at a file's end. Raises SecretError."""
        if self.env is not None:
            return _of_environment(self.env, self.environ)
        if self.file is not None:
            return _of_file(self.file)
        raise SecretError(f"{HIDDEN} stands for a secret that `config show` left out")

    @property
    def reference(self) -> str:
        """Where it is kept, in one word: `env:NAME`, `file:PATH`."""
        return f"env:{self.env}" if self.env is not None else f"file:{self.file or ''}"

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.with_info_plain_validator_function(
            cast("core_schema.WithInfoValidatorFunction", _read),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _written, info_arg=True, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        del schema, handler
        kinds = {"env": {"type": "string", "pattern": _ENV_NAME}, "file": {"type": "string"}}
        alone = [
            {
                "type": "object",
                "properties": {key: kind},
                "required": [key],
                "additionalProperties": False,
            }
            for key, kind in kinds.items()
        ]
        return {
            "oneOf": [*alone, {"const": HIDDEN}],
            "description": "Where a secret is kept; the secret itself never stands here.",
        }


def secrets_in(value: object) -> Iterator[Secret]:
    """Give every secret that *value*, a model or a collection of models, holds."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        yield from secrets_in([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, Mapping):
        yield from secrets_in(list(value.values()))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from secrets_in(item)


def _of_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        raise SecretError(f"expected a secret in the environment variable {name}, it is not set")
    return value


def _of_file(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise SecretError(f"expected a secret in {path}: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise SecretError(f"expected a secret in {path}, not bytes that are no UTF-8") from None
    if not value.removesuffix("\n"):
        raise SecretError(f"expected a secret in {path}, not an empty file")
    return value.removesuffix("\n")


def _read(value: object, info: core_schema.ValidationInfo) -> Secret:
    if isinstance(value, Secret) or value == HIDDEN:
        return value if isinstance(value, Secret) else Secret()
    known: Mapping[str, Any] = info.context or {}
    environ = known.get("environ", os.environ)
    if isinstance(value, dict) and len(value) == 1:
        [(kind, where)] = value.items()
        if kind == "env" and isinstance(where, str) and re.fullmatch(_ENV_NAME, where):
            return Secret(env=where, environ=environ)
        if kind == "file" and isinstance(where, str) and where:
            return Secret(file=Path(known.get("directory", "")) / where, environ=environ)
    found = "a secret written out" if isinstance(value, str) else "anything else"
    raise PydanticCustomError("config", "{problem}", {"problem": f"{_EXPECTED}, not {found}"})


def _written(secret: Secret, info: core_schema.SerializationInfo) -> str:
    references = isinstance(info.context, dict) and info.context.get("references")
    return secret.reference if references else HIDDEN
