"""
Takes secrets and private things out of texts.

Two nets, one behind the other: what is known to be secret here (the configuration's secrets, the
environment) goes wherever it stands and however it is written; what looks like a secret goes too.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from claude_exporter.config import Config, SecretError
from claude_exporter.config.errors import HIDDEN
from claude_exporter.config.secrets import secrets_in
from claude_exporter.core.private_words import without_private

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
        text = without_private(text)
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
