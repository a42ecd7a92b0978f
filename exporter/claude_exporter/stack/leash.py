"""
Becomes another program that ends when the one that started it ends, even by kill -9.

Run as a file: `python leash.py PARENT_PID PROGRAM ARGUMENT...`. On Linux the kernel sends SIGTERM
when the parent dies; elsewhere the program simply runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the program."""
    parent, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        # The parent may have died before the tie held: then nobody would ever end us.
        if os.getppid() != int(parent):
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 -- becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
