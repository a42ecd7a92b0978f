"""Random worlds: time-lines of what the simulated hosts and the status page do."""

from hypothesis import strategies as st

from claude_exporter.simulator.scenario import Scenario

KEYED = {
    "targets": [
        {
            "name": "api-keyed",
            "surface": "api",
            "part": "account",
            "prober": "http",
            "address": "https://api.anthropic.com/v1/models",
            "options": {"headers_from": {"x-api-key": {"env": "CLAUDE_SIMULATED_KEY"}}},
        }
    ]
}

_ANSWERS = st.sampled_from(
    [
        "ok",
        {"body": "overloaded_error"},
        {"body": "api_error"},
        {"body": "authentication_error"},
        {"body": "billing_error"},
        {"body": "rate_limit_error"},
        {"body": "invalid_request_error"},
        {"body": "cloudflare_challenge"},
        {"body": "cloudflare_503"},
    ]
)
_FAULTS = st.sampled_from(
    [{"fault": name} for name in ("refuse", "hang", "tls_expired", "dns_nxdomain", "garbage")]
)
_HOSTS = st.sampled_from(["web", "api", "console", "downloads", "all", "control"])
_PAGES = st.sampled_from(
    [
        {"body": "waf_challenge"},
        "ok",
        {"incident": {"name": "Elevated errors", "components": ["api"]}},
        {"incident": {"name": "Login errors", "components": ["web", "code", "console"]}},
        {"incident": None},
        {"components": {"api": "major_outage", "code": "partial_outage"}},
        {"components": {"api": "operational", "code": "operational"}},
        {
            "maintenance": {
                "name": "Database maintenance",
                "phase": "in_progress",
                "components": ["web", "api"],
                "starts": "1m",
                "ends": "20m",
            }
        },
        {"maintenance": None},
    ]
)
_LOCAL = st.none() | st.lists(
    st.fixed_dictionaries(
        {
            "sign": st.sampled_from(["ok", "overloaded", "timeout", "authentication"]),
            "every": st.sampled_from([20.0, 90.0, 200.0]),
            "model": st.sampled_from([None, "claude-opus-4-6", "claude-haiku-4-5"]),
        }
    ),
    min_size=1,
    max_size=2,
)
_CHANGES = (
    st.dictionaries(_HOSTS, st.one_of(_ANSWERS, _FAULTS), min_size=1, max_size=2)
    | st.fixed_dictionaries({"keyed": _ANSWERS})
    | st.fixed_dictionaries({"page": _PAGES})
    | st.fixed_dictionaries({"local": _LOCAL})
    | st.fixed_dictionaries({"elsewhere": st.sampled_from(["works", "fails", None])})
    | st.fixed_dictionaries({"community": st.sampled_from(["loud", "quiet", "unknown"])})
)


@st.composite
def scenarios(draw) -> Scenario:
    """Half an hour in which up to nine things change, on and off the seconds of the probes."""
    count = draw(st.integers(min_value=1, max_value=9))
    moments = sorted(draw(st.lists(st.integers(0, 1800), min_size=count, max_size=count)))
    timeline = [{"at": float(at), "set": draw(_CHANGES)} for at in moments]
    return scenario("random", timeline)


def scenario(
    name: str, timeline: list[dict[str, object]], config: dict[str, object] = KEYED
) -> Scenario:
    """A scenario of half an hour, with a keyed target if nothing else is said."""
    return Scenario.model_validate(
        {
            "name": name,
            "description": name,
            "duration": 1890.0,
            "config": config,
            "timeline": timeline,
        }
    )


def _turns(*turns: tuple[float, dict[str, object]]) -> list[dict[str, object]]:
    return [{"at": at, "set": change} for at, change in turns]


OVERLOADED = {"body": "overloaded_error"}
CHALLENGED = {"body": "cloudflare_challenge"}
REFUSED = {"body": "authentication_error"}
INCIDENT = {"page": {"incident": {"name": "Elevated errors", "components": ["api"]}}}
CODE_INCIDENT = {"incident": {"name": "Claude Code is down", "components": ["code"]}}
OVERLOADED_HERE = {"local": [{"sign": "overloaded", "every": 60.0, "model": "claude-opus-4-6"}]}
WORKS_HERE = {"local": [{"every": 20.0, "model": "claude-haiku-4-5"}]}
WORST = {
    "real errors go over into an outage that probes see, and out of it": scenario(
        "real-into-outage",
        _turns(
            (121, OVERLOADED_HERE),
            (487, {"api": OVERLOADED}),
            (907, {"api": "ok"}),
            (1201, WORKS_HERE),
        ),
    ),
    "real successes while nothing answers our probes, not even the controls": scenario(
        "real-success-cut-off",
        _turns((61, WORKS_HERE), (121, {"all": {"fault": "dns_nxdomain"}}), (907, {"local": None})),
    ),
    "one model fails here, then all of them": scenario(
        "real-one-model",
        _turns(
            (61, {"local": [*OVERLOADED_HERE["local"], *WORKS_HERE["local"]]}),
            (787, OVERLOADED_HERE),
            (1201, {"local": None}),
        ),
    ),
    "an outage goes on behind a challenge": scenario(
        "challenge-in-outage",
        _turns((121, {"api": OVERLOADED}), (787, {"api": CHALLENGED}), (911, {"api": OVERLOADED})),
    ),
    "the page closes its incident while the API fails on, opens it again, and closes it": scenario(
        "closed-too-early",
        _turns((61, INCIDENT), (62, {"api": OVERLOADED}), (787, {"page": {"incident": None}}))
        + _turns((871, INCIDENT), (1087, {"page": {"incident": None}}), (1501, {"api": "ok"})),
    ),
    "our network goes down in an outage and comes back in it": scenario(
        "network-in-outage",
        _turns(
            (121, {"api": OVERLOADED}),
            (487, {"all": {"fault": "dns_nxdomain"}}),
            (907, {"all": "ok", "api": OVERLOADED}),
        ),
    ),
    "a refused key outlasts an outage that was acknowledged": scenario(
        "key-after-outage",
        _turns((61, {"keyed": REFUSED}), (301, INCIDENT), (302, {"api": OVERLOADED}))
        + _turns((911, {"page": {"incident": None}}), (912, {"api": "ok", "keyed": REFUSED})),
    ),
    "everything fails with the page, and recovers in turns": scenario(
        "in-turns",
        _turns(
            (121, {"all": {"fault": "refuse"}, "control": "ok"}),
            (907, {"web": "ok"}),
            (941, {"api": "ok"}),
            (1201, {"all": "ok"}),
        ),
    ),
    "Claude Code fails alone, is escalated, and then acknowledged": scenario(
        "code-alone",
        _turns((121, {"downloads": OVERLOADED}), (1201, {"page": CODE_INCIDENT})),
        {"targets": [{"name": "code-downloads", "essential": True}]},
    ),
}
