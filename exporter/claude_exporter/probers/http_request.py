"""What goes over the wire: the request as bytes, and where a redirect leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import urljoin

from claude_exporter.probers.addresses import Url, parse_url
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.probers.proxy import Proxy

REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_KEEP_METHOD: Final = frozenset((307, 308))
_CREDENTIALS: Final = frozenset(("authorization", "cookie", "host", "x-api-key"))
"""Headers that belong to one host and never follow a redirect to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of a probe; a redirect makes the next."""

    method: str
    url: Url
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    same_host: bool = True

    @classmethod
    def first(cls, address: str, options: HttpOptions) -> Call:
        """What the target's address asks for."""
        body = None if options.body is None else options.body.encode()
        url = parse_url(address)
        return cls(method=options.method, url=url, headers=options.plain_headers, body=body)

    def redirected(self, status: int, location: str) -> Call:
        """The next request; raises ValueError for a place that is no http or https URL."""
        url = parse_url(urljoin(str(self.url), location))
        call = replace(self, url=url)
        if (url.scheme, url.endpoint) != (self.url.scheme, self.url.endpoint):
            headers = tuple(h for h in self.headers if h[0].lower() not in _CREDENTIALS)
            call = replace(call, headers=headers, same_host=False)
        if status in _KEEP_METHOD or self.method in ("GET", "HEAD"):
            return call
        return replace(call, method="GET", body=None, headers=_without_body(call.headers))


def request_bytes(
    call: Call, user_agent: str, secrets: Mapping[str, str], proxy: Proxy | None
) -> bytes:
    """The request; `proxy` where a plain one reads it, `secrets` only for the first host."""
    absolute = proxy is not None
    length = None if call.body is None and call.method in ("GET", "HEAD") else len(call.body or b"")
    head = _head(call.method, call.url, call.headers, user_agent, absolute, length)
    private = secrets if call.same_host else {}
    lines = "".join(f"{name}: {value}\r\n" for name, value in private.items())
    if proxy is not None and proxy.authorization:
        lines += f"Proxy-Authorization: {proxy.authorization}\r\n"
    return head + lines.encode() + b"\r\n" + (call.body or b"")


@lru_cache(maxsize=4096)
def _head(
    method: str,
    url: Url,
    headers: tuple[tuple[str, str], ...],
    user_agent: str,
    absolute: bool,
    length: int | None,
) -> bytes:
    given = {name.lower() for name, _ in headers}
    lines = [f"{method} {url if absolute else url.path} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"Host: {url.authority}")
    if "user-agent" not in given:
        lines.append(f"User-Agent: {user_agent}")
    lines += [f"{name}: {value}" for name, value in headers if name.lower() not in _OURS]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines.append("Connection: close\r\n")
    return "\r\n".join(lines).encode("utf-8")


_OURS: Final = frozenset(("connection", "content-length", "transfer-encoding"))


def _without_body(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(header for header in headers if not header[0].lower().startswith("content-"))
