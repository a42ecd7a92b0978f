"""
Which surfaces an incident covers: its own record first, its title last.

Pages link incidents to components carelessly, so what an update shows beats what the incident
lists, and a title only decides where nothing better does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import WATCHED, Surface

NAMES: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        # `api server tools` is the API, `web search` is a tool and not the web application.
        Surface.WEB: r"claude[. ]ai\b|\bweb\b(?!\s+(?:search|fetch))|\bapps?\b"
        r"|\b(?:desktop|mobile|ios|android)\b",
        Surface.API: r"\bapi\b",
        Surface.CODE: r"\bclaude[ -]code\b|claude\.ai/code\b",
        Surface.CONSOLE: r"\bconsole\b|\bplatform\b",
    }
)
"""How a title names each surface outright."""

ELSEWHERE: Final = (
    r"\bcowork\b|\bgovernment\b|\bvertex\b|\bbedrock\b|\bfoundry\b"
    r"|\bdocs\.anthropic\.com\b|\bdocumentation\b"
)
"""Products and places that are no surface of ours."""

LOGIN: Final = (
    r"\blog[ -]?ins?\b|\blogging[ -]in|\bsign[ -]?ins?\b|\bsigning[ -]in\b"
    r"|\bauth(?:entication|orization)?\b|\boauth\b|\bsso\b"
)
FAMILY: Final = r"opus|sonnet|haiku|instant"
MODELS: Final = rf"\bmodels?\b|\b(?:{FAMILY})\b|\bclaude[ -]v?\d"

LOGIN_SURFACES: Final = frozenset({Surface.WEB, Surface.CODE, Surface.CONSOLE})
MODEL_SURFACES: Final = frozenset({Surface.API, Surface.WEB, Surface.CODE})

ANY_NAME: Final = "|".join(NAMES.values())
HINT: Final = f"{LOGIN}|{MODELS}"
AND: Final = r"(?:\s+\d[\d.]*)?\s*(?:,|&|\band\b)\s*(?:the\s+)?(?:claude\s+)?"
ENUMERATED: Final = re.compile(f"(?:{ANY_NAME}){AND}(?:{HINT})|(?:{HINT}){AND}(?:{ANY_NAME})")
"""`claude.ai and Sonnet 4` lists both; `Sonnet 4 on claude.ai` narrows the one to the other."""

VERSION: Final = r"\d{1,2}(?:[.-]\d{1,2})?(?!\w|[.-]\d(?!\d{7}))"
"""`4.5`, `3-5`; neither the `1M` of a context size nor the date that ends a model's id."""

MODEL_NAME: Final = re.compile(
    rf"(?:(?<![\d.])(?P<before>{VERSION})[ -])?\b(?P<family>{FAMILY})\b"
    rf"(?:[ -]v?(?P<after>{VERSION})"
    rf"(?P<more>(?:\s*(?:,|/|&|\band\b)\s*{VERSION}(?![ -](?:{FAMILY})))*))?"
)
OLD_MODEL_NAME: Final = re.compile(rf"\bclaude[ -]v?(?P<version>{VERSION})(?![ -](?:{FAMILY})\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvidence:
    """
    What an incident's own record says about its reach.

    `affected` are the ids some update showed as not operational, `listed` the ids the incident is
    linked to; `on_page` are the ids of all components of the page.
    """

    title: str
    affected: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    on_page: frozenset[str] = frozenset()


def covered_surfaces(
    evidence: IncidentEvidence, components: Mapping[str, Surface]
) -> frozenset[Surface]:
    """Surfaces the incident covers, of those that *components* (id to surface) maps at all."""
    watched = {key: value for key, value in components.items() if value in WATCHED}
    if evidence.affected:
        return _surfaces_of(evidence.affected, watched)
    named = surfaces_of_title(evidence.title)
    possible = frozenset(watched.values())
    if not evidence.listed:
        return possible if named is None else named & possible
    listed = _surfaces_of(evidence.listed, watched)
    # Linked to everything is how this page says "not sure": only then may the title narrow it.
    everything = evidence.listed >= (watched.keys() & evidence.on_page)
    narrowed = surfaces_named(evidence.title) & listed
    return narrowed if everything and narrowed else listed


def surfaces_of_title(title: str) -> frozenset[Surface] | None:
    """Surfaces a title speaks of: empty where of something else, None where it gives no hint."""
    text = title.lower()
    named = surfaces_named(title)
    hinted = _surfaces_hinted(text)
    if named:
        return named | hinted if ENUMERATED.search(text) else named
    if re.search(ELSEWHERE, text):
        return frozenset()
    return hinted or None


def surfaces_named(title: str) -> frozenset[Surface]:
    """Surfaces a title names outright, not by what is broken in them."""
    text = title.lower()
    return frozenset(surface for surface, name in NAMES.items() if re.search(name, text))


def models_of_title(title: str) -> frozenset[str]:
    """Models a title names: `opus 4.1`, in lower case, `opus` where it gives no version."""
    text = title.lower()
    names: set[str] = set()
    for match in MODEL_NAME.finditer(text):
        versions = [match["before"] or match["after"] or ""]
        versions += re.findall(VERSION, match["more"] or "")
        names.update(_model_name(match["family"], version) for version in versions)
    names.update(_model_name("claude", match["version"]) for match in OLD_MODEL_NAME.finditer(text))
    return frozenset(names)


def _model_name(family: str, version: str) -> str:
    return f"{family} {version.replace('-', '.')}".rstrip()


def _surfaces_hinted(text: str) -> frozenset[Surface]:
    login = LOGIN_SURFACES if re.search(LOGIN, text) else frozenset()
    return login | MODEL_SURFACES if re.search(MODELS, text) else login


def _surfaces_of(ids: frozenset[str], watched: Mapping[str, Surface]) -> frozenset[Surface]:
    return frozenset(watched[key] for key in ids if key in watched)
