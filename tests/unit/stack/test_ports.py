"""Where the programs listen."""

import socket
from contextlib import ExitStack

import pytest

from claude_exporter.stack.ports import (
    USUAL,
    Place,
    choose_places,
    choose_port,
    held_places,
    is_free,
)


def listening(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def test_a_port_that_somebody_listens_on_is_not_free():
    with listening() as server:
        port = server.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)


def test_a_taken_port_gives_way_to_the_next_free_one_above():
    with ExitStack() as stack:
        taken = stack.enter_context(listening()).getsockname()[1]
        chosen = choose_port("127.0.0.1", taken)
    assert taken < chosen < taken + 20


def test_a_port_promised_to_another_program_is_not_given_twice():
    with listening() as server:
        free = server.getsockname()[1]
    assert choose_port("127.0.0.1", free, frozenset({free})) != free


def test_every_program_gets_a_place_of_its_own():
    places = choose_places("127.0.0.1")
    assert set(places) == set(USUAL)
    assert len({place.port for place in places.values()}) == len(USUAL)


def test_two_that_start_in_the_same_second_get_different_ports():
    """Nothing listens yet, and still no port is given twice until the first one is done."""
    with held_places("127.0.0.1") as first, held_places("127.0.0.1") as second:
        ports = [place.port for places in (first, second) for place in places.values()]
    assert len(set(ports)) == 2 * len(USUAL)
    with held_places("127.0.0.1") as third:
        assert third == first


def test_an_address_of_another_machine_is_an_error():
    with pytest.raises(OSError, match="assign"):
        choose_port("192.0.2.1", 9529)


PLACES = {
    "loopback is reached as it is": (Place(host="127.0.0.1", port=7), "127.0.0.1:7", "127.0.0.1:7"),
    "every IPv4 address is reached by loopback": (
        Place(host="0.0.0.0", port=11),
        "0.0.0.0:11",
        "127.0.0.1:11",
    ),
    "an IPv6 address is bracketed": (Place(host="::", port=13), "[::]:13", "[::1]:13"),
}


@pytest.mark.parametrize(("place", "listen", "reach"), PLACES.values(), ids=PLACES.keys())
def test_a_place_says_where_to_listen_and_how_to_reach_it(place, listen, reach):
    assert (place.listen, place.reach) == (listen, reach)
