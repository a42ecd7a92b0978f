"""
One probe's result in blackbox_exporter's own words, so that its dashboards and alerts fit.

Two things differ on purpose: what did not happen has no sample, where blackbox_exporter says 0, and
a certificate that does not verify is still shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import HttpFacts, Phase, ProbeResult, Target, TlsFacts

Values = dict[str, str]

HELP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "probe_dns_additional_rrs": "Returns number of entries in the additional resource record "
        "list",
        "probe_dns_answer_rrs": "Returns number of entries in the answer resource record list",
        "probe_dns_authority_rrs": "Returns number of entries in the authority resource record "
        "list",
        "probe_dns_duration_seconds": "Duration of DNS request by phase",
        "probe_dns_lookup_time_seconds": "Returns the time taken for probe dns lookup in seconds",
        "probe_dns_query_succeeded": "Displays whether or not the query was executed successfully",
        "probe_dns_serial": "Returns the serial number of the zone",
        "probe_duration_seconds": "Returns how long the probe took to complete in seconds",
        "probe_failed_due_to_bytes": "Indicates if probe failed due to bytes",
        "probe_failed_due_to_regex": "Indicates if probe failed due to regex",
        "probe_http_content_length": "Length of http content response",
        "probe_http_duration_seconds": "Duration of http request by phase, summed over all "
        "redirects",
        "probe_http_last_modified_timestamp_seconds": "Returns the Last-Modified HTTP response "
        "header in unixtime",
        "probe_http_redirects": "The number of redirects",
        "probe_http_ssl": "Indicates if SSL was used for the final redirect",
        "probe_http_status_code": "Response HTTP status code",
        "probe_http_uncompressed_body_length": "Length of uncompressed response body",
        "probe_http_version": "Returns the version of HTTP of the probe response",
        "probe_ip_addr_hash": "Specifies the hash of IP address. It's useful to detect if the IP "
        "address changes.",
        "probe_ip_protocol": "Specifies whether probe ip protocol is IP4 or IP6",
        "probe_ssl_earliest_cert_expiry": "Returns last SSL chain expiry in unixtime",
        "probe_ssl_last_chain_expiry_timestamp_seconds": "Returns last SSL chain expiry in "
        "timestamp",
        "probe_ssl_last_chain_info": "Contains SSL leaf certificate information",
        "probe_success": "Displays whether or not the probe was a success",
        "probe_tls_cipher_info": "Returns the TLS cipher negotiated during handshake",
        "probe_tls_version_info": "Returns the TLS version used or NaN when unknown",
    }
)
"""The help of every family, as blackbox_exporter words it."""

_HTTP_SAMPLE: Final[Mapping[Phase, str]] = MappingProxyType(
    {phase: f'probe_http_duration_seconds{{phase="{phase}"}}' for phase in Phase}
)
_DNS_SAMPLE: Final[Mapping[Phase, str]] = MappingProxyType(
    {
        Phase.RESOLVE: 'probe_dns_duration_seconds{phase="resolve"}',
        Phase.CONNECT: 'probe_dns_duration_seconds{phase="connect"}',
        Phase.PROCESSING: 'probe_dns_duration_seconds{phase="request"}',
    }
)
"""The sample of a phase; a DNS exchange has no other phases."""


def blackbox_text(target: Target, result: ProbeResult) -> str:
    """The exposition of `result`: families and samples sorted by name, as Go sorts them."""
    values = _common(result)
    _ADD[target.prober](values, result)
    template, in_order = _template(tuple(values))
    return template % in_order(values)


@lru_cache(maxsize=256)
def _template(samples: tuple[str, ...]) -> tuple[str, Callable[[Values], tuple[str, ...]]]:
    """
    A text with a place for the value of each of `samples`, and what puts the values in its order.

    The value of a sample that ends in "{}" is its labels.
    """
    lines: list[str] = []
    family = ""
    in_order = sorted(samples, key=lambda sample: sample.partition("{"))
    for sample in in_order:
        name, _, labels = sample.partition("{")
        if name != family:
            lines.append(f"# HELP {name} {HELP[name]}\n# TYPE {name} gauge\n")
            family = name
        lines.append(f"{name}%s 1\n" if labels == "}" else f"{sample} %s\n")
    return "".join(lines), itemgetter(*in_order)


def _common(result: ProbeResult) -> Values:
    version, digest = _address_values(result.ip)
    values = {
        "probe_duration_seconds": go_number(result.duration),
        "probe_ip_addr_hash": digest,
        "probe_ip_protocol": version,
        "probe_success": "1" if result.success else "0",
    }
    if (resolve := result.phases.get(Phase.RESOLVE)) is not None:
        values["probe_dns_lookup_time_seconds"] = go_number(resolve)
    return values


_NO_ANSWER: Final = HttpFacts(status=0, version="0", content_length=0)


def _add_http(values: Values, result: ProbeResult) -> None:
    for phase, duration in result.phases.items():
        values[_HTTP_SAMPLE[phase]] = go_number(duration)
    http = result.http or _NO_ANSWER
    values |= {
        "probe_failed_due_to_regex": "1" if http.failed_pattern else "0",
        "probe_http_content_length": go_number(http.content_length),
        "probe_http_redirects": str(http.redirects),
        "probe_http_ssl": "1" if http.encrypted else "0",
        "probe_http_status_code": str(http.status),
        "probe_http_uncompressed_body_length": go_number(http.body_length),
        "probe_http_version": _http_version(http.version),
    }
    if http.last_modified_at is not None:
        values["probe_http_last_modified_timestamp_seconds"] = go_number(http.last_modified_at)
    if result.tls:
        values |= _tls_values(result.tls)
        values["probe_tls_cipher_info{}"] = _labels(cipher=result.tls.cipher)


def _add_tcp(values: Values, result: ProbeResult) -> None:
    if Phase.CONNECT in result.phases:
        values["probe_failed_due_to_bytes"] = "0"
        values["probe_failed_due_to_regex"] = "0"
    if result.tls:
        values |= _tls_values(result.tls)


def _add_dns(values: Values, result: ProbeResult) -> None:
    for phase, duration in result.phases.items():
        values[_DNS_SAMPLE[phase]] = go_number(duration)
    dns = result.dns
    values |= {
        "probe_dns_additional_rrs": str(dns.additionals) if dns else "0",
        "probe_dns_answer_rrs": str(dns.answers) if dns else "0",
        "probe_dns_authority_rrs": str(dns.authorities) if dns else "0",
        "probe_dns_query_succeeded": "1" if dns else "0",
    }
    if dns and dns.serial is not None:
        values["probe_dns_serial"] = go_number(dns.serial)


_ADD: Final[Mapping[str, Callable[[Values, ProbeResult], None]]] = MappingProxyType(
    {"http": _add_http, "api": _add_http, "tcp": _add_tcp, "tls": _add_tcp, "dns": _add_dns}
)


@lru_cache(maxsize=1024)
def _tls_values(tls: TlsFacts) -> Mapping[str, str]:
    values = {
        "probe_ssl_earliest_cert_expiry": go_number(tls.not_after_at),
        "probe_ssl_last_chain_info{}": _labels(
            fingerprint_sha256=tls.fingerprint_sha256,
            issuer=tls.issuer,
            serialnumber=tls.serial_number,
            subject=tls.subject,
            subjectalternative=tls.subject_alternative,
        ),
        "probe_tls_version_info{}": _labels(version=tls.version),
    }
    if tls.chain_not_after_at is not None:
        expiry = go_number(tls.chain_not_after_at)
        values["probe_ssl_last_chain_expiry_timestamp_seconds"] = expiry
    return MappingProxyType(values)


@lru_cache(maxsize=4096)
def _address_values(ip: str | None) -> tuple[str, str]:
    """The IP version and the FNV-1a hash (32 bits) of the address, both "0" where there is none."""
    if ip is None:
        return "0", "0"
    address = ip_address(ip)
    digest = 0x811C9DC5
    for byte in address.packed:
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return str(address.version), go_number(digest)


@lru_cache(maxsize=16)
def _http_version(version: str) -> str:
    """The number in "HTTP/1.1" or "1.1"."""
    return go_number(float(version.rpartition("/")[2]))


def _labels(**labels: str) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def go_number(value: float) -> str:
    """The shortest text of a finite number that reads back equal, written as Go writes it."""
    text = repr(float(value)).removesuffix(".0")
    if -1e6 < value < 1e6 or "e" in text:
        return text
    whole, _, fraction = text.lstrip("-").partition(".")
    digits = f"{whole[0]}.{whole[1:]}{fraction}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{digits}e+{len(whole) - 1:02d}"
