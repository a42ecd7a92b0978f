"""Why a status page cannot be read, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from claude_exporter.core.page_model import PageFault

FAULT_WORDS: Final[Mapping[PageFault, str]] = MappingProxyType(
    {
        PageFault.DNS: "its name was not found",
        PageFault.CONNECT: "no connection to it",
        PageFault.TLS: "its certificate was not accepted",
        PageFault.TIMEOUT: "it did not answer in time",
        PageFault.PROTOCOL: "its answer was garbled",
        PageFault.HTTP_STATUS: "it answered with an error",
        PageFault.WAF: "it wants to see a browser",
        PageFault.RATE_LIMITED: "it was asked too often",
        PageFault.TOO_LARGE: "its answer was too long",
        PageFault.REDIRECTS: "it leads elsewhere",
        PageFault.UNREADABLE: "its answer is no status page",
    }
)
