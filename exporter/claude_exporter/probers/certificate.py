"""What a presented certificate chain says, whether or not it verifies."""

from __future__ import annotations

import _ssl
import ssl
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from claude_exporter.core.model import TlsFacts

_PUBLIC: Final = hasattr(ssl.SSLObject, "get_unverified_chain")
_DER: Final[int] = getattr(_ssl, "ENCODING_DER", 2)


def facts_of_session(session: ssl.SSLObject, *, verified: bool) -> TlsFacts | None:
    """
    The facts of a session, also of one whose verification just failed.

    None where the peer showed no certificate.
    """
    presented = _chain(session, "get_unverified_chain")
    if not presented:
        return None
    trusted = _chain(session, "get_verified_chain") if verified else ()
    cipher = session.cipher()
    version = (session.version() or "").replace("TLSv", "TLS ")
    return facts_of_chain(version, cipher[0] if cipher else "", presented, trusted)


@lru_cache(maxsize=1024)
def facts_of_chain(
    version: str, cipher: str, presented: tuple[bytes, ...], trusted: tuple[bytes, ...]
) -> TlsFacts | None:
    """The facts of a chain in DER, read once; None for a leaf that cannot be read."""
    try:
        leaf = x509.load_der_x509_certificate(presented[0])
        return TlsFacts(
            version=version,
            cipher=cipher,
            not_after_at=_earliest_end(presented),
            chain_not_after_at=_earliest_end(trusted) if trusted else None,
            fingerprint_sha256=leaf.fingerprint(hashes.SHA256()).hex(),
            subject=leaf.subject.rfc4514_string(),
            issuer=leaf.issuer.rfc4514_string(),
            subject_alternative=",".join(_dns_names(leaf)),
            serial_number=_hex(leaf.serial_number),
        )
    except ValueError:
        return None


def _chain(session: ssl.SSLObject, method: str) -> tuple[bytes, ...]:
    # Until 3.13 only the inner object can tell; it can since 3.10, and also after a failure.
    source: Any = session if _PUBLIC else session._sslobj  # type: ignore[attr-defined] # noqa: SLF001
    return tuple(_ders(getattr(source, method)() or ()))


def _ders(chain: Iterable[Any]) -> Iterable[bytes]:
    return (entry if _PUBLIC else entry.public_bytes(_DER) for entry in chain)


def _earliest_end(chain: tuple[bytes, ...]) -> float:
    ends = (x509.load_der_x509_certificate(der).not_valid_after_utc for der in chain)
    return min(ends).timestamp()


def _dns_names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return names.value.get_values_for_type(x509.DNSName)


def _hex(number: int) -> str:
    text = f"{number:x}"
    return text.zfill(len(text) + len(text) % 2)
