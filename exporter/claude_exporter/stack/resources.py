"""Where the files are that go with the exporter: in a checkout, or inside the installed wheel."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

Bundle = Literal["prometheus", "alerts", "grafana", "scenarios", "runbooks"]

EXPORTED: Final[tuple[Bundle, ...]] = ("prometheus", "alerts", "grafana")
"""What `claude-exporter export` writes, in this order."""

_ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {"scenarios": "tests/scenarios", "runbooks": "docs/alerts"}
)
"""Where a checkout keeps what has another name in the wheel."""

_PARTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"grafana": ("dashboards", "provisioning")}
)
"""The folders of a bundle that go with the exporter, where a checkout has more: what makes them."""

_PACKAGE: Final = Path(str(files("claude_exporter")))
_CHECKOUT: Final = _PACKAGE.parent.parent


def bundle(name: Bundle) -> Path:
    """
    Name the folder of one bundle.

    A checkout wins over the packaged copy. Raises FileNotFoundError where neither has it.
    """
    in_checkout = _CHECKOUT / _ELSEWHERE.get(name, name)
    packaged = _PACKAGE / "bundle" / name
    checked_out = (_CHECKOUT / "pyproject.toml").is_file() and _PACKAGE.parent.name == "exporter"
    folder = in_checkout if checked_out else packaged
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected the {name} files of claude-exporter there")
    return folder


def files_of(name: Bundle) -> tuple[Path, ...]:
    """List a bundle's files, relative to its folder, sorted; caches and hidden files left out."""
    folder = bundle(name)
    inside = (part for top in _PARTS.get(name, (".",)) for part in (folder / top).rglob("*"))
    found = (path.relative_to(folder) for path in inside if path.is_file())
    return tuple(sorted(path for path in found if not any(map(_is_stray, path.parts))))


def _is_stray(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__" or part.endswith(".py")
