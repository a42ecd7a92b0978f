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

CONTAINERS: Final = (
    Path("docker-compose.yml"),
    Path(".env"),
    Path(".dockerignore"),
    Path("exporter/Dockerfile"),
    Path("exporter/requirements.lock"),
)
"""What Docker Compose needs beside them, from the top of the tree."""

CODE: Final = Path("exporter/claude_exporter")
"""Where the tree keeps the package."""

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
    folder = in_checkout if _checked_out() else packaged
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected the {name} files of claude-exporter there")
    return folder


def _checked_out() -> bool:
    return (_CHECKOUT / "pyproject.toml").is_file() and _PACKAGE.parent.name == "exporter"


def container_files() -> Mapping[Path, Path]:
    """
    Every file that an image is built and a stack composed from, by its place in the tree.

    The package itself is among them: the image is built from the code that runs here.
    """
    named = {path: _container_file(path) for path in CONTAINERS}
    code = {
        CODE / path: _PACKAGE / path
        for path in _files_below(_PACKAGE, ".")
        if path.parts[0] != "bundle"
    }
    elsewhere: tuple[Bundle, ...] = ("scenarios", "runbooks")
    more = {
        Path(_ELSEWHERE[name]) / path: bundle(name) / path
        for name in elsewhere
        for path in files_of(name)
    }
    return MappingProxyType({**named, **code, **more})


def _container_file(path: Path) -> Path:
    """The wheel has no hidden files: there `.env` is `env`."""
    if _checked_out():
        return _CHECKOUT / path
    return _PACKAGE / "bundle" / "containers" / path.parent / path.name.removeprefix(".")


def files_of(name: Bundle) -> tuple[Path, ...]:
    """List a bundle's files, relative to its folder, sorted; caches and hidden files left out."""
    folder = bundle(name)
    parts = _PARTS.get(name, (".",))
    return tuple(path for path in _files_below(folder, *parts) if path.suffix != ".py")


def _files_below(folder: Path, *parts: str) -> tuple[Path, ...]:
    inside = (path for part in parts for path in (folder / part).rglob("*"))
    found = (path.relative_to(folder) for path in inside if path.is_file())
    return tuple(sorted(path for path in found if not any(map(_is_stray, path.parts))))


def _is_stray(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__"
