"""
Takes secrets and private things out of texts.

Two nets, one behind the other: what is known to be secret here (the configuration's secrets, the
environment) goes wherever it stands and however it is written; what looks like a secret goes too.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from claude_exporter.config import Config, SecretError
from claude_exporter.config.errors import HIDDEN
from claude_exporter.config.secrets import secrets_in

PRIVATE: Final = "<private address>"
EMAIL: Final = "<e-mail>"
USER: Final = "<user>"
HOST: Final = "<host>"

_SHORTEST: Final = 4
_SHORTEST_OF_ENVIRONMENT: Final = 8
_SHORTEST_CUT: Final = 6
_SECRET_NAMES: Final = re.compile(r"(?i)key|token|secret|passw|pwd|credential|cookie|auth|dsn")
_PLAIN_WORDS: Final = frozenset(
    ("anthropic", "claude.ai", "claude-exporter", "api.anthropic.com", "https://api.anthropic.com")
)
_OUR_WORDS: Final = frozenset(
    ("api", "claude", "code", "console", "control", "exporter", "localhost", "prometheus", "web")
)
_NAMED: Final = (
    r"x-api-key|api[-_]?key|(?:proxy-)?authorization|password|passwd|client_secret|secret"
    r"|(?:access|refresh|id|oauth|auth|session)[-_]?token|token|session[-_]?key"
)

_Replacement = str | Callable[[re.Match[str]], str]


def _address(match: re.Match[str]) -> str:
    try:
        address = ip_address(match[0])
    except ValueError:
        return match[0]
    return PRIVATE if address.is_private and not address.is_loopback else match[0]


_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Replacement], ...]] = (
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END[^-]*-----|\Z)"), HIDDEN),
    (re.compile(r"sk-ant-[\w.-]+"), HIDDEN),
    (re.compile(r"\bsk-[\w-]{16,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"), HIDDEN),
    (re.compile(r"\b(?:gh[pousr]_\w{16,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]+)"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)[^\n\"']+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)\b((?:{_NAMED})[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;<]+"), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"(?i)([?&][^=&?\s]{0,60}(?:key|token|secret|sig|password|auth|code)[^=&?\s]{0,60}=)[^&\s\"'#]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"//[^\s/:@\"']{0,300}:[^\s@\"']{0,300}@"), f"//{HIDDEN}@"),
    (re.compile(r"//[^\s/@\"']{1,300}@"), f"//{HIDDEN}@"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), EMAIL),
    (re.compile(r"((?:/home/|/Users/|\\Users\\{1,2}))[^/\\\s\"':<]+"), rf"\1{USER}"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"), _address),
    (
        re.compile(r"(?i)(?<![\w:])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]+(?:%\w+)?"),
        PRIVATE,
    ),
)


class Redactor:
    """Frees texts and trees of the *secrets*, of *home* and *host*, and of what looks secret."""

    def __init__(self, secrets: Iterable[str], *, home: str = "", host: str = "") -> None:
        self._secrets = sorted(set(secrets), key=lambda each: (-len(each), each))
        forms = {form for secret in self._secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=lambda each: (-len(each), each))
        self._home = home if len(home) > len("/x") else ""
        named = len(host) >= _SHORTEST and host.lower() not in _OUR_WORDS
        self._host = re.compile(rf"(?i)(?<![\w-]){re.escape(host)}(?![\w-])") if named else None

    def text(self, text: str) -> str:
        """*text* without any of it."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        text = "\n".join(self._without_cut_end(line) for line in text.split("\n"))
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        if self._home:
            text = text.replace(self._home, "~")
        return text if self._host is None else self._host.sub(HOST, text)

    def tree(self, value: Any) -> Any:  # noqa: ANN401  # any JSON value
        """A JSON value, keys included, without any of it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.tree(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(each) for each in value]
        return value

    def _without_cut_end(self, line: str) -> str:
        """A text that was cut within a secret still ends with the beginning of it."""
        for secret in self._secrets:
            for length in range(len(secret) - 1, _SHORTEST_CUT - 1, -1):
                if line.endswith(secret[:length]):
                    return line[:-length] + HIDDEN
        return line


def known_secrets(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """Every secret of the configuration that can be read, and what the environment hides."""
    for target in config.build_targets():
        for secret in secrets_in(target.options):
            try:
                value = secret.reveal()
            except SecretError:
                continue
            if len(value) >= _SHORTEST:
                yield value
    for name, value in environ.items():
        yield from _of_url(value)
        long = len(value) >= _SHORTEST_OF_ENVIRONMENT
        if long and _SECRET_NAMES.search(name) and value not in _PLAIN_WORDS:
            yield value


def _of_url(text: str) -> Iterator[str]:
    if "://" not in text or "@" not in text:
        return
    try:
        password = urlsplit(text).password
    except ValueError:
        return
    for value in {password or "", unquote(password or "")}:
        if len(value) >= _SHORTEST:
            yield value


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, and as JSON, a URL, Python or basic authentication write it."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    yield repr(secret)[1:-1]
    yield b64encode(secret.encode()).decode().rstrip("=")
