"""A throw-away certificate authority, and the good and bad certificates it makes for a host."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE: Final = timedelta(days=90)
_STALE: Final = timedelta(days=7)
_WRONG_NAME: Final = "wrong-host.sim.test"


class Flaw(StrEnum):
    """What is wrong with a certificate."""

    NONE = "none"
    EXPIRED = "expired"
    SELF_SIGNED = "self_signed"
    WRONG_HOST = "wrong_host"


class Authority:
    """
    Makes server contexts for host names, each once; its files live in `folder`.

    `ca_file` is what a client must trust.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Claude simulator CA")
        self._contexts: dict[tuple[str, Flaw], ssl.SSLContext] = {}
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self._root()))

    def context(self, host: str, flaw: Flaw = Flaw.NONE) -> ssl.SSLContext:
        """The server side of TLS for one host name."""
        if (host, flaw) not in self._contexts:
            self._contexts[host, flaw] = self._make_context(host, flaw)
        return self._contexts[host, flaw]

    def _make_context(self, host: str, flaw: Flaw) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        path = self._folder / f"{host}.{flaw.value}.pem"
        path.touch(mode=0o600)
        path.write_bytes(_key_pem(key) + _pem(self._leaf(host, flaw, key)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _root(self) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            self._builder(self._name, self._key.public_key())
            .issuer_name(self._name)
            .not_valid_before(self._now - _LIFE)
            .not_valid_after(self._now + _LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _leaf(self, host: str, flaw: Flaw, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        self_signed = flaw is Flaw.SELF_SIGNED
        subject = _WRONG_NAME if flaw is Flaw.WRONG_HOST else host
        ends = self._now - _STALE if flaw is Flaw.EXPIRED else self._now + _LIFE
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            self._builder(_name(subject), key.public_key())
            .issuer_name(_name(subject) if self_signed else self._name)
            .not_valid_before(self._now - _LIFE)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_general_name(subject)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        if self_signed:
            return builder.sign(key, hashes.SHA256())
        return builder.add_extension(authority, critical=False).sign(self._key, hashes.SHA256())

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .add_extension(identifier, critical=False)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
