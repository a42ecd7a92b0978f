"""
Installs Debian packages without letting them start or enable services.

`prometheus` and its like come with a service that would take the ports we want; we only want the
program. Debian's own switch for that is /usr/sbin/policy-rc.d: it is put there while apt-get runs
(one that is there already is left alone) and taken away again.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

POLICY: Final = Path("/usr/sbin/policy-rc.d")
_DENY: Final = "#!/bin/sh\n# Made by claude-exporter while it installs; safe to delete.\nexit 101\n"
_SYSTEMD_RUNS: Final = Path("/run/systemd/system")
_TIMEOUT: Final = 900.0


class InstallError(Exception):
    """apt-get did not install what was asked; says what it printed last."""


def install_packages(
    packages: Sequence[str], say: Callable[[str], None], policy: Path = POLICY
) -> None:
    """Install the packages with apt-get, telling `say` first. Raises InstallError."""
    say(f"installing with apt-get: {' '.join(packages)} (no service is started)")
    with _services_stay_off(policy):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    if _SYSTEMD_RUNS.is_dir():
        _disable(packages)


@contextmanager
def _services_stay_off(policy: Path) -> Iterator[None]:
    if policy.exists():
        yield
        return
    policy.write_text(_DENY)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def _disable(packages: Sequence[str]) -> None:
    """Keep the packages' services from starting at the next boot as well."""
    for package in packages:
        service = f"{package.removesuffix('-light')}.service"
        subprocess.run(  # noqa: S603 -- a package without a service is no error
            ["systemctl", "disable", "--quiet", service],  # noqa: S607
            check=False,
            capture_output=True,
            timeout=60,
        )


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 -- our own words, no shell
            command,
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_TIMEOUT,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{command[0]} {command[1]}: {error}") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise InstallError(f"{command[0]} {command[1]}: exit {done.returncode}: {''.join(last)}")
