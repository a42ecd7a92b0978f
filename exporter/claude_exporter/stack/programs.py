"""
The real programs beside the exporter: where they are, and what brings them where they are not.

`python -m claude_exporter.stack.programs NAME...` finds or installs the named ones.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from claude_exporter.stack.apt import InstallError, install_packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program: the commands it may be called by, and the Debian package that has it."""

    commands: tuple[str, ...]
    package: str | None


PROGRAMS: Final[Mapping[str, Program]] = MappingProxyType(
    {
        "prometheus": Program(commands=("prometheus",), package="prometheus"),
        "promtool": Program(commands=("promtool",), package="prometheus"),
        "alertmanager": Program(
            commands=("prometheus-alertmanager", "alertmanager"), package="prometheus-alertmanager"
        ),
        "amtool": Program(commands=("amtool",), package="prometheus-alertmanager"),
        "blackbox_exporter": Program(
            commands=("prometheus-blackbox-exporter", "blackbox_exporter"),
            package="prometheus-blackbox-exporter",
        ),
        "nginx": Program(commands=("nginx",), package="nginx-light"),
        "wrk": Program(commands=("wrk",), package="wrk"),
        "node": Program(commands=("node", "nodejs"), package="nodejs"),
        "npm": Program(commands=("npm",), package="npm"),
        "chromium": Program(commands=("chromium", "chromium-browser"), package="chromium"),
        "grafana": Program(commands=("grafana", "grafana-server"), package=None),
    }
)

_SYSTEM_FOLDERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian keeps servers; not on an ordinary user's PATH."""


class MissingError(Exception):
    """Programs are not there and may not, or could not, be installed; says what would."""


def find(name: str) -> Path | None:
    """Find a program by its name in PROGRAMS, or None."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS))
    for command in PROGRAMS[name].commands:
        found = shutil.which(command, path=path)
        if found:
            return Path(found).absolute()
    return None


def find_or_install(
    names: Iterable[str], say: Callable[[str], None], *, install: bool = True
) -> Mapping[str, Path]:
    """
    Find each program, after installing what is missing where that is possible.

    It is possible for root on Debian; `say` is told before anything is installed. Raises
    MissingError with what a person can do.
    """
    wanted = tuple(names)
    missing = [name for name in wanted if find(name) is None]
    if missing and not (install and _may_install()):
        raise MissingError(_advice(missing))
    if missing:
        _install(missing, say)
    paths = {name: find(name) for name in wanted}
    found = {name: path for name, path in paths.items() if path is not None}
    if len(found) < len(paths):
        raise MissingError(_advice([name for name in paths if name not in found]))
    return MappingProxyType(found)


def _install(missing: list[str], say: Callable[[str], None]) -> None:
    try:
        install_packages(_packages(missing), say)
    except InstallError as error:
        raise MissingError(f"{_advice(missing)} ({error})") from error


def _packages(names: list[str]) -> list[str]:
    packages = (PROGRAMS[name].package for name in names)
    return sorted({package for package in packages if package})


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _advice(missing: list[str]) -> str:
    packages = _packages(missing)
    lacking = f"expected on the PATH, not found: {', '.join(missing)}"
    if shutil.which("apt-get") and packages:
        return f"{lacking}; install with: sudo apt-get install {' '.join(packages)}"
    return f"{lacking}; install them with your system's package manager"


def main(names: list[str]) -> int:
    """Find or install the named programs; 0 where all of them are there."""
    unknown = sorted(set(names) - set(PROGRAMS))
    if unknown:
        click.echo(
            f"expected names among {', '.join(PROGRAMS)}, not {', '.join(unknown)}", err=True
        )
        return 2
    try:
        find_or_install(names, click.echo)
    except MissingError as error:
        click.echo(error, err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
