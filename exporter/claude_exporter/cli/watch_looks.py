"""What `watch` looks at: a running exporter's verdict, or rounds of probes of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx

if TYPE_CHECKING:
    from claude_exporter.runtime.plan import Plan

DEADLINE: Final = 5.0
"""Seconds that an exporter has for an answer."""

_EXIT_STATUS: Final = {"none": 0, "wait": 1, "troubleshoot": 2, "escalate": 3}
COULD_NOT_TELL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of one surface; `since` is when its row began to hold, in Unix seconds."""

    surface: str
    action: str
    row: str
    title: str
    reason: str
    how_long: str
    steps: tuple[str, ...]
    since: float

    @property
    def fine(self) -> bool:
        """Whether the surface is known to work."""
        return self.action == "none" and self.row != "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look; `trouble` says why nothing was learned by it."""

    said: Mapping[str, Said]
    trouble: str = ""

    @property
    def fine(self) -> bool:
        """Whether everything watched is known to work."""
        return bool(self.said) and all(each.fine for each in self.said.values())

    @property
    def exit_status(self) -> int:
        """As `check`: 0 fine, 1 wait, 2 troubleshoot, 3 escalate, 4 could not tell."""
        if all(each.row == "unknown" for each in self.said.values()):
            return COULD_NOT_TELL
        return max(_EXIT_STATUS.get(each.action, COULD_NOT_TELL) for each in self.said.values())


class Looking(Protocol):
    """Something that can be looked at again and again."""

    where: str
    """In words for a person."""

    async def look(self) -> Look:
        """Look once; what cannot be learned is the look's trouble, never an error."""
        ...


def look_of(answer: object, surfaces: Sequence[str]) -> Look:
    """Read an answer of /api/v1/verdict; only *surfaces*, or all where none is given."""
    listed = answer.get("verdicts") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return Look(said={}, trouble="the answer is not that of an exporter's /api/v1/verdict")
    said = [_said(each) for each in listed]
    return Look(said={x.surface: x for x in said if not surfaces or x.surface in surfaces})


def _said(entry: Mapping[str, Any]) -> Said:
    words = {key: _clean(entry.get(key)) for key in ("surface", "action", "row", "title", "reason")}
    steps, since = entry.get("next"), entry.get("since")
    return Said(
        **words,
        how_long=_how_long(entry),
        steps=tuple(map(_clean, steps)) if isinstance(steps, list) else (),
        since=float(since) if isinstance(since, int | float) else 0.0,
    )


def _clean(value: object) -> str:
    """Text that cannot command a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(value or ""))


def _how_long(entry: Mapping[str, Any]) -> str:
    """The forecast where there is one, else what the guide says."""
    forecast = entry.get("forecast")
    within = forecast.get("within") if isinstance(forecast, dict) else None
    if not isinstance(within, dict):
        return _clean(entry.get("typical"))
    chances = [
        f"{float(span) / 60:.0f} min {share:.0%}"
        for span, share in within.items()
        if _clean(span).isdigit() and isinstance(share, int | float)
    ]
    return f"over within {', '.join(chances)}"


class Exporter:
    """A running exporter, asked over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str, surfaces: Sequence[str]) -> None:
        self._client = client
        self._url = httpx.URL(url.rstrip("/") + "/api/v1/verdict")
        self._surfaces = surfaces
        self.where = f"the exporter at {shown_url(url)}"

    async def look(self) -> Look:
        """Ask for the verdict."""
        try:
            response = await self._client.get(self._url)
            if response.status_code != httpx.codes.OK:
                return Look(said={}, trouble=f"expected 200, got {response.status_code}")
            return look_of(response.json(), self._surfaces)
        except httpx.HTTPError as error:
            return Look(said={}, trouble=f"no answer: {error or type(error).__name__}")
        except ValueError:
            return Look(said={}, trouble="the answer is not JSON")


class Alone:
    """This very process: every look is a round of probes, as `check` makes it."""

    where = "probes from here"

    def __init__(self, plan: Plan, surfaces: Sequence[str]) -> None:
        from claude_exporter.core.evaluator import Evaluator  # noqa: PLC0415  # only if alone
        from claude_exporter.core.forecast_file import shipped_curve  # noqa: PLC0415
        from claude_exporter.runtime.check_memory import recall  # noqa: PLC0415

        self._plan = plan
        self._surfaces = surfaces
        self._evaluator = Evaluator(
            plan.guide, plan.targets, page_max_age=plan.page_max_age, curve=shipped_curve()
        )
        recall(self._evaluator, os.environ, Path.home())

    async def look(self) -> Look:
        """Probe everything once and judge."""
        from claude_exporter.runtime.checkup import check_up  # noqa: PLC0415  # as above
        from claude_exporter.runtime.clock import SystemClock  # noqa: PLC0415
        from claude_exporter.web.answers import verdict_answer  # noqa: PLC0415

        found = await check_up(self._plan, self._evaluator, SystemClock())
        return look_of(verdict_answer(found.judgements, found.at), self._surfaces)


def client_for(url: str) -> httpx.AsyncClient:
    """A client for *url*; loopback never goes through a proxy, whatever the environment says."""
    near = httpx.URL(url).host in {"localhost", "127.0.0.1", "::1"}
    return httpx.AsyncClient(trust_env=not near, timeout=DEADLINE, follow_redirects=False)


def shown_url(url: str) -> str:
    """The URL without a user or a password in it."""
    return str(httpx.URL(url).copy_with(username="", password="")).rstrip("/")
