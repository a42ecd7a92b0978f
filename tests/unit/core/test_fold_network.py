"""When our own network counts as down, and when as back."""

import pytest
from support.seen import FRESH_FOR, NOW, control, tracked

from claude_exporter.core.fold import NetworkState, fold_network
from claude_exporter.core.model import Sign

UP = NetworkState()
DOWN = NetworkState(down_since=NOW - 61, recovered_at=NOW - 997)
CUT_OFF = (control("one", Sign.DNS), control("two", Sign.TIMEOUT))

NETWORKS = {
    "no control host at all: nothing can be said of our network": (
        UP,
        (tracked("api", Sign.DNS),),
        UP,
    ),
    "every control host fails: down from now": (UP, CUT_OFF, NetworkState(down_since=NOW)),
    "what was known of the last recovery stays known": (
        NetworkState(recovered_at=NOW - 997),
        CUT_OFF,
        NetworkState(down_since=NOW, recovered_at=NOW - 997),
    ),
    "still down: since when it began": (DOWN, CUT_OFF, DOWN),
    "one control host answers": (UP, (CUT_OFF[0], control("two")), UP),
    "one control host was never probed": (UP, (CUT_OFF[0], control("two", None)), UP),
    "one control host's answer is too old to say anything": (
        UP,
        (CUT_OFF[0], control("two", Sign.DNS, FRESH_FOR + 0.1)),
        UP,
    ),
    "an answer just young enough says it": (
        UP,
        (CUT_OFF[0], control("two", Sign.DNS, FRESH_FOR)),
        NetworkState(down_since=NOW),
    ),
    "Claude answers: a firewall blocks the control hosts alone": (
        UP,
        (*CUT_OFF, tracked("api")),
        UP,
    ),
    "Claude fails as well": (
        UP,
        (*CUT_OFF, tracked("api", Sign.DNS)),
        NetworkState(down_since=NOW),
    ),
    "a control host answers again: recovered now": (
        DOWN,
        (CUT_OFF[0], control("two")),
        NetworkState(recovered_at=NOW),
    ),
    "Claude answers again: recovered now": (
        DOWN,
        (*CUT_OFF, tracked("api")),
        NetworkState(recovered_at=NOW),
    ),
    "nothing is known any more: it stays as it was": (DOWN, (control("one", None),), DOWN),
}


@pytest.mark.parametrize(("before", "targets", "after"), NETWORKS.values(), ids=NETWORKS.keys())
def test_our_network(before, targets, after):
    assert fold_network(before, targets, NOW) == after
