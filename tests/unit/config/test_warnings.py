"""A secret that is missing or sent in the open is allowed, and said."""

import pytest

from claude_exporter.config.warnings import warnings_of

TARGET = """
targets:
- {{name: mine, surface: api, prober: http, address: '{0}', enabled: {1},
    options: {{headers_from: {{x-api-key: {{env: KEY}}}}}}}}
"""
MISSING = "expected a secret in the environment variable KEY, it is not set"
OPEN = "expected https:// where a secret is sent, not"
CASES = {
    "a secret over TLS is fine": ("https://h.example/", "true", {"KEY": "k"}, []),
    "a missing secret": ("https://h.example/", "true", {}, [f"target mine: {MISSING}"]),
    "a secret in the open": (
        "http://h.example/",
        "true",
        {"KEY": "k"},
        [f"target mine: {OPEN} 'http://h.example/'"],
    ),
    "a gateway on this machine": ("http://127.0.0.1:4000/", "true", {"KEY": "k"}, []),
    "the same by IPv6": ("http://[::1]:4000/", "true", {"KEY": "k"}, []),
    "the same by name": ("http://localhost:4000/", "true", {"KEY": "k"}, []),
    "another machine by address": (
        "http://192.0.2.7/",
        "true",
        {"KEY": "k"},
        [f"target mine: {OPEN} 'http://192.0.2.7/'"],
    ),
    "a disabled target warns of nothing": ("http://h.example/", "false", {}, []),
}


@pytest.mark.parametrize(("address", "enabled", "environ", "wanted"), CASES.values(), ids=CASES)
def test_warnings(load, address, enabled, environ, wanted):
    """Each warning names the target and what would be better."""
    config = load(TARGET.format(address, enabled), environ)

    assert list(warnings_of(config)) == wanted
