"""Where the server is reached: `--web.external-url` and `--web.route-prefix`, as in Prometheus."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"[^\s{}<>\"'\\^`|]+")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """
    Both without a final slash, and empty where nothing was said.

    `external` is what people type, `prefix` the path below which the routes are here.
    """

    external: str = ""
    prefix: str = ""

    @property
    def home(self) -> str:
        """The path of the page as a browser sees it."""
        seen = urlsplit(self.external).path if self.external else self.prefix
        return f"{seen}/"


NOWHERE_ELSE: Final = Address()


def address_of(external_url: str | None, route_prefix: str | None) -> Address:
    """
    Read both flags; the prefix is the external URL's path where it is not given.

    Raises ValueError, which says what was wanted and what was found.
    """
    external = _external(external_url) if external_url else ""
    if route_prefix is None:
        return Address(external, urlsplit(external).path)
    prefix = _trimmed(route_prefix)
    if not _PATH.fullmatch(prefix):
        raise ValueError(f"route prefix: expected a path such as /claude, not {route_prefix!r}")
    return Address(external, prefix)


def _external(url: str) -> str:
    wanted = f"external URL: expected http(s)://HOST[:PORT][/PATH], not {url!r}"
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname and _HOST.fullmatch(parts.netloc)) and (
            parts.port is None or parts.port > 0
        )
    except ValueError:
        raise ValueError(wanted) from None
    path = _trimmed(parts.path)
    extra = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or not named or extra or not _PATH.fullmatch(path):
        raise ValueError(wanted)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _trimmed(path: str) -> str:
    bare = path.strip("/")
    return f"/{bare}" if bare else ""
