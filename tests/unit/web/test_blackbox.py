"""A result in blackbox_exporter's words, byte for byte."""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from claude_exporter.core.model import (
    DnsFacts,
    HttpFacts,
    Phase,
    ProbeResult,
    Sign,
    Surface,
    Target,
    TlsFacts,
)
from claude_exporter.probers import PROBERS
from claude_exporter.web.blackbox import HELP, blackbox_text, go_number

GOLDEN = Path(__file__).parents[2] / "golden" / "blackbox"

RESOLVE = {Phase.RESOLVE: 0.000031}
CONNECT = {**RESOLVE, Phase.CONNECT: 0.00023}
PLAIN = {**CONNECT, Phase.PROCESSING: 0.0291, Phase.TRANSFER: 0.0}
SECURE = {**CONNECT, Phase.TLS: 0.0113, Phase.PROCESSING: 0.0291, Phase.TRANSFER: 0.0007}
FAILED = ProbeResult(target="api", started_at=1.8e9, duration=0.00043, sign=Sign.DNS, success=False)
FOUND = replace(FAILED, ip="127.0.0.1", sign=Sign.CONNECT)
FINE = replace(FOUND, duration=0.0417, sign=Sign.OK, success=True)
ANSWER = HttpFacts(status=200, version="1.1", content_length=307, body_length=307)
CERTIFICATE = TlsFacts(
    version="TLS 1.3",
    cipher="TLS_AES_128_GCM_SHA256",
    not_after_at=1797969721.0,
    chain_not_after_at=1797883321.0,
    fingerprint_sha256="8c4a94077eaab6aa056a0eabd9058140ded5386a3cad30d6b1a24e8e341cebd5",
    subject="CN=localhost,OU=Ops,O=Acme\\, Inc,C=US",
    issuer='CN=The "Root"\nof all',
    subject_alternative="localhost,b.test",
    serial_number="0a5d",
)
UNVERIFIED = replace(CERTIFICATE, chain_not_after_at=None, version="TLS 1.0")

RESULTS = {
    "http": ("http", replace(FINE, phases=PLAIN, http=ANSWER)),
    "http_unresolved": ("http", replace(FAILED, phases=RESOLVE)),
    "http_unresolved_at_all": ("http", FAILED),
    "http_refused": ("http", replace(FOUND, phases=RESOLVE)),
    "http_no_answer": ("http", replace(FOUND, phases=CONNECT, sign=Sign.TIMEOUT)),
    "http_redirected_to_http2": (
        "http",
        replace(
            FINE,
            phases=SECURE,
            ip="2001:db8::35",
            tls=CERTIFICATE,
            http=replace(
                ANSWER,
                version="HTTP/2",
                redirects=3,
                content_length=-1,
                encrypted=True,
                last_modified_at=1445412480.0,
            ),
        ),
    ),
    "http_pattern": (
        "http",
        replace(FINE, success=False, phases=PLAIN, http=replace(ANSWER, failed_pattern=True)),
    ),
    "http_unverified": ("http", replace(FOUND, phases=CONNECT, sign=Sign.TLS, tls=UNVERIFIED)),
    "api": ("api", replace(FINE, phases=SECURE, tls=CERTIFICATE, http=ANSWER)),
    "tcp": ("tcp", replace(FINE, phases=CONNECT)),
    "tcp_refused": ("tcp", replace(FOUND, phases=RESOLVE)),
    "tls": ("tls", replace(FINE, phases={**CONNECT, Phase.TLS: 0.0113}, tls=CERTIFICATE)),
    "tls_unverified": ("tls", replace(FOUND, phases=CONNECT, tls=UNVERIFIED)),
    "dns": (
        "dns",
        replace(
            FINE,
            phases={Phase.PROCESSING: 0.0053},
            dns=DnsFacts(rcode="NOERROR", answers=2, authorities=3, additionals=5),
        ),
    ),
    "dns_over_tcp": (
        "dns",
        replace(
            FINE,
            phases={**CONNECT, Phase.PROCESSING: 0.0053},
            dns=DnsFacts(rcode="NOERROR", answers=1, serial=2026112201),
        ),
    ),
    "dns_no_answer": ("dns", replace(FOUND, sign=Sign.TIMEOUT)),
}


def text_of(name: str) -> str:
    prober, result = RESULTS[name]
    target = Target(name="api", surface=Surface.API, prober=prober, address="irrelevant")
    return blackbox_text(target, result)


@pytest.mark.parametrize("name", RESULTS)
def test_text_is_the_golden_one(name):
    """Each result is written as its golden file has it."""
    golden = GOLDEN / f"{name}.prom"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text_of(name), encoding="utf-8")
    assert text_of(name) == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_a_result():
    """No golden file is left behind."""
    assert {path.stem for path in GOLDEN.glob("*.prom")} == set(RESULTS)


@pytest.mark.parametrize("name", RESULTS)
def test_prometheus_reads_the_text(name):
    """Prometheus' own parser reads every family as a gauge with one help, sorted by name."""
    families = list(text_string_to_metric_families(text_of(name)))
    assert [family.name for family in families] == sorted({family.name for family in families})
    assert {family.type for family in families} == {"gauge"}
    assert {family.name: family.documentation for family in families} == {
        family.name: HELP[family.name] for family in families
    }


def test_labels_survive_the_escaping():
    """A backslash, a quote and a line break in a certificate's name are read back as they were."""
    text = text_of("http_redirected_to_http2")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (sample,) = families["probe_ssl_last_chain_info"].samples
    assert sample.labels == {
        "fingerprint_sha256": CERTIFICATE.fingerprint_sha256,
        "issuer": CERTIFICATE.issuer,
        "serialnumber": "0a5d",
        "subject": CERTIFICATE.subject,
        "subjectalternative": "localhost,b.test",
    }


def test_every_family_is_used():
    """No family is declared that no result has."""
    texts = "".join(text_of(name) for name in RESULTS)
    assert set(re.findall(r"# HELP (\S+)", texts)) == set(HELP)


def test_every_prober_has_a_text():
    """Each prober of the registry can be written in blackbox_exporter's words."""
    assert set(PROBERS) <= {prober for prober, _ in RESULTS.values()}


@pytest.mark.promtool
@pytest.mark.parametrize("name", RESULTS)
def test_promtool_finds_nothing_to_mend(name):
    """Promtool reads the text and has nothing to say about it."""
    command = ["promtool", "check", "metrics"]
    done = subprocess.run(command, input=text_of(name), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


NUMBERS = {
    0.0: "0",
    1.0: "1",
    -1.0: "-1",
    300.0: "300",
    0.000031: "3.1e-05",
    0.0001: "0.0001",
    999999.0: "999999",
    1e6: "1e+06",
    1445412480.0: "1.44541248e+09",
    3668918509: "3.668918509e+09",
    -62135596800.0: "-6.21355968e+10",
    1234567.25: "1.23456725e+06",
    1e22: "1e+22",
}


@pytest.mark.parametrize(("value", "text"), NUMBERS.items(), ids=list(NUMBERS.values()))
def test_numbers_are_written_as_go_writes_them(value, text):
    """The texts are those of Go's strconv.FormatFloat(value, 'g', -1, 64)."""
    assert go_number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_equal(value):
    """No digit is lost."""
    assert float(go_number(value)) == value
