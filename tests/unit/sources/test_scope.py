"""Which surfaces and models an incident covers, over titles as the real page writes them."""

import pytest
from support.statuspage_body import (
    API_ID,
    CODE_ID,
    COMPONENTS,
    CONSOLE_ID,
    COWORK_ID,
    GOVERNMENT_ID,
    WEB_ID,
)

from claude_exporter.core.model import Surface
from claude_exporter.sources.scope import (
    IncidentEvidence,
    covered_surfaces,
    models_of_title,
    surfaces_of_title,
)

WEB, API, CODE, CONSOLE = Surface.WEB, Surface.API, Surface.CODE, Surface.CONSOLE
MODEL = {API, WEB, CODE}
LOGIN = {WEB, CODE, CONSOLE}
EVERYTHING = {WEB, API, CODE, CONSOLE}
ON_PAGE = {*COMPONENTS, COWORK_ID, GOVERNMENT_ID}

TITLES = {
    "Elevated errors on Claude.ai": {WEB},
    "Elevated errors on claude.ai/code (Claude Code on the web)": {WEB, CODE},
    "Errors on the Claude.ai desktop application": {WEB},
    "Claude Desktop is unavailable": {WEB},
    "Claude.ai iOS logins unavailable": {WEB},
    "Elevated error rates in the API": {API},
    "Elevated TCP three-way handshake failures on api.anthropic.com": {API},
    "Elevated errors for web search requests on API": {API},
    "Claude Code IDE extension unable to load on Windows": {CODE},
    "Claude Code Authentication Issues": {CODE},
    "Elevated errors on Console billing UI": {CONSOLE},
    "Issues with sign-ups on platform.claude.com": {CONSOLE},
    "Claude App and API connectivity errors": {WEB, API},
    "API, Claude.ai, and Console services impacted": {API, WEB, CONSOLE},
    "Elevated errors in claude.ai, cowork, platform, claude code": {WEB, CONSOLE, CODE},
    "Elevated errors on Claude Opus 4.1": MODEL,
    "Elevated errors on Claude 4 Sonnet": MODEL,
    "Degraded performance on Haiku and Sonnet": MODEL,
    "Elevated error rate on claude-2.1": MODEL,
    "Elevated errors across multiple models": MODEL,
    "Elevated errors on Claude Sonnet 4 for Claude.ai": {WEB},
    "Elevated error rates to Sonnet 4.5 on Claude Code": {CODE},
    "claude.ai and Sonnet 4 errors": MODEL,
    "Opus 4.5 and Claude Code errors": MODEL,
    "Login and account creation partial outage": LOGIN,
    "Users unable to log in": LOGIN,
    "OAuth errors": LOGIN,
    "Claude.ai and Claude login down": LOGIN,
    "Claude's responses not appearing in Cowork": set(),
    "Elevated errors on Claude 3 Opus and 3.5 Sonnet on Vertex AI": set(),
    "Partial Outage of docs.anthropic.com": set(),
    "Elevated 503 and 504 errors": None,
    "Elevated error rates for code execution tool": None,
    "MCP tool errors": None,
}


@pytest.mark.parametrize(("title", "surfaces"), TITLES.items(), ids=TITLES)
def test_title(title, surfaces):
    """A title names the surfaces it names, none where it is about something else, None if vague."""
    assert surfaces_of_title(title) == surfaces


MODELS = {
    "Elevated errors on Claude Opus 4.1": {"opus 4.1"},
    "Elevated errors on Claude 4 Sonnet": {"sonnet 4"},
    "Elevated errors on Claude Opus 4 and 4.1": {"opus 4", "opus 4.1"},
    "Claude Opus 4.1 and Opus 4 degraded quality": {"opus 4.1", "opus 4"},
    "Claude Haiku 4.5 and Opus 4.5": {"haiku 4.5", "opus 4.5"},
    "Claude 3 Haiku and Claude 3.5 Sonnet": {"haiku 3", "sonnet 3.5"},
    "Errors on Sonnet 4.5, 3.7 Sonnet": {"sonnet 4.5", "sonnet 3.7"},
    "Claude 4.5 Sonnet 1M context": {"sonnet 4.5"},
    "Degraded claude-3-5-sonnet latency": {"sonnet 3.5"},
    "Errors on claude-opus-4-1-20250805": {"opus 4.1"},
    "High Opus Error Rates": {"opus"},
    "brief partial outage of claude-instant-1.2, claude-2.1": {"instant 1.2", "claude 2.1"},
    "529s on claude-instant-v1.1": {"instant 1.1"},
    "Opus 4.6 Fast Mode small amount of errors": {"opus 4.6"},
    "Elevated errors across multiple models": set(),
    "Elevated 529 errors on Claude.ai": set(),
}


@pytest.mark.parametrize(("title", "models"), MODELS.items(), ids=MODELS)
def test_models(title, models):
    """Models come out as `family version`, however the title orders the two."""
    assert models_of_title(title) == models


CASES = {
    "what an update showed beats the list and the title": (
        {"title": "Errors on the API", "affected": {WEB_ID}, "listed": ON_PAGE},
        {WEB},
    ),
    "an update that showed only components that are no surface covers none": (
        {"title": "Errors on the API", "affected": {COWORK_ID}, "listed": ON_PAGE},
        set(),
    ),
    "the list beats the title": (
        {"title": "Errors on the API", "listed": {CODE_ID, CONSOLE_ID}},
        {CODE, CONSOLE},
    ),
    "linked to all components, the title narrows": (
        {"title": "Elevated errors on Claude.ai", "listed": ON_PAGE},
        {WEB},
    ),
    "linked to all components that are surfaces, the title narrows": (
        {"title": "Elevated errors on Claude.ai", "listed": set(COMPONENTS)},
        {WEB},
    ),
    "linked to all components, a model does not narrow": (
        {"title": "Elevated errors on Claude Opus 4.7", "listed": ON_PAGE},
        EVERYTHING,
    ),
    "linked to all components without a hint in the title covers all": (
        {"title": "Elevated errors", "listed": ON_PAGE},
        EVERYTHING,
    ),
    "linked only to what is no surface covers none": (
        {"title": "Elevated errors", "listed": {GOVERNMENT_ID}},
        set(),
    ),
    "uncategorised, the title decides": ({"title": "Elevated errors on the API"}, {API}),
    "uncategorised about something else covers none": ({"title": "Cowork is down"}, set()),
    "uncategorised without a hint covers all": ({"title": "Elevated errors"}, EVERYTHING),
}


@pytest.mark.parametrize(("facts", "surfaces"), CASES.values(), ids=CASES)
def test_scope(facts, surfaces):
    """The record decides before the title does."""
    sets = {key: frozenset(value) for key, value in facts.items() if key != "title"}
    evidence = IncidentEvidence(title=facts["title"], **{"on_page": frozenset(ON_PAGE)} | sets)

    assert covered_surfaces(evidence, COMPONENTS) == surfaces


def test_a_page_about_something_else_never_covers_a_surface():
    """An incident of a page without mapped components acknowledges nothing of Claude's."""
    evidence = IncidentEvidence(title="Disruption with API requests, web and login")

    assert covered_surfaces(evidence, {}) == set()


def test_a_page_about_one_surface_covers_no_other():
    """Without a hint an incident covers what its page is about."""
    evidence = IncidentEvidence(title="Degraded", on_page=frozenset({API_ID}))

    assert covered_surfaces(evidence, {API_ID: API}) == {API}
