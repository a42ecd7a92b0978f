"""The dashboards, in the order they are listed: one module and one line each."""

from __future__ import annotations

from typing import Final

from panels import Board

from boards import api_and_models, claude_code, exporter, is_claude_down, probes, slo, status_page

BOARDS: Final[tuple[Board, ...]] = (
    is_claude_down.BOARD,
    probes.BOARD,
    status_page.BOARD,
    slo.BOARD,
    api_and_models.BOARD,
    claude_code.BOARD,
    exporter.BOARD,
)
