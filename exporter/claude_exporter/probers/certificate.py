"""What a presented certificate chain says, whether or not it verifies."""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from claude_exporter.core.model import TlsFacts
from claude_exporter.probers.secure import Peer


def facts_of_peer(peer: Peer) -> TlsFacts | None:
    """The facts of the other side; None where it showed no certificate."""
    return _facts_of(peer) if peer.presented else None


@lru_cache(maxsize=1024)
def _facts_of(peer: Peer) -> TlsFacts | None:
    """The facts of a chain, read once; None for a leaf that cannot be read."""
    try:
        leaf = x509.load_der_x509_certificate(peer.presented[0])
        return TlsFacts(
            version=peer.version.replace("TLSv", "TLS "),
            cipher=peer.cipher,
            not_after_at=_earliest_end(peer.presented),
            chain_not_after_at=_earliest_end(peer.trusted) if peer.trusted else None,
            fingerprint_sha256=leaf.fingerprint(hashes.SHA256()).hex(),
            subject=leaf.subject.rfc4514_string(),
            issuer=leaf.issuer.rfc4514_string(),
            subject_alternative=",".join(_dns_names(leaf)),
            serial_number=_hex(leaf.serial_number),
        )
    except ValueError:
        return None


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
