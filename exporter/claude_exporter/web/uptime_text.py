"""Uptime by our own record, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import WATCHED, Surface
from claude_exporter.core.uptime import SUBJECT_LIMIT, WINDOWS, kind_of
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.uptime import UptimeRecorder

from .families import Desc, Group, Scrape
from .page_text import ID_LIMIT
from .samples import line

_EXPORTED: Final = ("24h", "7d", "30d")

_OF_TARGET: Final = ("target", "surface", "window")
_OF_COMPONENT: Final = ("page", "component_id", "window")

PROBE_UPTIME: Final = Desc(
    "claude_probe_uptime_ratio",
    "gauge",
    "The share of the known time in the window in which the target was up, by our own record.",
    _OF_TARGET,
    series=("targets", len(_EXPORTED)),
)
PROBE_UPTIME_KNOWN: Final = Desc(
    "claude_probe_uptime_known_ratio",
    "gauge",
    "The share of the window in which we knew whether the target was up.",
    _OF_TARGET,
    series=("targets", len(_EXPORTED)),
)
SURFACE_UPTIME: Final = Desc(
    "claude_surface_uptime_ratio",
    "gauge",
    "The share of the known time in the window in which nothing was to be done about the surface.",
    ("surface", "window"),
    series=(len(WATCHED), len(_EXPORTED)),
)
SURFACE_UPTIME_KNOWN: Final = Desc(
    "claude_surface_uptime_known_ratio",
    "gauge",
    "The share of the window in which we could tell whether something was to be done.",
    ("surface", "window"),
    series=(len(WATCHED), len(_EXPORTED)),
)
COMPONENT_UPTIME: Final = Desc(
    "claude_status_component_uptime_ratio",
    "gauge",
    "The share of the known time in the window in which the page called the component no worse "
    "than degraded, by our own record; maintenance counts as neither.",
    _OF_COMPONENT,
    series=("components", len(_EXPORTED)),
)
COMPONENT_UPTIME_KNOWN: Final = Desc(
    "claude_status_component_uptime_known_ratio",
    "gauge",
    "The share of the window in which we knew what the page says of the component.",
    _OF_COMPONENT,
    series=("components", len(_EXPORTED)),
)

UPTIME_FAMILIES: Final = (
    PROBE_UPTIME,
    PROBE_UPTIME_KNOWN,
    SURFACE_UPTIME,
    SURFACE_UPTIME_KNOWN,
    COMPONENT_UPTIME,
    COMPONENT_UPTIME_KNOWN,
)
_PAIRS: Final = MappingProxyType(
    {
        "target": (PROBE_UPTIME, PROBE_UPTIME_KNOWN),
        "surface": (SURFACE_UPTIME, SURFACE_UPTIME_KNOWN),
        "component": (COMPONENT_UPTIME, COMPONENT_UPTIME_KNOWN),
    }
)

Subject = tuple[str, tuple[str, ...]]
"""A subject of the record, with the values of its labels."""


def uptime_text(scrape: Scrape) -> str:
    """All families of this module, from figures up to a minute old."""
    recorder, subjects = scrape.exporter.uptime, tuple(watched_subjects(scrape.exporter))
    return recorder.text(subjects, lambda: _rendered(recorder, subjects))


def _rendered(recorder: UptimeRecorder, subjects: Iterable[Subject]) -> str:
    bodies = dict.fromkeys(UPTIME_FAMILIES, "")
    for subject, labels in subjects:
        uptime, known = _PAIRS[kind_of(subject)]
        for window in _EXPORTED:
            figure, values = recorder.figure(subject, WINDOWS[window]), (*labels, window)
            bodies[known] += line(known, values, figure.known)
            if figure.share is not None:
                bodies[uptime] += line(uptime, values, figure.share)
    return "".join(desc.header + body for desc, body in bodies.items())


def watched_subjects(exporter: Exporter) -> Iterator[Subject]:
    """Every subject that there is room for a record of."""
    for surface in WATCHED:
        yield f"surface/{surface}", (surface,)
    for name, each in islice(exporter.evaluator.tracked.items(), SUBJECT_LIMIT):
        yield f"target/{name}", (name, each.target.surface)
    for page, component in _components(exporter):
        yield f"component/{page}/{component}", (page, component)


def _components(exporter: Exporter) -> Iterator[tuple[str, str]]:
    """Those that the configuration names, and those that the page has, or had when last read."""
    for page in exporter.plan.pages:
        report = exporter.evaluator.pages.get(page.name)
        content = report.content if report else None
        seen = (
            [each.id for each in content.components if len(each.id) <= ID_LIMIT] if content else []
        )
        yield from ((page.name, each) for each in dict.fromkeys((*page.components, *seen)))


UPTIME: Final = Group(
    heading="Uptime, by our own record",
    families=UPTIME_FAMILIES,
    text=uptime_text,
    labels=MappingProxyType(
        {
            "target": "the target's name in the configuration",
            "surface": ", ".join(Surface),
            "page": "the status page's name in the configuration",
            "component_id": "the component's id on its page",
            "window": ", ".join(_EXPORTED),
        }
    ),
)
