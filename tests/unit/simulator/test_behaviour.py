"""What a scenario file may say about a host, and what is then answered."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from claude_exporter.core.model import Sign
from claude_exporter.core.signs import sign_of_response
from claude_exporter.simulator.behaviour import OK, Behaviour, Fault
from claude_exporter.simulator.bodies import ANSWER_OF_BODY, BODY_OF_STATUS, Answer, Body

ORDINARY = Answer(status=204, headers={"server": "ordinary"})

READ = {
    "ok is the ordinary behaviour": ("ok", OK),
    "a status alone": ({"status": 529}, Behaviour(status=529)),
    "a body by its name": ({"body": "overloaded_error"}, Behaviour(body=Body.OVERLOADED)),
    "a delay in words": ({"delay": "1m30s"}, Behaviour(delay=90.0)),
    "a fault": ({"fault": "tls_expired"}, Behaviour(fault=Fault.TLS_EXPIRED)),
}


@pytest.mark.parametrize(("written", "wanted"), READ.values(), ids=READ.keys())
def test_a_behaviour_is_read_as_written(written, wanted):
    """Each form a scenario file may use gives the behaviour it says."""
    assert Behaviour.model_validate(written) == wanted


REFUSED = {
    "a word that is not ok": ("fine", "expected ok, an answer or a fault, not 'fine'"),
    "a fault with an answer beside it": ({"fault": "hang", "status": 500}, "a fault stands alone"),
    "a body nobody knows": ({"body": "teapot"}, "Input should be 'authentication_error_keyless'"),
    "a key nobody knows": ({"stauts": 500}, "Extra inputs are not permitted"),
    "a status in words": ({"status": "500"}, "Input should be a valid integer"),
    "a delay without a unit": ({"delay": "90"}, "90"),
}


@pytest.mark.parametrize(("written", "wanted"), REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_refused_with_what_was_wanted(written, wanted):
    """A scenario file cannot say something that would silently not happen."""
    with pytest.raises(ValidationError) as caught:
        Behaviour.model_validate(written)
    assert wanted in str(caught.value)


ANSWERED = {
    "ok answers as the host does": (OK, ORDINARY),
    "headers are added to the ordinary answer": (
        Behaviour(headers={"x-one": "2"}),
        Answer(status=204, headers={"server": "ordinary", "x-one": "2"}),
    ),
    "a status brings the body that belongs to it": (
        Behaviour(status=529),
        ANSWER_OF_BODY[Body.OVERLOADED],
    ),
    "a body brings the status that belongs to it": (
        Behaviour(body=Body.UPSTREAM),
        ANSWER_OF_BODY[Body.UPSTREAM],
    ),
    "status and body may disagree": (
        Behaviour(status=200, body=Body.WAF_CHALLENGE),
        Answer(status=200, headers=ANSWER_OF_BODY[Body.WAF_CHALLENGE].headers),
    ),
    "a status without a body of its own is empty": (Behaviour(status=418), Answer(status=418)),
}


@pytest.mark.parametrize(("behaviour", "wanted"), ANSWERED.values(), ids=ANSWERED.keys())
def test_an_answer_is_made_of_what_is_said_and_what_belongs_to_it(behaviour, wanted):
    """What is not said follows from what is."""
    assert behaviour.answer(ORDINARY) == wanted


SIGNS = {
    Body.KEYLESS: Sign.AUTHENTICATION,
    Body.AUTHENTICATION: Sign.AUTHENTICATION,
    Body.OVERLOADED: Sign.OVERLOADED,
    Body.API_ERROR: Sign.INTERNAL_ERROR,
    Body.TIMEOUT_ERROR: Sign.GATEWAY_TIMEOUT,
    Body.RATE_LIMIT: Sign.RATE_LIMITED,
    Body.SPEND_LIMIT: Sign.BILLING,
    Body.PERMISSION: Sign.PERMISSION,
    Body.BILLING: Sign.BILLING,
    Body.INVALID_REQUEST: Sign.INVALID_REQUEST,
    Body.NOT_FOUND: Sign.NOT_FOUND,
    Body.TOO_LARGE: Sign.TOO_LARGE,
    Body.CHALLENGE: Sign.EDGE_CHALLENGE,
    Body.CLOUDFLARE_502: Sign.BAD_GATEWAY,
    Body.CLOUDFLARE_503: Sign.SERVICE_UNAVAILABLE,
    Body.CLOUDFLARE_504: Sign.GATEWAY_TIMEOUT,
    Body.CLOUDFLARE_520: Sign.GATEWAY_TIMEOUT,
    Body.UPSTREAM: Sign.SERVICE_UNAVAILABLE,
    Body.WAF_CHALLENGE: Sign.EDGE_CHALLENGE,
    Body.WAF_CAPTCHA: Sign.EDGE_CHALLENGE,
    Body.CAPTIVE_PORTAL: Sign.UNEXPECTED,
    Body.NOT_JSON: Sign.OK,
    Body.EMPTY: Sign.OK,
}


@pytest.mark.parametrize("body", Body)
def test_every_named_body_means_what_its_name_says(body):
    """The canned answers and the exporter's table of signs agree, for every body there is."""
    answer = ANSWER_OF_BODY[body]
    assert sign_of_response(answer.status, answer.headers, answer.body) is SIGNS[body]


@pytest.mark.parametrize("status", BODY_OF_STATUS)
def test_the_body_of_a_status_is_sent_with_that_status(status):
    """No status is paired with a body that would really come with another one."""
    assert ANSWER_OF_BODY[BODY_OF_STATUS[status]].status == status


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_happens_at_one_place(fault):
    """A fault is of the name server, the certificate, the connection or the request."""
    places = [fault.of_dns, fault.of_tls, fault.of_request, fault is Fault.REFUSE]
    assert places.count(True) == 1


def test_a_scenario_may_hold_any_behaviour_as_json():
    """The schema can be made, so that editors and the format reference can use it."""
    assert TypeAdapter(Behaviour).json_schema()["additionalProperties"] is False
