"""Three probers that the tests of the configuration know whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, field_validator

from claude_exporter.config.fields import Pattern
from claude_exporter.config.secrets import Secret
from claude_exporter.core.model import Sign


class HttpOptions(BaseModel):
    """What the built-in default needs of an http prober."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = "GET"
    headers: dict[str, str] = {}
    headers_from: dict[str, Secret] = {}
    body: str | None = None
    follow_redirects: bool = True
    valid_statuses: tuple[int | Literal["2xx", "3xx", "4xx"], ...] = ()
    accept_signs: frozenset[Sign] = frozenset()
    expect: Literal["status", "keyless"] = "status"
    fail_if_body_matches: tuple[Pattern, ...] = ()
    fail_if_body_not_matches: tuple[Pattern, ...] = ()


class TcpOptions(BaseModel):
    """Something that http does not have, with a rule of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    banner: str | int | None = None

    @field_validator("banner")
    @classmethod
    def _loud(cls, banner):
        if banner == "quiet":
            raise ValueError("expected a loud banner, not a quiet one")
        return banner


@dataclass(frozen=True)
class Stub:
    """What the configuration knows of a prober."""

    options: type[BaseModel]
    address_problem: Callable[[str], str | None] = field(compare=False)


class DnsOptions(BaseModel):
    """An option that has no default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query_name: str


def _no_url(address):
    if address.startswith(("http://", "https://")):
        return None
    return f"expected an http:// or https:// URL, not {address!r}"


def _no_port(address):
    return None if ":" in address and "/" not in address else f"expected host:port, not {address!r}"


@pytest.fixture
def probers():
    return {
        "http": Stub(HttpOptions, _no_url),
        "tcp": Stub(TcpOptions, _no_port),
        "dns": Stub(DnsOptions, lambda _: None),
    }


@pytest.fixture
def load(tmp_path, probers):
    """Load a text as the file exporter.yml."""
    from claude_exporter.config import load_config  # noqa: PLC0415

    def load_text(text, environ=None):
        path = tmp_path / "exporter.yml"
        path.write_text(text, encoding="utf-8")
        return load_config(path, environ or {}, probers)

    return load_text
