"""
The local notification log: the default receiver of Alertmanager's webhook.

It lets the whole chain be seen to work before Slack or a pager is connected. Texts are cut to one
printable line and the log is bounded: whoever can reach the port can write here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from claude_exporter.sources.json_values import clean

KEPT: Final = 100
_ALERTS_AT_ONCE: Final = 200


class _Alert(BaseModel):
    model_config = ConfigDict(extra="ignore")
    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = {}


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    receiver: str = ""
    alerts: list[_Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One alert as Alertmanager told it, at a moment in Unix seconds."""

    at: float
    status: str
    alert: str
    surface: str
    severity: str
    action: str
    receiver: str
    summary: str
    description: str
    now: str


class MessageError(ValueError):
    """A body that is not Alertmanager's webhook message; the text says what is wrong."""


class NotificationLog:
    """The newest notifications, oldest first."""

    def __init__(self, kept: object = None) -> None:
        self.entries: deque[Notification] = deque(_restored(kept), maxlen=KEPT)
        self.taken = 0

    def take(self, body: bytes, at: float) -> Sequence[Notification]:
        """Add the alerts of one webhook message; raises MessageError and adds nothing."""
        try:
            message = _Message.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = clean(".".join(map(str, first["loc"])), 100) or "body"
            raise MessageError(f"{where}: {clean(first['msg'])}") from None
        taken = [_entry(each, message.receiver, at) for each in message.alerts[:_ALERTS_AT_ONCE]]
        self.entries.extend(taken)
        self.taken += len(taken)
        return taken

    def document(self) -> list[dict[str, Any]]:
        """The log as JSON."""
        return [asdict(entry) for entry in self.entries]


_ENTRIES: Final = TypeAdapter(list[Notification])


def _restored(kept: object) -> list[Notification]:
    try:
        return _ENTRIES.validate_python(kept or [])
    except ValidationError:
        return []


def _entry(alert: _Alert, receiver: str, at: float) -> Notification:
    labels, notes = alert.labels, alert.annotations
    return Notification(
        at=at,
        status=clean(alert.status, 20),
        alert=clean(labels.get("alertname", ""), 100),
        surface=clean(labels.get("surface", ""), 50),
        severity=clean(labels.get("severity", ""), 20),
        action=clean(labels.get("action", ""), 20),
        receiver=clean(receiver, 100),
        summary=clean(notes.get("summary", ""), 300),
        description=clean(notes.get("description", ""), 1000),
        now=clean(notes.get("now", ""), 1000),
    )
