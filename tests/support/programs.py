"""Runs the real programs; where one is missing, says so, and fails where CI=true."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from claude_exporter.stack.programs import find


def require(name: str) -> Path:
    """Find a real program. Missing: a failure under CI=true, a skip that says so elsewhere."""
    found = find(name)
    if found is not None:
        return found
    message = f"{name} is not installed: `make programs` installs it or says how"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def run(command: Sequence[str | Path], *, timeout: float = 60, **more) -> str:
    """Run a command that must succeed; its standard output and error together."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout,
        **more,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}"
    return done.stdout
