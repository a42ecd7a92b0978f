"""Spans of time as a person says them."""

from __future__ import annotations


def in_words(span: float | None) -> str:
    """
    `48 s`, `12 min`, `3 h 5 min`, `2 d 4 h`: never more than two units, rounded down.

    Rounded down, so that "10 min" is never said before ten minutes have passed.
    """
    if span is None:
        return "an unknown time"
    seconds = max(0, int(span))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
