"""TLS for the server, read again when its files change."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from claude_exporter.config import ConfigErrors
from claude_exporter.web.webconfig_file import CIPHERS, TlsServer, unusable

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int] | None

_VERSIONS: Final = MappingProxyType(
    {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
)
_POLICIES: Final = MappingProxyType(
    {
        "NoClientCert": ssl.CERT_NONE,
        "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
        "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
    }
)
_CURVES: Final = MappingProxyType(
    {
        "CurveP256": "prime256v1",
        "CurveP384": "secp384r1",
        "CurveP521": "secp521r1",
        "X25519": "X25519",
    }
)


def stamp_of(path: Path) -> Stamp:
    """Give what changes when the file does; None where there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def tls_files(tls: TlsServer, folder: Path) -> dict[str, Path]:
    """Give the files that `tls` names, by key; relative ones lie in `folder`."""
    named = {key: getattr(tls, key) for key in ("cert_file", "key_file", "client_ca_file")}
    return {key: folder / name for key, name in named.items() if name}


def server_context(tls: TlsServer, path: Path) -> ssl.SSLContext:
    """Make a context as the web-config file at `path` wants it; ConfigErrors where it cannot."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = tls_files(tls, path.parent)
    _load(path, files, context)
    context.verify_mode = _POLICIES[tls.client_auth_type]
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    suites = [CIPHERS[name] for name in tls.cipher_suites if name in CIPHERS]
    if suites:
        context.set_ciphers(":".join(suites))
    if not tls.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    for curve in tls.curve_preferences:
        context.set_ecdh_curve(_CURVES[curve])
    return context


def _load(path: Path, files: Mapping[str, Path], context: ssl.SSLContext) -> None:
    key = "cert_file"
    try:
        # A password would be asked for on the terminal: an encrypted key is refused instead.
        context.load_cert_chain(files["cert_file"], files["key_file"], password=_no_password)
        if "client_ca_file" in files:
            key = "client_ca_file"
            context.load_verify_locations(files["client_ca_file"])
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        shown = files[key] if key == "client_ca_file" else f"{files[key]} with its key_file"
        problem = f"expected PEM files, not {key} {shown}: {reason}"
        raise unusable(path, problem) from None


def _no_password() -> bytes:
    raise ValueError("the key is encrypted")


class ReloadingContext(ssl.SSLContext):
    """
    Hands every handshake over to the context of the files as they are now.

    Files that became unusable leave the last good context in force, which the log says once.
    """

    _latest: Callable[[], tuple[TlsServer | None, Path]]
    _context: ssl.SSLContext
    _seen: tuple[object, ...]
    _problem: str

    @classmethod
    def make(cls, latest: Callable[[], tuple[TlsServer | None, Path]]) -> ReloadingContext:
        """Make it from what gives the newest settings; ConfigErrors where they do not work."""
        self = cls(ssl.PROTOCOL_TLS_SERVER)
        self._latest, self._problem = latest, ""
        self._refresh()
        return self

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a handshake; this is what event loops call for every connection."""
        try:
            self._refresh()
        except ConfigErrors as exc:
            if str(exc) != self._problem:
                log.error("web config: the former TLS settings stay", extra={"error": str(exc)})
            self._problem = str(exc)
        return self._context.wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def _refresh(self) -> None:
        tls, path = self._latest()
        if tls is None:
            raise unusable(path, "expected tls_server_config as at the start, not none")
        seen = (tls, *map(stamp_of, tls_files(tls, path.parent).values()))
        if seen == getattr(self, "_seen", None):
            return
        self._context = server_context(tls, path)
        self._seen, self._problem = seen, ""
