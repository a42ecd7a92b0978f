"""The text of what status pages send by their webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from claude_exporter.runtime.plan import Plan
from claude_exporter.runtime.webhooks import Hook, Outcome

from .families import Desc, Group, Scrape
from .samples import Sample, families_text

NOTICES: Final = Desc(
    "claude_status_webhook_requests_total",
    "counter",
    "Requests to the page's webhook, by what became of them.",
    ("page", "outcome"),
    ("webhooks", len(Outcome)),
)
LAST: Final = Desc(
    "claude_status_webhook_last_timestamp_seconds",
    "gauge",
    "When the page's webhook last told something, in Unix time; no sample before.",
    ("page",),
    ("webhooks",),
)


def webhook_text(scrape: Scrape) -> str:
    """The families of the pages whose webhook is taken."""
    found = scrape.exporter.pages.webhooks.hooks
    hooks = {name: found.get(name, Hook()) for name in _names(scrape.exporter.plan)}
    return families_text(((NOTICES, _outcomes(hooks)), (LAST, _moments(hooks))))


def _outcomes(hooks: Mapping[str, Hook]) -> Iterator[Sample]:
    for name, hook in hooks.items():
        for outcome in Outcome:
            yield (name, outcome), hook.outcomes[outcome]


def _moments(hooks: Mapping[str, Hook]) -> Iterator[Sample]:
    for name, hook in hooks.items():
        if hook.last_at is not None:
            yield (name,), hook.last_at


def _names(plan: Plan) -> list[str]:
    return [page.name for page in plan.pages if page.webhook_secret is not None]


def _sizes(plan: Plan) -> Mapping[str, int]:
    return {"webhooks": len(_names(plan))}


WEBHOOKS: Final = Group(
    heading="Webhooks of status pages",
    families=(NOTICES, LAST),
    text=webhook_text,
    labels=MappingProxyType(
        {
            "page": "the status page's name in the configuration",
            "outcome": ", ".join(Outcome),
        }
    ),
    sizes=_sizes,
)
