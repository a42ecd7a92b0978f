"""
The configuration: a YAML file over the built-in default, checked whole before it is used.

The names below are imported when they are first used, so that whoever wants only
`config.durations` does not load pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from claude_exporter.config.errors import ConfigError, ConfigErrors
    from claude_exporter.config.load import load_config
    from claude_exporter.config.model import Config, PageConfig, TargetConfig
    from claude_exporter.config.secrets import Secret, SecretError

__all__ = [
    "Config",
    "ConfigError",
    "ConfigErrors",
    "PageConfig",
    "Secret",
    "SecretError",
    "TargetConfig",
    "load_config",
]

_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Config": "model",
        "ConfigError": "errors",
        "ConfigErrors": "errors",
        "PageConfig": "model",
        "Secret": "secrets",
        "SecretError": "secrets",
        "TargetConfig": "model",
        "load_config": "load",
    }
)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
