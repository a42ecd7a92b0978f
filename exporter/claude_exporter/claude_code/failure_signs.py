"""The sign of a failure as Claude Code tells it: by status first, then words, then its enum."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import Sign
from claude_exporter.core.sign_texts import sign_of_text

SIGN_OF_ERROR: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "rate_limit": Sign.RATE_LIMITED,
        "overloaded": Sign.OVERLOADED,
        "authentication_failed": Sign.AUTHENTICATION,
        "oauth_org_not_allowed": Sign.PERMISSION,
        "billing_error": Sign.BILLING,
        "invalid_request": Sign.INVALID_REQUEST,
        "model_not_found": Sign.NOT_FOUND,
        "server_error": Sign.INTERNAL_ERROR,
        "max_output_tokens": Sign.INVALID_REQUEST,
        "unknown": Sign.UNEXPECTED,
    }
)
"""Claude Code's own enum; `server_error` may be a 529 too, so it is asked last."""

SIGN_OF_CODE: Final = (
    ("ENOTFOUND", Sign.DNS),
    ("EAI_", Sign.DNS),
    ("TIMEDOUT", Sign.TIMEOUT),
    ("TIMEOUT", Sign.TIMEOUT),
    ("CERT", Sign.TLS),
    ("SELF_SIGNED", Sign.TLS),
    ("TLS", Sign.TLS),
)
"""Parts of the codes that Node and Bun give a connection that failed; any other is `connect`."""


@lru_cache(maxsize=64)
def sign_of_failure(status: int | None, text: str, error: str = "") -> Sign:
    """The sign by *status* (400 to 599, else it says nothing), *text*, the enum *error*."""
    if status is not None and 400 <= status < 600:
        # As Claude Code prints it, so that words clearer than their status outweigh it here too.
        return sign_of_text(f"API Error: {status} {text}") or Sign.UNEXPECTED
    return sign_of_text(text) or SIGN_OF_ERROR.get(error, Sign.UNEXPECTED)


def sign_of_connection(code: str) -> Sign:
    """The sign of a connection that failed with *code*, like `FailedToOpenSocket`."""
    upper = code.upper()
    return next((sign for part, sign in SIGN_OF_CODE if part in upper), Sign.CONNECT)
