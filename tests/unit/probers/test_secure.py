"""TLS in memory: both OpenSSLs believe, refuse and say the same."""

import contextlib
import gc
import ssl
import sys
import warnings
from datetime import timedelta
from pathlib import Path

import pytest
from support.certificates import Authority

from claude_exporter.probers.openssl import OpenSslContext
from claude_exporter.probers.secure import SslContext
from claude_exporter.probers.trust import Trust, fastest_context, make_context

NAME = "claude.test"
BACKENDS = {
    "the ssl module": lambda trust: SslContext(make_context(trust)),
    "cryptography's OpenSSL": lambda trust: OpenSslContext(make_context(trust), trust.ca_file),
}


class Served:
    """The server's side of one session."""

    def __init__(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def answer(self, arrived: bytes) -> bytes:
        self.incoming.write(arrived)
        with contextlib.suppress(ssl.SSLError):
            self.session.do_handshake()
        return self.outgoing.read()


def shake(context, server, name):
    """A whole handshake; raises what the client raises."""
    channel, served = context.open(name), Served(server)
    done = channel.handshake()
    while not done:
        done = channel.handshake(served.answer(channel.unsent()))
    tickets = served.answer(channel.unsent())
    assert list(channel.decrypt(tickets)) == []
    return channel, served


def outcome(context, server, name) -> str:
    try:
        shake(context, server, name)
    except ssl.SSLCertVerificationError as exc:
        return f"{exc.verify_code} {exc.verify_message}"
    except ssl.SSLError as exc:
        return type(exc).__name__
    return "believed"


@pytest.fixture
def home(tmp_path):
    return Authority(tmp_path)


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def make(request):
    return request.param


def trusting(home, **settings) -> Trust:
    return Trust(ca_file=str(home.ca_file), **settings)


BELIEVED = {
    "its own name": (NAME, NAME),
    "its name in capitals": (NAME, "Claude.TEST"),
    "a name of other letters": ("xn--bcher-kva.test", "bücher.test"),
    "a wildcard": ("*.claude.test", "api.claude.test"),
    "an IPv4 address": ("127.0.0.7", "127.0.0.7"),
    "an IPv6 address": ("::7", "::7"),
}
MISMATCH = "62 Hostname mismatch, certificate is not valid for '{}'."
IP_MISMATCH = "64 IP address mismatch, certificate is not valid for '{}'."
REFUSED = {
    "another name": ("other.test", NAME, MISMATCH),
    "a name below it": (NAME, "api.claude.test", MISMATCH),
    "a name above it": ("api.claude.test", NAME, MISMATCH),
    "a name its own one begins with": ("claude.test.evil.test", NAME, MISMATCH),
    "two labels for one star": ("*.claude.test", "a.b.claude.test", MISMATCH),
    "a star for a part of a label": ("a*.claude.test", "api.claude.test", MISMATCH),
    "another address": ("127.0.0.7", "127.0.0.11", IP_MISMATCH),
    "an address where a name is certified": (NAME, "127.0.0.7", IP_MISMATCH),
    "a name where an address is certified": ("127.0.0.7", NAME, MISMATCH),
}


@pytest.mark.parametrize(("certified", "asked"), BELIEVED.values(), ids=BELIEVED)
def test_believed(home, make, certified, asked):
    """OpenSSL believes a certificate of a known authority for the name that was asked for."""
    server = home.issue(certified).server_context()

    assert outcome(make(trusting(home)), server, asked) == "believed"


@pytest.mark.parametrize(("certified", "asked", "problem"), REFUSED.values(), ids=REFUSED)
def test_wrong_name(home, make, certified, asked, problem):
    """OpenSSL refuses a good certificate for any other name, in the ssl module's words."""
    server = home.issue(certified).server_context()

    assert outcome(make(trusting(home)), server, asked) == problem.format(asked)


CHAINS = {
    "an expired one": (
        lambda home, _: home.issue(NAME, ends_in=timedelta(days=-3)),
        "10 certificate has expired",
    ),
    "one that is not valid yet": (
        lambda home, _: home.issue(NAME, ends_in=timedelta(days=97)),
        "9 certificate is not yet valid",
    ),
    "one that signs itself": (
        lambda home, _: home.self_signed(NAME),
        "18 self-signed certificate",
    ),
    "one of an authority nobody knows": (
        lambda _, stranger: stranger.issue(NAME),
        "20 unable to get local issuer certificate",
    ),
    "one of an impostor with the name of a known authority": (
        lambda home, _: Authority(home.ca_file.parent / "impostor").issue(NAME),
        "20 unable to get local issuer certificate",
    ),
}


@pytest.mark.parametrize(("issue", "problem"), CHAINS.values(), ids=CHAINS)
def test_refused(home, make, tmp_path, issue, problem):
    """OpenSSL refuses a chain that does not hold; what was presented can be read all the same."""
    (tmp_path / "impostor").mkdir()
    issued = issue(home, Authority(tmp_path, "Strange Authority"))
    channel, served = make(trusting(home)).open(NAME), Served(issued.server_context())
    channel.handshake()
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        channel.handshake(served.answer(channel.unsent()))
    known = channel.peer(verified=False)

    assert f"{caught.value.verify_code} {caught.value.verify_message}".startswith(problem)
    assert (known.presented, known.trusted) == ((der_of(issued),), ())


def der_of(issued) -> bytes:
    return ssl.PEM_cert_to_DER_cert(issued.path.read_text().partition("-----BEGIN PRIVATE")[0])


def test_unverified(home, make):
    """Where verification is off any certificate passes."""
    server = home.issue("other.test", ends_in=timedelta(days=-3)).server_context()

    assert outcome(make(trusting(home, verify=False)), server, NAME) == "believed"


def test_authority_of_another_setting(home, make):
    """An authority is trusted only where it is configured."""
    server = home.issue(NAME).server_context()

    assert outcome(make(Trust()), server, NAME).startswith("20 ")


def test_authority_of_the_system(home, make, monkeypatch):
    """The authorities of the system are trusted wherever OpenSSL is told that they are."""
    monkeypatch.setenv("SSL_CERT_FILE", str(home.ca_file))
    server = home.issue(NAME).server_context()

    assert outcome(make(Trust()), server, NAME) == "believed"


def test_old_versions(home, make):
    """Nothing below TLS 1.2 is spoken."""
    server = home.issue(NAME).server_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.minimum_version = ssl.TLSVersion.TLSv1
        server.maximum_version = ssl.TLSVersion.TLSv1_1
    server.set_ciphers("ALL:@SECLEVEL=0")

    assert outcome(make(trusting(home)), server, NAME) == "SSLError"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_offers(home, version):
    """Both offer the same ciphers in the same order, and both ask for the name."""
    server = home.issue(NAME).server_context()
    server.minimum_version = server.maximum_version = version
    asked = []
    server.sni_callback = lambda _session, name, _context: asked.append(name)
    offers = []
    for backend in BACKENDS.values():
        _, served = shake(backend(trusting(home)), server, NAME)
        offers.append(served.session.shared_ciphers())

    assert offers[0] == offers[1]
    assert asked == [NAME, NAME]


def test_every_session_is_new(home, make):
    """A second handshake with the same server is as whole as the first."""
    context, server = make(trusting(home)), home.issue(NAME).server_context()
    seen = [shake(context, server, NAME)[1].session.session_reused for _ in range(3)]

    assert seen == [False, False, False]


def test_exchange(home, make):
    """What is encrypted arrives whole both ways, and the end is seen."""
    channel, served = shake(make(trusting(home)), home.issue(NAME).server_context(), NAME)
    request, answer = b"q" * 70_001, b"a" * 100_003
    channel.encrypt(request)
    served.incoming.write(channel.unsent())
    heard = b""
    while len(heard) < len(request):
        heard += served.session.read(2**20)
    served.session.write(answer)
    with pytest.raises(ssl.SSLWantReadError):
        served.session.unwrap()
    sent = served.outgoing.read()
    got = b"".join(b"".join(channel.decrypt(part)) for part in (sent[:50_021], sent[50_021:]))

    assert (heard, got, channel.closed) == (request, answer, True)


@pytest.mark.parametrize("garbage", [b"220 hello\r\n", b"\x16\x03\x03\x00\x05hello"])
def test_garbage(home, make, garbage):
    """What is no TLS is an SSLError."""
    channel = make(trusting(home)).open(NAME)
    channel.handshake()
    with pytest.raises(ssl.SSLError):
        channel.handshake(garbage)


def test_garbage_after_the_handshake(home, make):
    """What is no TLS is an SSLError later, too."""
    channel, _ = shake(make(trusting(home)), home.issue(NAME).server_context(), NAME)
    with pytest.raises(ssl.SSLError):
        list(channel.decrypt(b"\x17\x03\x03\x00\x05hello"))


@pytest.mark.parametrize("name", ["", ".claude.test", "x" * 64, ".".join(["x" * 60] * 5)])
def test_no_name(home, name):
    """A name that no certificate can have is refused before anything is sent."""
    context = BACKENDS["cryptography's OpenSSL"](trusting(home))
    with pytest.raises(ssl.SSLError, match="server name"):
        context.open(name)


def test_the_faster_one_is_used(home):
    """The pinned cryptography binds all that is needed."""
    assert isinstance(fastest_context(trusting(home)), OpenSslContext)


def test_keys_are_logged_by_the_ssl_module(home, tmp_path, monkeypatch):
    """Who wants the keys of every session, for a look at the packets, gets the ssl module."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    assert isinstance(fastest_context(trusting(home)), SslContext)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory(home):
    """Neither finished nor refused handshakes leave memory behind: a leaked one is 30 kB."""
    context = BACKENDS["cryptography's OpenSSL"](trusting(home))
    good, bad = (home.issue(name).server_context() for name in (NAME, "other.test"))

    def many() -> int:
        for _ in range(200):
            assert outcome(context, good, NAME) == "believed"
            assert outcome(context, bad, NAME) != "believed"
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    many()
    before = many()

    assert many() - before < 3_000_000
