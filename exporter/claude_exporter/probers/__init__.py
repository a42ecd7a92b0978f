"""
The probers, one module each.

To add one: write its module and add its line to PROBERS. Nothing else names probers:
configuration, documentation and tests read this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from claude_exporter.probers.api import api_address_problem, probe_api
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.dns import DnsOptions, dns_address_problem, probe_dns
from claude_exporter.probers.http import http_address_problem, probe_http
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.probers.spec import ProberSpec
from claude_exporter.probers.tcp import TcpOptions, probe_tcp, tcp_address_problem
from claude_exporter.probers.tls import TlsOptions, probe_tls, tls_address_problem

PROBERS: Final[Mapping[str, ProberSpec]] = MappingProxyType(
    {
        "http": ProberSpec(
            options=HttpOptions, probe=probe_http, address_problem=http_address_problem
        ),
        "tcp": ProberSpec(options=TcpOptions, probe=probe_tcp, address_problem=tcp_address_problem),
        "tls": ProberSpec(options=TlsOptions, probe=probe_tls, address_problem=tls_address_problem),
        "dns": ProberSpec(options=DnsOptions, probe=probe_dns, address_problem=dns_address_problem),
        "api": ProberSpec(options=ApiOptions, probe=probe_api, address_problem=api_address_problem),
    }
)
