"""One line per event, logfmt or JSON, from which no value can break out and no secret leaks."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite
from types import MappingProxyType
from typing import Final, Literal, TextIO
from urllib.parse import quote

Level = Literal["debug", "info", "warn", "error"]
Format = Literal["logfmt", "json"]

REDACTED: Final = "<secret>"

_LEVELS: Final[Mapping[Level, int]] = MappingProxyType(
    {
        "debug": logging.DEBUG,
        "info": logging.INFO,
        "warn": logging.WARNING,
        "error": logging.ERROR,
    }
)
# These say what they do for every request: our own events say it better, and at level debug they
# say every header, the cookies and keys of others among them.
_CHATTY: Final = ("aiohttp.access", "asyncio", "httpcore", "httpx")
_OWN_KEYS: Final = frozenset({"ts", "level", "msg", "logger", "error", "traceback"})
_STANDARD: Final = frozenset(
    {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "exc_text"}
)
_BARE: Final = re.compile(r"[^\s\"=\\]+")
_KEY: Final = re.compile(r"[^A-Za-z0-9_.-]")
_ESCAPES: Final = MappingProxyType(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)

Fact = str | int | float | bool | None


class Redaction(logging.Filter):
    """Replaces every registered secret, wherever in a record it stands, by `<secret>`."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def register(self, *secrets: str) -> None:
        """Hide `secrets` from now on, also as a URL or a repr has them."""
        forms = {form for secret in secrets for form in _forms(secret)}
        if forms <= self._secrets:
            return
        self._secrets |= forms
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def redact(self, text: str) -> str:
        """Give `text` with every registered secret replaced."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place, so that no handler after this one sees the secret."""
        if not self._pattern:
            return True
        record.msg, record.args = self.redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        for key, value in _extra(record):
            text = str(value)
            safe = self.redact(text)
            if safe != text:
                setattr(record, key, safe)
        return True


class _Logfmt(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        pairs = _facts(record).items()
        return " ".join(f"{key}={_logfmt_value(value)}" for key, value in pairs)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # ASCII only: a lone surrogate or a line separator could not be written or read back.
        return json.dumps(_facts(record), ensure_ascii=True, allow_nan=False)


def setup(level: Level, log_format: Format, stream: TextIO | None = None) -> Redaction:
    """
    Send all events from `level` up to `stream`, standard error unless given.

    Calling it again replaces level, format and stream. Secrets are registered with the answer.
    """
    redaction = Redaction()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Logfmt())
    handler.addFilter(redaction)
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each.formatter, _Logfmt | _Json)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(_LEVELS[level])
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    return redaction


def _forms(secret: str) -> Iterator[str]:
    for form in (secret, secret.strip()):
        if form:
            yield from (form, quote(form, safe=""), repr(form)[1:-1])


def _extra(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [(key, value) for key, value in record.__dict__.items() if key not in _STANDARD]


def _facts(record: logging.LogRecord) -> dict[str, Fact]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    facts: dict[str, Fact] = {
        "ts": at.replace("+00:00", "Z"),
        "level": _level_of(record.levelno),
        "msg": record.getMessage(),
    }
    for name, value in _extra(record):
        key = _KEY.sub("_", name)
        facts[f"{key}_" if key in _OWN_KEYS and key != "error" else key] = _plain(value)
    facts["logger"] = record.name
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    if record.exc_text:
        facts["traceback"] = record.exc_text
    return facts


def _level_of(number: int) -> Level:
    passed: list[Level] = [name for name, least in _LEVELS.items() if number >= least]
    return passed[-1] if passed else "debug"


def _plain(value: object) -> Fact:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or type(value) in (bool, int, float):
        return value  # type: ignore[return-value]  # narrowed by its exact type
    return str(value)


def _logfmt_value(value: Fact) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = str(value)
    if _BARE.fullmatch(text) and text.isprintable():
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    number = ord(letter)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
