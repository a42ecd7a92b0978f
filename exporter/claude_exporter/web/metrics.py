"""Every group of metric families on /metrics, in order: a new group is one more line here."""

from __future__ import annotations

from typing import Final

from claude_exporter.claude_code.text import CLAUDE_CODE
from claude_exporter.community.text import COMMUNITY

from .api_text import API
from .own_text import EXPORTER
from .page_text import PAGES
from .surface_text import SURFACES
from .target_text import PROBES
from .uptime_text import UPTIME
from .watch_text import WATCH
from .webhook_text import WEBHOOKS

GROUPS: Final = (
    PROBES,
    SURFACES,
    PAGES,
    WEBHOOKS,
    WATCH,
    UPTIME,
    API,
    CLAUDE_CODE,
    COMMUNITY,
    EXPORTER,
)
CATALOGUE: Final = tuple(desc for group in GROUPS for desc in group.families)
