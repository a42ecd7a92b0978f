"""The JSON of our own record of uptime."""

from __future__ import annotations

import asyncio
from typing import Any

from claude_exporter.core.uptime import STATES, STRIPS, UNKNOWN, WINDOWS, UptimeRecord, kind_of
from claude_exporter.runtime.exporter import Exporter

from .uptime_text import watched_subjects


async def uptime_answer(exporter: Exporter, subject: str | None) -> dict[str, Any]:
    """Shares and strips of every watched subject, or of one."""
    record, now = exporter.uptime.record, exporter.clock.now()
    answers = []
    for name, _ in list(watched_subjects(exporter)):
        if subject in {None, name}:
            answers.append(_subject_answer(record, name, now))
            await asyncio.sleep(0)  # each costs a millisecond, and the probes share this loop
    return {"at": now, "subjects": answers}


def _subject_answer(record: UptimeRecord, subject: str, now: float) -> dict[str, Any]:
    return {
        "subject": subject,
        "states": [*STATES[kind_of(subject)], UNKNOWN],
        "uptime": {name: record.share(subject, span, now) for name, span in WINDOWS.items()},
        "known": {name: record.known(subject, span, now) for name, span in WINDOWS.items()},
        "strips": {name: _strip_answer(record, subject, name, now) for name in STRIPS},
    }


def _strip_answer(record: UptimeRecord, subject: str, name: str, now: float) -> dict[str, Any]:
    slots = record.strip(subject, *STRIPS[name], now)
    return {
        "start": slots[0].start,
        "width": slots[0].end - slots[0].start,
        "slots": [[round(each) for each in slot.seconds.values()] for slot in slots],
    }
