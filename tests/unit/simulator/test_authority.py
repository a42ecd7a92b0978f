"""The certificates of the simulator, good and bad, in a handshake in memory."""

from __future__ import annotations

import ssl

import pytest

from claude_exporter.simulator.authority import Authority, Flaw


def _shake(server, ca_file, name):
    """A TLS handshake without a socket, as seen by a client that trusts `ca_file`."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=ca_file).wrap_bio(
        to_client, to_server, server_hostname=name
    )
    served = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, served, client, served):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client


@pytest.mark.parametrize("name", ["api.anthropic.com", "127.0.0.1"])
def test_a_certificate_without_flaw_is_trusted(tmp_path, name):
    """For names and for addresses, by whoever trusts the authority."""
    authority = Authority(tmp_path)
    client = _shake(authority.context(name), authority.ca_file, name)
    assert client.version() == "TLSv1.3"


FLAWS = {
    Flaw.EXPIRED: "certificate has expired",
    Flaw.SELF_SIGNED: "self-signed certificate",
    Flaw.WRONG_HOST: "Hostname mismatch",
}


@pytest.mark.parametrize(("flaw", "wanted"), FLAWS.items(), ids=FLAWS)
def test_a_flaw_is_the_only_thing_wrong(tmp_path, flaw, wanted):
    """OpenSSL stops at exactly the flaw that was asked for."""
    authority = Authority(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        _shake(authority.context("claude.ai", flaw), authority.ca_file, "claude.ai")
    assert wanted.lower() in caught.value.verify_message.lower().replace(
        "self signed", "self-signed"
    )


def test_who_does_not_trust_the_authority_trusts_nothing_of_it(tmp_path):
    """Each authority is its own: a second one's word counts for nothing."""
    ours, other = tmp_path / "ours", tmp_path / "other"
    ours.mkdir()
    other.mkdir()
    server = Authority(ours).context("claude.ai")
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake(server, Authority(other).ca_file, "claude.ai")


def test_a_context_is_made_once(tmp_path):
    """Keys and certificates are not made again for every connection."""
    authority = Authority(tmp_path)
    assert authority.context("claude.ai") is authority.context("claude.ai")


def test_keys_are_readable_by_their_owner_alone(tmp_path):
    """Even a throw-away key is a key."""
    Authority(tmp_path).context("claude.ai")
    assert (tmp_path / "claude.ai.none.pem").stat().st_mode & 0o077 == 0
