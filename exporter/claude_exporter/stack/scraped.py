"""Whether Prometheus scrapes what it should."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx

from claude_exporter.stack.supervise import READY_WITHIN, NotReadyError

_LOOK_EVERY: Final = 0.1


async def all_scraped(prometheus: str, client: httpx.AsyncClient, job: str | None = None) -> None:
    """Wait until Prometheus has scraped every target once, or those of one job alone."""
    unwell = ["no answer"]
    try:
        async with asyncio.timeout(READY_WITHIN):
            # Another process scrapes: there is no event of ours to wait for.
            while unwell := await _unwell_targets(prometheus, client, job):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise NotReadyError(
            f"prometheus: expected every target up within {READY_WITHIN:g} s, got "
            + "; ".join(unwell)
        ) from None


async def _unwell_targets(prometheus: str, client: httpx.AsyncClient, job: str | None) -> list[str]:
    try:
        response = await client.get(f"{prometheus}/api/v1/targets", params={"state": "active"})
        targets = response.raise_for_status().json()["data"]["activeTargets"]
    except httpx.HTTPError as error:
        return [f"{type(error).__name__}: {error}"]
    if not targets:
        return ["no targets"]
    return [
        f"{target['labels']['job']} {target['health']} {target['lastError']}".strip()
        for target in targets
        if target["health"] != "up" and job in {None, target["labels"]["job"]}
    ]
