"""Reddit's application-only OAuth: a token for an app, without any user."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

import httpx

from claude_exporter.community.ask import accepted, asked
from claude_exporter.community.spec import Client
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.statuspage_content import UnreadableError

GRANT: Final = "https://www.reddit.com/api/v1/access_token"
EARLY: Final = 60.0
"""Seconds before its end at which a token is no longer used."""

LONGEST: Final = 86_400.0


class TokenRefusedError(Exception):
    """The app's credentials were refused."""


class Token:
    """The token of one app; it is kept in memory only, until it ends or is refused."""

    def __init__(self, app: Client, user_agent: Callable[[], str], clock: Clock) -> None:
        self._app = app
        self._user_agent = user_agent
        self._clock = clock
        self._value = ""
        self._ends_at = float("-inf")

    def forget(self) -> None:
        """Ask for another one next time."""
        self._value = ""

    async def value(self, client: httpx.AsyncClient) -> str:
        """
        A token that is good now.

        Raises TokenRefusedError, SecretError, PollError and the exceptions of `faults.EXPECTED`.
        """
        if not self._value or self._clock.monotonic() >= self._ends_at:
            await self._fetch(client)
        return self._value

    async def _fetch(self, client: httpx.AsyncClient) -> None:
        request = client.build_request(
            "POST",
            GRANT,
            headers=accepted(self._user_agent()),
            data={"grant_type": "client_credentials"},
        )
        credentials = httpx.BasicAuth(self._app.id.reveal(), self._app.secret.reveal())
        request = next(credentials.sync_auth_flow(request))
        body = (await asked(client, request, self._clock.now())).body
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise UnreadableError("expected a token as JSON, not something else") from None
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 4096:
            # Reddit answers 200 {"error": ...} to a grant that it does not know.
            raise TokenRefusedError
        lasts = answer.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else 0.0
        self._value = value
        self._ends_at = self._clock.monotonic() + min(seconds, LONGEST) - EARLY
