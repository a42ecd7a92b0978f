"""Plays Claude Code beside a drill: its telemetry reaches the real exporter as it really would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from claude_exporter.core.model import Sign
from claude_exporter.core.real_use import Request
from claude_exporter.simulator.real_requests import SENT_AS


async def send_requests(
    requests: Sequence[Request],
    client: httpx.AsyncClient,
    exporter: str,
    at: Callable[[], float],
    speed: float,
) -> None:
    """Send each of *requests* at its moment; *at* gives the scenario's own time."""
    for number, request in enumerate(sorted(requests, key=lambda each: each.at)):
        await asyncio.sleep(max(0.0, request.at - at()) / speed)
        answer = await client.post(f"{exporter}/v1/logs", json=telemetry_of(request, number))
        answer.raise_for_status()


def telemetry_of(request: Request, number: int) -> dict[str, Any]:
    """One event of Claude Code as OTLP's JSON, now."""
    good = request.sign is Sign.OK
    told: dict[str, object] = {
        "event.name": "api_request" if good else "api_error",
        "event.sequence": number,
    }
    told |= {"model": request.model} if request.model else {}
    told |= {} if good else SENT_AS[request.sign]
    attributes = [{"key": key, "value": {"stringValue": str(each)}} for key, each in told.items()]
    record = {"timeUnixNano": str(time.time_ns()), "attributes": attributes}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
