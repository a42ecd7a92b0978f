"""
TLS by the OpenSSL that `cryptography` brings, which is newer and faster than most systems' own.

OpenSSL 3.0, still what many systems have, spends half of a handshake on looking up its own
algorithms. This is the same library with the same settings, and OpenSSL itself verifies chain and
name here as there; only trust decides which of the two is used, and nothing else may know.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from cryptography.hazmat.bindings.openssl.binding import Binding

from claude_exporter.probers.secure import Peer

_LIB: Final[Any] = Binding.lib
_FFI: Final[Any] = Binding.ffi
_NULL: Final[Any] = _FFI.NULL
_NEEDED: Final = (
    "BIO_new",
    "BIO_read",
    "BIO_s_mem",
    "BIO_write",
    "ERR_clear_error",
    "ERR_get_error",
    "ERR_reason_error_string",
    "SSL_CTX_get0_param",
    "SSL_CTX_load_verify_locations",
    "SSL_CTX_set1_curves_list",
    "SSL_CTX_set_cipher_list",
    "SSL_CTX_set_min_proto_version",
    "SSL_CTX_set_options",
    "SSL_get0_param",
    "SSL_get0_verified_chain",
    "SSL_get_peer_cert_chain",
    "SSL_get_verify_result",
    "X509_VERIFY_PARAM_set1_host",
    "X509_VERIFY_PARAM_set1_ip",
    "X509_VERIFY_PARAM_set_flags",
    "X509_VERIFY_PARAM_set_hostflags",
    "X509_verify_cert_error_string",
    "i2d_X509_bio",
)
"""What a future `cryptography` might no longer bind; everything else is as old as OpenSSL."""

_RECORD: Final = 16 * 1024
"""Bytes of plain text in one TLS record, at most."""

_GROUPS: Final = b"X25519:P-256:X448:P-521:P-384"
"""As OpenSSL 3.0 has them; newer ones also send a dear key share that few servers understand."""

_NAME_LIMIT: Final = 255
_NEVER_CHECK_SUBJECT: Final = 0x20
_new_bytes: Final[Any] = _FFI.new_allocator(should_clear_after_alloc=False)


def is_usable(like: ssl.SSLContext) -> bool:
    """Whether a context can be had that behaves like `like`."""
    if sys.platform == "win32" or like.keylog_filename:
        return False
    return all(hasattr(_LIB, name) for name in _NEEDED)


class OpenSslContext:
    """The settings of many sessions; trusts the system's authorities and those of `ca_file`."""

    __slots__ = ("_context", "verify")

    def __init__(self, like: ssl.SSLContext, ca_file: str | None) -> None:
        self.verify = like.verify_mode == ssl.CERT_REQUIRED
        context = _LIB.SSL_CTX_new(_LIB.TLS_client_method())
        if context == _NULL:
            raise MemoryError("no TLS context")
        self._context = _FFI.gc(context, _LIB.SSL_CTX_free)
        self._take_settings(like)
        self._trust(ca_file)

    def open(self, server_name: str) -> OpenSslChannel:
        """Begin a session as the client of `server_name`."""
        session = _LIB.SSL_new(self._context)
        if session == _NULL:
            raise MemoryError("no TLS session")
        return OpenSslChannel(session, server_name, verify=self.verify)

    def _take_settings(self, like: ssl.SSLContext) -> None:
        context, parameters = self._context, _LIB.SSL_CTX_get0_param(self._context)
        ciphers = ":".join(cipher["name"] for cipher in like.get_ciphers())
        options = _LIB.SSL_OP_ALL | _LIB.SSL_OP_NO_COMPRESSION | _LIB.SSL_OP_IGNORE_UNEXPECTED_EOF
        modes = _LIB.SSL_MODE_RELEASE_BUFFERS | _LIB.SSL_MODE_AUTO_RETRY
        host_flags = _LIB.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
        if not like.hostname_checks_common_name:
            host_flags |= _NEVER_CHECK_SUBJECT
        _LIB.SSL_CTX_set_options(context, options)
        _LIB.SSL_CTX_set_mode(context, modes)
        _LIB.SSL_CTX_set_verify(
            context, _LIB.SSL_VERIFY_PEER if self.verify else _LIB.SSL_VERIFY_NONE, _NULL
        )
        _LIB.X509_VERIFY_PARAM_set_hostflags(parameters, host_flags)
        for done in (
            _LIB.SSL_CTX_set_min_proto_version(context, _LIB.TLS1_2_VERSION),
            _LIB.SSL_CTX_set_cipher_list(context, f"@SECLEVEL=2:{ciphers}".encode()),
            _LIB.SSL_CTX_set1_curves_list(context, _GROUPS),
            _LIB.X509_VERIFY_PARAM_set_flags(parameters, int(like.verify_flags)),
        ):
            if done != 1:
                raise _error("TLS settings")

    def _trust(self, ca_file: str | None) -> None:
        paths = ssl.get_default_verify_paths()
        for file, folder in ((paths.cafile, None), (None, paths.capath), (ca_file, None)):
            if file or folder:
                # Whether the file can be used was seen when `like` was made of it.
                _LIB.SSL_CTX_load_verify_locations(self._context, _path(file), _path(folder))
        _LIB.ERR_clear_error()


class OpenSslChannel:
    """One TLS session, as its client."""

    __slots__ = ("_incoming", "_name", "_outgoing", "_session", "_verify", "closed")

    def __init__(self, session: Any, server_name: str, *, verify: bool) -> None:  # noqa: ANN401 - C
        self._session = _FFI.gc(session, _LIB.SSL_free)
        self._incoming = _LIB.BIO_new(_LIB.BIO_s_mem())
        self._outgoing = _LIB.BIO_new(_LIB.BIO_s_mem())
        # From here on they are freed with the session.
        _LIB.SSL_set_bio(session, self._incoming, self._outgoing)
        self._name = server_name
        self._verify = verify
        self.closed = False
        _ask_for(session, server_name, verify=verify)
        _LIB.SSL_set_connect_state(session)

    def handshake(self, arrived: bytes = b"") -> bool:
        """Take the handshake as far as it goes; true once it is done."""
        if arrived:
            _LIB.BIO_write(self._incoming, arrived, len(arrived))
        _LIB.ERR_clear_error()
        result = _LIB.SSL_do_handshake(self._session)
        if result == 1:
            return True
        if _LIB.SSL_get_error(self._session, result) == _LIB.SSL_ERROR_WANT_READ:
            return False
        raise self._refusal() or _error("TLS handshake")

    def encrypt(self, plain: bytes) -> None:
        """Queue `plain` for `unsent`."""
        _LIB.ERR_clear_error()
        if _LIB.SSL_write(self._session, plain, len(plain)) <= 0:
            raise _error("TLS write")

    def unsent(self) -> bytes:
        """Take what has to be sent now."""
        sent = _taken(self._outgoing)
        if len(sent) < _RECORD:
            return sent
        parts = [sent]
        while part := _taken(self._outgoing):
            parts.append(part)
        return b"".join(parts)

    def decrypt(self, arrived: bytes) -> Iterator[bytes]:
        """What the peer said with `arrived`; sets `closed` where it said that it is done."""
        _LIB.BIO_write(self._incoming, arrived, len(arrived))
        plain = _new_bytes("char[]", _RECORD)
        while not self.closed:
            _LIB.ERR_clear_error()
            size = _LIB.SSL_read(self._session, plain, _RECORD)
            if size > 0:
                yield _FFI.buffer(plain, size)[:]
                continue
            problem = _LIB.SSL_get_error(self._session, size)
            if problem == _LIB.SSL_ERROR_WANT_READ:
                return
            if problem != _LIB.SSL_ERROR_ZERO_RETURN:
                raise _error("TLS read")
            self.closed = True

    def peer(self, *, verified: bool) -> Peer:
        """What is known of the other side, also where verification just failed."""
        session = self._session
        cipher = _LIB.SSL_get_current_cipher(session)
        trusted = _ders(_LIB.SSL_get0_verified_chain(session)) if verified else ()
        return Peer(
            version=_text(_LIB.SSL_get_version(session)),
            cipher="" if cipher == _NULL else _text(_LIB.SSL_CIPHER_get_name(cipher)),
            presented=_ders(_LIB.SSL_get_peer_cert_chain(session)),
            trusted=trusted,
        )

    def _refusal(self) -> ssl.SSLError | None:
        code = _LIB.SSL_get_verify_result(self._session) if self._verify else _LIB.X509_V_OK
        if code == _LIB.X509_V_OK:
            return None
        message = _text(_LIB.X509_verify_cert_error_string(code))
        # As the ssl module words it, which knows the name where OpenSSL's own words do not.
        if code == _LIB.X509_V_ERR_HOSTNAME_MISMATCH:
            message = f"Hostname mismatch, certificate is not valid for {self._name!r}."
        if code == _LIB.X509_V_ERR_IP_ADDRESS_MISMATCH:
            message = f"IP address mismatch, certificate is not valid for {self._name!r}."
        refusal = ssl.SSLCertVerificationError(
            ssl.SSL_ERROR_SSL, f"certificate verify failed: {message}"
        )
        refusal.verify_code, refusal.verify_message = code, message
        return refusal


@lru_cache(maxsize=4096)
def _wire_name(server_name: str) -> tuple[bytes, bool]:
    """The name as bytes and false, or the packed address and true; raises SSLError for others."""
    try:
        return ip_address(server_name).packed, True
    except ValueError:
        pass
    try:
        name = server_name.encode("idna")
    except UnicodeError:
        name = b""
    if not 0 < len(name) <= _NAME_LIMIT or name.startswith(b".") or b"\0" in name:
        problem = f"server name: expected a host name, not {server_name!r}"
        raise ssl.SSLError(ssl.SSL_ERROR_SSL, problem)
    return name, False


def _ask_for(session: Any, server_name: str, *, verify: bool) -> None:  # noqa: ANN401 - C
    name, is_address = _wire_name(server_name)
    if not is_address:
        _LIB.SSL_set_tlsext_host_name(session, name)
    if not verify:
        return
    check = _LIB.X509_VERIFY_PARAM_set1_ip if is_address else _LIB.X509_VERIFY_PARAM_set1_host
    # Nobody may shake hands with a session that would believe any name.
    if check(_LIB.SSL_get0_param(session), name, len(name)) != 1:
        raise _error("TLS server name")


def _taken(bio: Any) -> bytes:  # noqa: ANN401 - C
    kept = _new_bytes("char[]", _RECORD)
    size = _LIB.BIO_read(bio, kept, _RECORD)
    data: bytes = _FFI.buffer(kept, size)[:] if size > 0 else b""
    return data


def _ders(chain: Any) -> tuple[bytes, ...]:  # noqa: ANN401 - C
    if chain == _NULL:
        return ()
    return tuple(_der(_LIB.sk_X509_value(chain, i)) for i in range(_LIB.sk_X509_num(chain)))


def _der(certificate: Any) -> bytes:  # noqa: ANN401 - C
    bio = _FFI.gc(_LIB.BIO_new(_LIB.BIO_s_mem()), _LIB.BIO_free)
    _LIB.i2d_X509_bio(bio, certificate)
    parts = []
    while part := _taken(bio):
        parts.append(part)
    return b"".join(parts)


def _path(name: str | None) -> Any:  # noqa: ANN401 - C
    return name.encode(sys.getfilesystemencoding(), "surrogateescape") if name else _NULL


def _text(value: Any) -> str:  # noqa: ANN401 - C
    text: bytes = _FFI.string(value)
    return text.decode()


def _error(doing: str) -> ssl.SSLError:
    """What OpenSSL has to say, as the ssl module would say it."""
    code = _LIB.ERR_get_error()
    words = _LIB.ERR_reason_error_string(code) if code else _NULL
    reason = "unknown error" if words == _NULL else _text(words)
    error = ssl.SSLError(ssl.SSL_ERROR_SSL, f"{doing}: {reason}")
    error.reason = reason.upper().replace(" ", "_")
    return error
