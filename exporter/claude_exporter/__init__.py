"""A Prometheus exporter that says whether Claude is broken, whether it is you, and what to do."""

from __future__ import annotations

__version__ = "0.1.0"
