"""Looks again and again, and tells what changed, until there is a reason to end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from claude_exporter.cli.watch_looks import COULD_NOT_TELL, Look, Looking, Said

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One surface's verdict is another one now; `before` is None at the first look."""

    now: Said
    before: Said | None


class Teller(Protocol):
    """Somebody who tells a person."""

    def tell(self, look: Look, changed: list[Changed]) -> None:
        """Tell of one look; *changed* is empty where all is as it was."""
        ...


def changes(before: Mapping[str, Said], now: Mapping[str, Said]) -> list[Changed]:
    """Every surface whose action or row is another one."""
    return [
        Changed(now=said, before=before.get(surface))
        for surface, said in now.items()
        if surface not in before
        or (said.action, said.row) != (before[surface].action, before[surface].row)
    ]


class Follow:
    """One run of `watch`."""

    def __init__(self, looking: Looking, teller: Teller, every: float, until_fine: bool) -> None:
        self._looking = looking
        self._teller = teller
        self._every = every
        self._until_fine = until_fine
        self._known: dict[str, Said] = {}
        self._last = Look(said={}, trouble="nothing was looked at yet")

    async def run(self, asked: asyncio.Event, stop_after: float | None) -> int:
        """Look until fine (where that is wanted), for so long, or until asked; the exit status."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None) as limit:
                ended = await self._until(asked, limit, stop_after)
                return INTERRUPTED if ended == "asked" and self._until_fine else 0
        return COULD_NOT_TELL if self._last.trouble else self._last.exit_status

    async def _until(
        self, asked: asyncio.Event, limit: asyncio.Timeout, stop_after: float | None
    ) -> str:
        stop = asyncio.ensure_future(asked.wait())
        try:
            while True:
                looking = asyncio.ensure_future(self._looking.look())
                try:
                    await asyncio.wait({stop, looking}, return_when=asyncio.FIRST_COMPLETED)
                    if asked.is_set():
                        return "asked"
                    self._take(await looking)
                finally:
                    looking.cancel()
                if self._until_fine and self._last.fine:
                    return "fine"
                if stop_after is not None and limit.when() is None:
                    # From the first look on: a span of nothing is one look.
                    limit.reschedule(asyncio.get_running_loop().time() + stop_after)
                await asyncio.wait({stop}, timeout=self._every)
        finally:
            stop.cancel()

    def _take(self, look: Look) -> None:
        changed = changes(self._known, look.said)
        self._known |= look.said
        self._last = look
        self._teller.tell(look, changed)


Now = Callable[[], float]
"""A clock: Unix seconds."""
