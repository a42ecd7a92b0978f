"""
Grafana's Foundation SDK, as far as the dashboards use it.

Its own wish, that classic dashboards be written in the schema's second version, is not ours yet:
Grafana 11 and 12 do not provision that one from files.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        bargauge,
        common,
        dashboard,
        prometheus,
        stat,
        statetimeline,
        table,
        timeseries,
    )
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import common as shapes
    from grafana_foundation_sdk.models import dashboard as models
    from grafana_foundation_sdk.models import prometheus as queries
    from grafana_foundation_sdk.models import units

__all__ = [
    "Builder",
    "JSONEncoder",
    "bargauge",
    "common",
    "dashboard",
    "models",
    "prometheus",
    "queries",
    "shapes",
    "stat",
    "statetimeline",
    "table",
    "timeseries",
    "units",
]
