"""The web-config file of the Prometheus exporters: what it may say, and reading it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from claude_exporter.config import ConfigError, ConfigErrors
from claude_exporter.config.errors import Place
from claude_exporter.config.fields import Duration, wrong, wrong_together
from claude_exporter.config.problems import problems_of
from claude_exporter.config.yaml_nodes import plain, read_tree

DAY: Final = 86400.0

CIPHERS: Final = MappingProxyType(
    {
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    }
)
"""The suites of TLS 1.2 that keep past traffic secret, as the file and as OpenSSL name them."""

# TLS 1.3 chooses by itself; the file may name them, as Go's list has them too.
_CIPHERS_13: Final = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
)
_HEADER_VALUES: Final = MappingProxyType(
    {
        "X-Content-Type-Options": ("nosniff",),
        "X-Frame-Options": ("deny", "sameorigin"),
    }
)
# The last letter of a salt carries two bits only.
_BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu]\S{31}")
_BLANK: Final = re.compile(r"(\s|#.*|---)*")


def _cipher(name: str) -> str:
    if name not in CIPHERS and name not in _CIPHERS_13:
        raise wrong(f"expected one of {', '.join((*CIPHERS, *_CIPHERS_13))}")
    return name


def _bcrypt_hash(text: str) -> str:
    if not _BCRYPT.fullmatch(text):
        raise wrong("expected a bcrypt hash like $2y$10$..., not something else")
    return text


File = Annotated[str, Field(min_length=1)]
Header = Literal[
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
]
Tls = Literal["TLS12", "TLS13"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class TlsServer(_Section):
    """`tls_server_config`; paths start where the file lies."""

    cert_file: File
    key_file: File
    client_ca_file: File | None = None
    client_auth_type: Literal[
        "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ] = "NoClientCert"
    client_allowed_sans: list[str] = []
    min_version: Tls = "TLS12"
    max_version: Tls = "TLS13"
    cipher_suites: list[Annotated[str, AfterValidator(_cipher)]] = []
    prefer_server_cipher_suites: bool = True
    # Python's ssl takes one.
    curve_preferences: Annotated[
        list[Literal["CurveP256", "CurveP384", "CurveP521", "X25519"]], Field(max_length=1)
    ] = []

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        asks = self.client_auth_type != "NoClientCert"
        if asks and not self.client_ca_file:
            needed = f"expected client_ca_file for {self.client_auth_type}, not none"
            raise wrong_together({"client_auth_type": needed})
        if self.client_ca_file and not asks:
            raise wrong_together({"client_ca_file": "expected a client_auth_type for it, not none"})
        if self.client_allowed_sans and not asks:
            problem = "expected a client_auth_type that verifies, not none"
            raise wrong_together({"client_allowed_sans": problem})
        if self.min_version > self.max_version:
            raise wrong_together({"min_version": "expected at most max_version, not more"})
        return self


class HttpServer(_Section):
    """`http_server_config`; `http2` is accepted and changes nothing, since we speak HTTP/1.1."""

    http2: bool = True
    headers: dict[Header, str] = {}

    @model_validator(mode="after")
    def _values_are_known(self) -> Self:
        for name, value in self.headers.items():
            allowed = _HEADER_VALUES.get(name)
            if allowed and value not in allowed:
                raise wrong_together({"headers": f"expected {name} to be {' or '.join(allowed)}"})
            if not value.isprintable():
                raise wrong_together({"headers": f"expected {name} to be one printable line"})
        return self


class RateLimit(_Section):
    """`rate_limit`: `burst` requests at once, one more every `interval`; 0 s is no limit."""

    interval: Annotated[float, Duration(0, DAY)] = 0.0
    burst: Annotated[int, Field(ge=0)] = 0


class WebConfigFile(_Section):
    """The whole file; an empty one asks for nothing."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: dict[str, Annotated[str, AfterValidator(_bcrypt_hash)]] = {}
    rate_limit: RateLimit = RateLimit()


def read_web_config(path: Path) -> WebConfigFile:
    """Read the file; ConfigErrors has everything that is wrong in it."""
    text = _text_of(path)
    if _BLANK.fullmatch(text):
        return WebConfigFile()
    tree, errors = read_tree(text, str(path))
    if tree is None or errors:
        raise ConfigErrors(errors)
    try:
        # As JSON: a number from Python would need no unit.
        return WebConfigFile.model_validate_json(json.dumps(plain(tree)))
    except ValidationError as exc:
        raise ConfigErrors(problems_of(exc, tree, WebConfigFile)) from None


def unusable(path: Path, problem: str) -> ConfigErrors:
    """Make the error of a file as a whole."""
    place = Place(file=str(path), line=1, column=1, path="$")
    return ConfigErrors((ConfigError(place=place, problem=problem),))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise unusable(path, f"expected a readable file, not this: {exc.strerror}") from None
    except UnicodeDecodeError as exc:
        raise unusable(path, f"expected UTF-8 text, not this: {exc.reason}") from None
