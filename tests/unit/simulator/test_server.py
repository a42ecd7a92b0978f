"""The simulator as a plain client meets it: real sockets, real TLS, real faults."""

from __future__ import annotations

import asyncio
import json
import ssl

import pytest
from support.simulated import PATIENCE, ask, connect, world_of

from claude_exporter.simulator.answers import ENVIRON, MODELS, VALID_KEY
from claude_exporter.simulator.behaviour import Behaviour, Fault
from claude_exporter.simulator.bodies import Body
from claude_exporter.simulator.hosts import CONTROLS, HOST_OF_NAME
from claude_exporter.simulator.server import Simulator
from claude_exporter.simulator.world import World

MODELS_URL = "https://api.anthropic.com/v1/models"
MESSAGES_URL = "https://api.anthropic.com/v1/messages"
SUMMARY_URL = "https://status.claude.com/api/v2/summary.json"


@pytest.fixture
async def simulator():
    async with Simulator() as playing:
        yield playing


ORDINARY = {
    "the API asks a keyless request for its key": ("GET", MODELS_URL, 401),
    "the API asks a keyless message for its key": ("POST", MESSAGES_URL, 401),
    "the API answers HEAD too": ("HEAD", MODELS_URL, 401),
    "claude.ai challenges what is no browser": ("GET", "https://claude.ai/", 403),
    "the console challenges what is no browser": ("GET", "https://platform.claude.com/", 403),
    "downloads are there": ("HEAD", "https://downloads.claude.ai/", 200),
    "the connector proxy is there": ("GET", "https://mcp-proxy.anthropic.com/", 404),
    "the page": ("GET", SUMMARY_URL, 200),
    "the page under its old name leads to the new one": (
        "GET",
        "https://status.anthropic.com/api/v2/summary.json",
        302,
    ),
    "the page at its origin": (
        "GET",
        "https://anthropic.statuspage.io/api/v2/summary.json",
        200,
    ),
    "the page knows no other paths": ("GET", "https://status.claude.com/nowhere", 404),
    "Google's control": ("GET", "https://www.google.com/generate_204", 204),
    "Cloudflare's control": ("GET", "https://cp.cloudflare.com/generate_204", 204),
    "Apple's control": ("GET", "http://captive.apple.com/hotspot-detect.html", 200),
    "Microsoft's control": ("GET", "http://www.msftconnecttest.com/connecttest.txt", 200),
}


@pytest.mark.parametrize(("method", "url", "status"), ORDINARY.values(), ids=ORDINARY.keys())
async def test_each_host_answers_as_on_a_good_day(simulator, method, url, status):
    """Every host is there, with a certificate for its true name from the simulator's authority."""
    answer = await ask(simulator, url, method)
    assert (answer[0], method != "HEAD" or answer[2] == b"") == (status, True)


async def test_the_keyless_answer_proves_that_the_api_gave_it(simulator):
    """It has the request id in header and body, another one each time."""
    answers = [await ask(simulator, MODELS_URL) for _ in range(2)]
    ids = [headers["request-id"] for _, headers, _ in answers]
    assert [json.loads(body) for _, _, body in answers] == [
        {
            "type": "error",
            "error": {"type": "authentication_error", "message": "x-api-key header is required"},
            "request_id": request_id,
        }
        for request_id in ids
    ]
    assert len(set(ids)) == 2


ASKED = json.dumps({"model": MODELS[1], "max_tokens": 1, "messages": [{"role": "user"}]}).encode()

KEYED = {
    "the valid key lists models": ("GET", "/v1/models", VALID_KEY, b"", 200),
    "another key is invalid": ("GET", "/v1/models", "wrong", b"", 401),
    "a message is answered": ("POST", "/v1/messages", VALID_KEY, ASKED, 200),
    "a message without a model is invalid": ("POST", "/v1/messages", VALID_KEY, b"{}", 400),
    "a message that is no JSON is invalid": ("POST", "/v1/messages", VALID_KEY, b"{", 400),
    "an unknown model is not found": (
        "POST",
        "/v1/messages",
        VALID_KEY,
        ASKED.replace(MODELS[1].encode(), b"claude-none"),
        404,
    ),
    "tokens are counted": ("POST", "/v1/messages/count_tokens", VALID_KEY, ASKED, 200),
    "other paths are not found": ("GET", "/v1/nothing", VALID_KEY, b"", 404),
}


@pytest.mark.parametrize(("method", "path", "key", "body", "status"), KEYED.values(), ids=KEYED)
async def test_the_api_answers_a_key(simulator, method, path, key, body, status):
    """One key is accepted; what it asks for decides the rest."""
    url = f"https://api.anthropic.com{path}"
    answer = await ask(simulator, url, method, {"x-api-key": key}, body)
    assert answer[0] == status


async def test_a_token_in_the_authorization_header_is_a_key_too(simulator):
    """Claude Code sends its token so."""
    headers = {"authorization": f"Bearer {ENVIRON['CLAUDE_SIMULATED_KEY']}"}
    assert (await ask(simulator, MODELS_URL, headers=headers))[0] == 200


async def test_keyed_requests_can_fail_alone(simulator):
    """A behaviour of `keyed` is met by requests with a credential, and by no others."""
    await simulator.apply(world_of(keyed=Behaviour(status=429)))
    keyed = await ask(simulator, MODELS_URL, headers={"x-api-key": VALID_KEY})
    keyless = await ask(simulator, MODELS_URL)
    assert (keyed[0], keyed[1]["retry-after"], keyless[0]) == (429, "47", 401)


async def test_what_happens_to_the_api_happens_to_keyed_requests(simulator):
    """An outage of the host spares nobody."""
    await simulator.apply(world_of(api=Behaviour(status=529), keyed=Behaviour(status=429)))
    assert (await ask(simulator, MODELS_URL, headers={"x-api-key": VALID_KEY}))[0] == 529


@pytest.mark.parametrize("body", Body)
async def test_every_named_body_arrives_as_it_is(simulator, body):
    """Status, body and headers of the canned answers survive the wire."""
    await simulator.apply(world_of(web=Behaviour(body=body)))
    wanted = Behaviour(body=body).answer(None)
    status, headers, text = await ask(simulator, "https://claude.ai/")
    # The canned ids are as long as the real ones that replace them.
    assert (status, len(text)) == (wanted.status, len(wanted.body))
    assert wanted.headers.keys() <= headers.keys()


async def _failure(simulator, url):
    try:
        await ask(simulator, url)
    except (OSError, IndexError) as exc:
        return type(exc)
    return None


FAULTS = {
    Fault.REFUSE: ConnectionRefusedError,
    Fault.RESET: ConnectionResetError,
    Fault.CLOSE: IndexError,
    Fault.TLS_EXPIRED: ssl.SSLCertVerificationError,
    Fault.TLS_SELF_SIGNED: ssl.SSLCertVerificationError,
    Fault.TLS_WRONG_HOST: ssl.SSLCertVerificationError,
}


@pytest.mark.parametrize(("fault", "wanted"), FAULTS.items(), ids=FAULTS)
@pytest.mark.parametrize("url", [MODELS_URL, "https://claude.ai/", SUMMARY_URL])
async def test_a_fault_is_met_and_can_be_repaired(simulator, fault, wanted, url):
    """The client sees the fault as it would in the wild, and nothing of it once it is over."""
    name = HOST_OF_NAME[url.split("/")[2]].value
    await simulator.apply(world_of(**{name: Behaviour(fault=fault)}))
    failing = await _failure(simulator, url)
    await simulator.apply(World())
    assert (failing, await _failure(simulator, url)) == (wanted, None)


WRONG = {
    Fault.TLS_EXPIRED: "certificate has expired",
    Fault.TLS_SELF_SIGNED: "self-signed certificate",
    Fault.TLS_WRONG_HOST: "Hostname mismatch",
}


@pytest.mark.parametrize(("fault", "wanted"), WRONG.items(), ids=WRONG)
async def test_a_bad_certificate_is_bad_in_the_way_it_says(simulator, fault, wanted):
    """OpenSSL names the very flaw that was asked for."""
    await simulator.apply(world_of(api=Behaviour(fault=fault)))
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        await ask(simulator, MODELS_URL)
    assert wanted.lower() in caught.value.verify_message.lower()


async def _open_request(simulator):
    reader, writer = await connect(simulator, MODELS_URL)
    writer.write(b"GET /v1/models HTTP/1.1\r\nhost: api.anthropic.com\r\n\r\n")
    return reader, writer


async def test_a_host_that_hangs_has_read_the_request(simulator):
    """The request arrives, and no byte of an answer comes until the client gives up."""
    await simulator.apply(world_of(api=Behaviour(fault=Fault.HANG)))
    reader, writer = await _open_request(simulator)
    answer = asyncio.ensure_future(reader.read(1))
    async with asyncio.timeout(PATIENCE):
        # A second exchange on the other side of the loop: by its end, the first one has arrived.
        while simulator.requests["api.anthropic.com"] == 0:
            await ask(simulator, "https://claude.ai/")
    assert not answer.done()
    writer.close()
    assert await answer == b""


async def test_a_host_that_drips_never_ends_its_headers(simulator):
    """Bytes come one by one, so only a total deadline ends the exchange."""
    await simulator.apply(world_of(api=Behaviour(fault=Fault.DRIP)))
    reader, writer = await _open_request(simulator)
    async with asyncio.timeout(PATIENCE):
        head = await reader.readexactly(27)
    writer.close()
    assert head == b"HTTP/1.1 200 OK\r\nx-drip: .."


async def test_garbage_is_no_http(simulator):
    """What arrives is not even a status line."""
    await simulator.apply(world_of(api=Behaviour(fault=Fault.GARBAGE)))
    reader, writer = await _open_request(simulator)
    async with asyncio.timeout(PATIENCE):
        received = await reader.read()
    writer.close()
    assert received.startswith(b"\x00\xff")


async def test_a_delay_passes_before_the_answer(simulator):
    """Compressed like everything else: at a scale of 100, 23 s take 0.23 s."""
    simulator.begin(epoch=1_790_000_003.0, scale=100.0)
    await simulator.apply(world_of(api=Behaviour(delay=23.0)))
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    assert (await ask(simulator, MODELS_URL))[0] == 401
    assert loop.time() - began_at >= 0.23


async def test_a_closed_host_drops_what_is_open(simulator):
    """A connection kept alive does not outlive its host."""
    reader, writer = await _open_request(simulator)
    await simulator.apply(world_of(api=Behaviour(fault=Fault.REFUSE)))
    async with asyncio.timeout(PATIENCE):
        assert await _end_of(reader) in (b"", ConnectionResetError)
    writer.close()


async def _end_of(reader):
    try:
        while received := await reader.read(4096):
            assert received
    except ConnectionResetError as exc:
        return type(exc)
    return received


async def test_an_unchanged_page_is_not_sent_again(simulator):
    """If-None-Match with the entity tag gives 304 and no body, until the page changes."""
    _, headers, _ = await ask(simulator, SUMMARY_URL)
    again = await ask(simulator, SUMMARY_URL, headers={"if-none-match": headers["etag"]})
    assert (again[0], again[1]["etag"], again[2]) == (304, headers["etag"], b"")


async def test_the_old_page_keeps_the_path(simulator):
    """status.anthropic.com redirects to the same path of status.claude.com."""
    _, headers, _ = await ask(simulator, "https://status.anthropic.com/api/v2/summary.json")
    assert headers["location"] == SUMMARY_URL


async def test_requests_are_counted_by_host_name(simulator):
    """Who was asked, and how often: enough to prove politeness."""
    await ask(simulator, SUMMARY_URL)
    await ask(simulator, SUMMARY_URL)
    await ask(simulator, "https://status.anthropic.com/")
    assert simulator.requests == {"status.claude.com": 2, "status.anthropic.com": 1}


async def test_every_real_address_has_somewhere_to_go(simulator):
    """connect_to covers each host name with TLS, and the control hosts without it too."""
    plain = {f"{name}:80" for name, host in HOST_OF_NAME.items() if host in CONTROLS}
    assert set(simulator.network().connect_to) == {f"{name}:443" for name in HOST_OF_NAME} | plain


async def test_every_host_is_dialled_by_a_simulated_name(simulator):
    """So that the simulator's DNS server is asked, and its faults are felt."""
    dialled = {name: to.rpartition(":")[0] for name, to in simulator.network().connect_to.items()}
    assert dialled["status.claude.com:443"] == "page.sim.test"
    assert dialled["api.anthropic.com:443"] == "api.sim.test"


async def test_a_fault_of_tls_is_not_met_without_tls(simulator):
    """Plain HTTP has no certificate that could be wrong."""
    await simulator.apply(world_of(control_apple=Behaviour(fault=Fault.TLS_EXPIRED)))
    answer = await ask(simulator, "http://captive.apple.com/hotspot-detect.html")
    assert b"Success" in answer[2]


async def test_nothing_stays_behind():
    """After the simulator, its ports are closed and its files are gone."""
    async with Simulator() as simulator:
        network = simulator.network()
    with pytest.raises(ConnectionRefusedError):
        await connect(simulator, "http://captive.apple.com/")
    with pytest.raises(FileNotFoundError):
        ssl.create_default_context(cafile=network.ca_file)
