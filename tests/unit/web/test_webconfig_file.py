"""What a web-config file may say; each mistake with its place."""

import re
from pathlib import Path

import pytest

from claude_exporter.config import ConfigErrors
from claude_exporter.web.webconfig import load_web_config
from claude_exporter.web.webconfig_file import (
    HttpServer,
    RateLimit,
    TlsServer,
    WebConfigFile,
    read_web_config,
)

HASH = "$2y$04$" + "." * 53

GOOD = {
    "an empty file asks for nothing": ("", WebConfigFile()),
    "so does a comment": ("# nothing yet\n---\n", WebConfigFile()),
    "users": (
        f"basic_auth_users: {{alice: '{HASH}', bob: {HASH}}}",
        WebConfigFile(basic_auth_users={"alice": HASH, "bob": HASH}),
    ),
    "headers": (
        "http_server_config: {http2: false, headers: {X-Frame-Options: deny}}",
        WebConfigFile(
            http_server_config=HttpServer(http2=False, headers={"X-Frame-Options": "deny"})
        ),
    ),
    "a rate limit": (
        "rate_limit: {interval: 1m30s, burst: 7}",
        WebConfigFile(rate_limit=RateLimit.model_construct(interval=90.0, burst=7)),
    ),
    "everything of TLS": (
        """
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_ca_file: ca.crt
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example]
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256]
""",
        WebConfigFile(
            tls_server_config=TlsServer(
                cert_file="server.crt",
                key_file="server.key",
                client_ca_file="ca.crt",
                client_auth_type="RequireAndVerifyClientCert",
                client_allowed_sans=["prometheus.example"],
                min_version="TLS13",
                max_version="TLS13",
                cipher_suites=["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
                prefer_server_cipher_suites=False,
                curve_preferences=["CurveP256"],
            )
        ),
    ),
}


@pytest.mark.parametrize(("text", "file"), GOOD.values(), ids=GOOD)
def test_good(tmp_path, text, file):
    """The file says what its owner wrote."""
    path = tmp_path / "web.yml"
    path.write_text(text)

    assert read_web_config(path) == file


TLS = "tls_server_config: {cert_file: a, key_file: b, "
BAD = {
    "an unknown key": (
        "tls_config: {}",
        (
            "1:1: $.tls_config: expected a known key, not 'tls_config'; "
            "did you mean tls_server_config?"
        ),
    ),
    "a key given twice": (
        "rate_limit: {}\nrate_limit: {}",
        "2:1: $.rate_limit: expected each key once, as in line 1, not the same key again",
    ),
    "a list": ("- 7", "1:1: $: expected a mapping, not a list"),
    "text that is no YAML": (
        "a: [",
        (
            "1:5: $: expected valid YAML, not this: expected the node content, "
            "but found '<stream end>' (while parsing a flow node)"
        ),
    ),
    "a certificate without its key": (
        "tls_server_config:\n  cert_file: a",
        "2:3: $.tls_server_config.key_file: expected a value, not nothing",
    ),
    "a password instead of a hash": (
        "basic_auth_users: {alice: hunter2}",
        (
            "1:27: $.basic_auth_users.alice: "
            "expected a bcrypt hash like $2y$10$..., not something else"
        ),
    ),
    "a hash with a salt that cannot be": (
        f"basic_auth_users: {{alice: $2y$10${'.' * 21}z{'.' * 31}}}",
        (
            "1:27: $.basic_auth_users.alice: "
            "expected a bcrypt hash like $2y$10$..., not something else"
        ),
    ),
    "a header that is none of the five": (
        "http_server_config: {headers: {X-Powered-By: x}}",
        (
            "1:32: $.http_server_config.headers.X-Powered-By: expected one of "
            "Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, "
            "X-Frame-Options, X-XSS-Protection, not what is there"
        ),
    ),
    "a header with another value": (
        "http_server_config: {headers: {X-Frame-Options: allow}}",
        "1:31: $.http_server_config.headers: expected X-Frame-Options to be deny or sameorigin",
    ),
    "a header that would be two": (
        'http_server_config: {headers: {X-XSS-Protection: "0\\r\\nA: b"}}',
        "1:31: $.http_server_config.headers: expected X-XSS-Protection to be one printable line",
    ),
    "an old TLS": (
        TLS + "min_version: TLS11}",
        "1:61: $.tls_server_config.min_version: expected one of TLS12, TLS13, not 'TLS11'",
    ),
    "versions the wrong way round": (
        TLS + "min_version: TLS13, max_version: TLS12}",
        "1:61: $.tls_server_config.min_version: expected at most max_version, not more",
    ),
    "a weak cipher": (
        TLS + "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}",
        "1:64: $.tls_server_config.cipher_suites[0]: expected one of TLS_ECDHE_",
    ),
    "more curves than Python takes": (
        TLS + "curve_preferences: [X25519, CurveP256]}",
        "1:67: $.tls_server_config.curve_preferences: expected at most 1 of them",
    ),
    "a policy without an authority": (
        TLS + "client_auth_type: RequireAndVerifyClientCert}",
        (
            "1:66: $.tls_server_config.client_auth_type: "
            "expected client_ca_file for RequireAndVerifyClientCert, not none"
        ),
    ),
    "an authority without a policy": (
        TLS + "client_ca_file: c}",
        "1:64: $.tls_server_config.client_ca_file: expected a client_auth_type for it, not none",
    ),
    "names without a policy": (
        TLS + "client_allowed_sans: [x]}",
        (
            "1:69: $.tls_server_config.client_allowed_sans: "
            "expected a client_auth_type that verifies, not none"
        ),
    ),
    "a policy that Python cannot do": (
        TLS + "client_auth_type: RequireAnyClientCert}",
        (
            "1:66: $.tls_server_config.client_auth_type: expected one of NoClientCert, "
            "VerifyClientCertIfGiven, RequireAndVerifyClientCert, not what is there"
        ),
    ),
    "an interval without its unit": (
        "rate_limit: {interval: 1}",
        "1:24: $.rate_limit.interval: expected a duration like 30s or 1m30s, not 1",
    ),
    "a burst below nothing": (
        "rate_limit: {burst: -1}",
        "1:21: $.rate_limit.burst: expected at least 0, not -1",
    ),
}


@pytest.mark.parametrize(("text", "error"), BAD.values(), ids=BAD)
def test_bad(tmp_path, text, error):
    """The error says where, what was wanted, what was found, and no password."""
    path = tmp_path / "web.yml"
    path.write_text(text)

    with pytest.raises(ConfigErrors) as caught:
        load_web_config(path)

    assert str(caught.value).startswith(f"{path}:{error}")
    assert "hunter2" not in str(caught.value)


def test_no_file(tmp_path):
    """A file that is not there is a mistake, no file at all is not."""
    path = tmp_path / "web.yml"
    with pytest.raises(ConfigErrors) as caught:
        load_web_config(path)

    assert str(caught.value) == (
        f"{path}:1:1: $: expected a readable file, not this: No such file or directory"
    )
    assert load_web_config(None).ssl_context() is None


def test_not_text(tmp_path):
    """Bytes that are no UTF-8 are said."""
    path = tmp_path / "web.yml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigErrors, match="expected UTF-8 text, not this: invalid start byte"):
        load_web_config(path)


def test_the_documented_example(tmp_path):
    """What docs/web-config.md shows can be copied."""
    page = Path(__file__).parents[3] / "docs" / "web-config.md"
    (example,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "web.yml"
    path.write_text(example)

    file = read_web_config(path)

    assert file.tls_server_config
    assert list(file.basic_auth_users) == ["prometheus"]
