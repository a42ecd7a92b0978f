"""What the dashboards have nothing to show of, on which day, and why that is no lie."""

from support.days import days

ALL = frozenset(days())
POSTED = frozenset({"acknowledged", "model"})
LATE = frozenset({"acknowledged", "mixed"})
ANNOUNCED = frozenset({"mixed"})
ALONE = frozenset(days()) - {"mixed"}
QUIET = frozenset({"calm", "mixed"})

EMPTY = {
    "claude-api": {
        "Asked to wait": (ALL, "a retry-after comes with a 429, and no day has one"),
        "Not sent": (ALL, "the budget is enough on every day"),
        "Least headroom": ({"network"}, "the one vantage with a key got no answer at last"),
        "Errors by model": ({"calm"}, "nothing fails"),
        "Failed by Claude's fault, by model": (ALONE, "no product of the user's is seen"),
        "Requests of your product": (ALONE, "no product of the user's is seen"),
    },
    "claude-code": {
        "Failures users saw, over time": ({"calm"}, "nothing fails"),
        "By model and sign": ({"calm"}, "nothing fails"),
    },
    "claude-exporter": {
        "Skipped probes": (ALL, "the clock of a day stands still while it probes"),
    },
    "claude-probes": {
        "Failed probes": ({"calm"}, "nothing fails"),
        "Signs in the time shown": ({"calm"}, "nothing fails"),
    },
    "claude-status-page": {
        "How late the page was": (ALL - LATE, "the page has acknowledged no outage that we saw"),
        "Polls that could not be read": (
            ALL - {"network", "mixed"},
            "the page could be read all the time",
        ),
        "Incidents on the status page": (ALL - POSTED, "no incident is open at the end"),
        "Do others report trouble?": (ALONE, "community is off, as it is unless switched on"),
        "Reports of an outage in the last hour": (ALONE, "community is off"),
    },
    "is-claude-down": {
        "How long will it take?": (QUIET | {"network", "model"}, "no surface is known to fail"),
        "Incidents on the status page": (ALL - POSTED, "no incident is open at the end"),
        "Maintenances on the status page": (ALL - ANNOUNCED, "none is announced at the end"),
        "Alerts now": ({"calm"}, "nothing is to be told"),
    },
}
"""Panels that are empty on some days, and why that is no lie; each has words for it."""


def empty_titles(uid: str, day: str) -> set[str]:
    """The panels of a dashboard that are empty at the end of a day."""
    return {title for title, (when, _) in EMPTY.get(uid, {}).items() if day in when}
