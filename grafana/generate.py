"""
Writes grafana/dashboards/*.json, or into the folder it is given: `make generate`.

Classic dashboard JSON of schema 42, which Grafana 11 to 13 load.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from board import text_of
from boards import BOARDS

FOLDER: Final = Path(__file__).parent / "dashboards"

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for board in BOARDS:
        (folder / f"{board.uid}.json").write_text(text_of(board), encoding="utf-8")
