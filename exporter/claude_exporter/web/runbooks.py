"""The runbooks at /docs/alerts/, from the checkout or from the wheel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from claude_exporter.stack.resources import bundle

_NAME: Final = re.compile(r"[A-Za-z]{1,64}", re.ASCII)


def runbook(alert: str, folder: Path | None = None) -> str | None:
    """
    The text of an alert's runbook; None where there is none, whatever *alert* tries.

    They are in *folder*, or where this version of the program has them.
    """
    if not _NAME.fullmatch(alert):
        return None
    try:
        return ((folder or bundle("runbooks")) / f"{alert}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
