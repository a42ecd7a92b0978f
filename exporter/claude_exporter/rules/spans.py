"""Durations as PromQL writes them, at real time and at the compressed time of a drill."""

from __future__ import annotations

import re

from claude_exporter.config.durations import parse_duration


def promql_duration(seconds: float) -> str:
    """*seconds* in the largest unit that needs no fraction; at least one millisecond."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{max(1, round(seconds * 1000))}ms"


def scaled_spans(expression: str, factor: float) -> str:
    """Divide every range, like `[2m]`, by *factor*."""

    def shorter(match: re.Match[str]) -> str:
        return f"[{promql_duration(parse_duration(match[1]) / factor)}]"

    return re.sub(r"\[(\w+)\]", shorter, expression)
