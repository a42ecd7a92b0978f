"""A Claude that breaks on purpose: its hosts, status page and control hosts, on loopback."""
