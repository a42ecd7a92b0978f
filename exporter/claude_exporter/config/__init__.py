"""The configuration: a YAML file over the built-in default, checked whole before it is used."""

from __future__ import annotations

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
