"""A server with a web-config file, on real sockets."""

import asyncio
import base64
import contextlib
import logging
import os
import ssl
import statistics
import time
from datetime import timedelta

import aiohttp
import bcrypt
import pytest
import uvloop
from aiohttp import web
from support.certificates import Authority
from support.clock import FakeClock

from claude_exporter.config import ConfigErrors
from claude_exporter.web.webconfig import load_web_config

PASSWORD = "correct horse é"  # noqa: S105 made up


def hash_of(password, cost=4):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


HASH = hash_of(PASSWORD)
USERS = f"basic_auth_users:\n  alice: {HASH}\n"


def login(name, password):
    encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


ALICE = login("alice", PASSWORD)


class World:
    """A folder with a web-config file, and a server that follows it."""

    def __init__(self, folder):
        self.path = folder / "web.yml"
        self.clock = FakeClock()
        self.edits = 0
        self.url = ""

    def write(self, text):
        self.path.write_text(text)
        self.touch(self.path)

    def touch(self, path):
        """Give the file a modification time of its own, however fast the test is."""
        self.edits += 1
        os.utime(path, (1_700_000_000 + self.edits, 1_700_000_000 + self.edits))

    @contextlib.asynccontextmanager
    async def serving(self, text=None):
        if text is not None:
            self.write(text)
        config = load_web_config(self.path, self.clock)
        app = web.Application()
        app.router.add_get("/", answer)
        app.router.add_get("/stream", stream)
        app.router.add_get("/gone", gone)
        config.install(app)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=config.ssl_context())
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"{'https' if config.ssl_context() else 'http'}://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def get(self, path="/", **options):
        """Ask on a connection of its own; give status, headers and body."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.url + path, **options) as response,
        ):
            return response.status, response.headers, await response.text()

    async def status(self, path="/", **options):
        return (await self.get(path, **options))[0]


async def answer(_request):
    return web.Response(text="hello")


async def stream(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"hello")
    return response


async def gone(_request):
    raise web.HTTPGone


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


async def test_an_empty_file_protects_nothing(world):
    """Plain HTTP for everybody."""
    async with world.serving(""):
        assert world.url.startswith("http:")
        assert await world.status() == 200


@pytest.mark.parametrize("path", ["/", "/stream", "/gone", "/-/healthy", "/nowhere"])
async def test_every_path_wants_a_password(world, path):
    """Not even whether a path exists is told without one."""
    async with world.serving(USERS):
        status, headers, body = await world.get(path)

    assert (status, headers["WWW-Authenticate"], body) == (401, "Basic", "Unauthorized\n")


LOGINS = {
    "the right password": (ALICE, 200),
    "the scheme in small letters": (
        {"Authorization": ALICE["Authorization"].replace("Basic", "basic")},
        200,
    ),
    "a wrong password": (login("alice", "x"), 401),
    "an empty password": (login("alice", ""), 401),
    "a password of nothing but zero": (login("alice", "\0"), 401),
    "a very long password": (login("alice", "x" * 5000), 401),
    "an unknown name": (login("bob", PASSWORD), 401),
    "the toolkit's password of nobody": (login("bob", "fakepassword"), 401),
    "a name with the hash as password": (login("alice", HASH), 401),
    "another scheme": ({"Authorization": "Bearer x"}, 401),
    "no base64": ({"Authorization": "Basic ###"}, 401),
    "no colon": ({"Authorization": "Basic YWxpY2U="}, 401),
    "bytes that are no text": ({"Authorization": "Basic /zr/"}, 401),
}


@pytest.mark.parametrize(("given", "status"), LOGINS.values(), ids=LOGINS)
async def test_login(world, given, status):
    """Only a name with its own password comes in, the second time as the first."""
    async with world.serving(USERS):
        assert await world.status(headers=given) == status
        assert await world.status(headers=given) == status


async def test_the_longest_password(world):
    """bcrypt reads 72 bytes: a longer password works as it does with the other exporters."""
    password = "y" * 80
    async with world.serving(f"basic_auth_users: {{alice: {hash_of(password[:72])}}}"):
        assert await world.status(headers=login("alice", password)) == 200


async def test_a_remembered_login_is_not_another(world):
    """Name, hash and password cannot be shifted into each other."""
    users = f"basic_auth_users: {{al: {hash_of('icex')}, alice: {hash_of('x')}}}"
    async with world.serving(users):
        assert await world.status(headers=login("alice", "x")) == 200
        assert await world.status(headers=login("al", "icex")) == 200
        assert await world.status(headers=login("alice", "icex")) == 401
        assert await world.status(headers=login("al", "x")) == 401


async def test_many_logins_at_once_cost_one_check(world):
    """300 scrapes with one password need one slow comparison, not 300."""
    users = f"basic_auth_users: {{alice: {hash_of('x', cost=10)}}}"
    async with world.serving(users), asyncio.timeout(10), aiohttp.ClientSession() as session:

        async def ask():
            async with session.get(world.url, headers=login("alice", "x")) as response:
                return response.status

        assert set(await asyncio.gather(*(ask() for _ in range(300)))) == {200}


async def test_an_unknown_name_takes_as_long(world):
    """The time of an answer does not tell which names exist."""
    async with world.serving(f"basic_auth_users: {{alice: {hash_of('x', cost=11)}}}"):

        async def took(name):
            start = time.perf_counter()
            assert await world.status(headers=login(name, "wrong")) == 401
            return time.perf_counter() - start

        known = statistics.median([await took("alice") for _ in range(3)])
        unknown = statistics.median([await took("bob") for _ in range(3)])

    # Without the comparison an unknown name would be some fifty times as fast.
    assert 0.1 < known / unknown < 10


async def test_users_are_read_again(world):
    """A new password is in force, and the old one out, with the next request."""
    async with world.serving(USERS):
        assert await world.status(headers=ALICE) == 200
        world.write(f"basic_auth_users: {{alice: {hash_of('new')}}}")
        assert await world.status(headers=ALICE) == 401
        assert await world.status(headers=login("alice", "new")) == 200
        world.write("")
        assert await world.status() == 200


async def test_a_file_that_breaks(world, caplog):
    """A broken file lets nobody in, is said once, and is forgotten once repaired."""
    async with world.serving(USERS):
        world.write("basic_auth_users: 7")
        answers = [await world.get(headers=ALICE) for _ in range(3)]
        world.path.unlink()
        answers += [await world.get(headers=ALICE) for _ in range(2)]
        world.write(USERS)
        repaired = await world.status(headers=ALICE)

    assert {(status, body) for status, _, body in answers} == {(500, "Internal Server Error\n")}
    assert repaired == 200
    assert [(record.message, record.error) for record in caplog.records] == [
        (
            "web config cannot be read",
            f"{world.path}:1:19: $.basic_auth_users: expected a mapping, not what is there",
        ),
        (
            "web config cannot be read",
            f"{world.path}:1:1: $: expected a readable file, not this: No such file or directory",
        ),
    ]


HEADERS = """
http_server_config:
  headers:
    Content-Security-Policy: default-src 'self'
    X-Content-Type-Options: nosniff
"""


@pytest.mark.parametrize("path", ["/", "/stream", "/gone", "/nowhere"])
@pytest.mark.parametrize("given", [ALICE, {}], ids=["logged in", "refused"])
async def test_headers_are_on_every_answer(world, path, given):
    """Pages, streams, errors and refusals carry them."""
    async with world.serving(USERS + HEADERS):
        _, headers, _ = await world.get(path, headers=given)

    assert headers["Content-Security-Policy"] == "default-src 'self'"
    assert headers.getall("X-Content-Type-Options") == ["nosniff"]


async def test_the_rate_limit(world):
    """The burst comes through, then one more for every interval; it stands before the login."""
    async with world.serving("rate_limit: {interval: 2s, burst: 3}\n" + USERS):
        first = [await world.status() for _ in range(5)]
        await world.clock.advance(2)
        second = [await world.status() for _ in range(2)]
        await world.clock.advance(100)
        third = [await world.status(headers=ALICE) for _ in range(4)]

    assert first == [401, 401, 401, 429, 429]
    assert second == [401, 429]
    assert third == [200, 200, 200, 429]


async def test_a_burst_of_nothing_blocks_everybody(world):
    """As with the other exporters."""
    async with world.serving("rate_limit: {interval: 1s, burst: 0}"):
        await world.clock.advance(100)
        assert await world.status() == 429


class Tls:
    """An authority, and the files of a server beside its web-config file."""

    def __init__(self, world, folder):
        self.world = world
        self.folder = folder
        self.authority = Authority(folder)
        self.put(self.authority.issue("first.example"))

    def put(self, issued):
        (self.folder / "server.pem").write_bytes(issued.path.read_bytes())
        self.world.touch(self.folder / "server.pem")

    def text(self, extra=""):
        return f"tls_server_config:\n  cert_file: server.pem\n  key_file: server.pem\n{extra}"

    def context(self, client=None):
        context = ssl.create_default_context(cafile=self.authority.ca_file)
        context.check_hostname = False
        if client:
            context.load_cert_chain(client.path)
        return context

    async def server_name(self):
        """Shake hands and give the name in the server's certificate."""
        host, port = self.world.url.removeprefix("https://").split(":")
        _, writer = await asyncio.open_connection(host, port, ssl=self.context())
        name = writer.get_extra_info("peercert")["subjectAltName"][0][1]
        writer.close()
        await writer.wait_closed()
        return name

    async def status(self, client=None):
        """Ask over TLS; a handshake that fails gives its kind of error."""
        try:
            return await self.world.status(ssl=self.context(client))
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
            return "refused"


@pytest.fixture
def tls(world, tmp_path):
    return Tls(world, tmp_path)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_certificates_are_read_again(tls, caplog, new_loop):
    """A renewed certificate is shown at the next handshake; a broken one changes nothing."""

    async def names():
        async with tls.world.serving(tls.text()):
            yield await tls.server_name()
            tls.put(tls.authority.issue("second.example"))
            yield await tls.server_name()
            (tls.folder / "server.pem").write_text("broken")
            yield await tls.server_name()
            yield await tls.server_name()
            tls.put(tls.authority.issue("third.example"))
            yield await tls.server_name()
            yield await tls.status()

    async def collect():
        return [name async for name in names()]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        seen = runner.run(collect())

    assert seen == ["first.example", *["second.example"] * 3, "third.example", 200]
    assert [record.message for record in caplog.records] == [
        "web config: the former TLS settings stay"
    ]


async def test_a_file_that_breaks_over_tls(tls):
    """Handshakes go on with the former settings, and every request is refused."""
    async with tls.world.serving(tls.text()):
        tls.world.write("tls_server_config: 7")
        broken = await tls.status()
        tls.world.write("")
        without = await tls.status()
        tls.world.write(tls.text())

        assert (broken, without, await tls.status()) == (500, 200, 200)


async def test_the_policy_is_read_again(tls):
    """Asking clients for a certificate begins with the next handshake."""
    client = tls.authority.issue("prometheus.example")
    ca = f"  client_ca_file: {tls.authority.ca_file.name}\n"
    async with tls.world.serving(tls.text()):
        before = await tls.status()
        tls.world.write(tls.text(ca + "  client_auth_type: RequireAndVerifyClientCert\n"))
        after = [await tls.status(), await tls.status(client)]

    assert (before, after) == (200, ["refused", 200])


@pytest.fixture
def clients(tls, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    return {
        "none": None,
        "ours": tls.authority.issue("prometheus.example"),
        "another of ours": tls.authority.issue("grafana.example"),
        "expired": tls.authority.issue("prometheus.example", ends_in=timedelta(days=-1)),
        "foreign": Authority(other).issue("prometheus.example"),
    }


POLICIES = {
    "whoever has a certificate": ("RequireAndVerifyClientCert", "[]", ["ours", "another of ours"]),
    "whoever has the right one": ("RequireAndVerifyClientCert", "[prometheus.example]", ["ours"]),
    "whoever has none or a good one": (
        "VerifyClientCertIfGiven",
        "[]",
        ["none", "ours", "another of ours"],
    ),
    "whoever has none or the right one": (
        "VerifyClientCertIfGiven",
        "[prometheus.example]",
        ["none", "ours"],
    ),
}


@pytest.mark.parametrize(("policy", "names", "welcome"), POLICIES.values(), ids=POLICIES)
async def test_client_certificates(tls, clients, policy, names, welcome):
    """The policy decides who comes in."""
    text = tls.text(
        f"  client_ca_file: {tls.authority.ca_file.name}\n"
        f"  client_auth_type: {policy}\n  client_allowed_sans: {names}\n"
    )
    async with tls.world.serving(text):
        statuses = {name: await tls.status(client) for name, client in clients.items()}

    assert [name for name, status in statuses.items() if status == 200] == welcome
    assert set(statuses.values()) <= {200, 403, "refused"}


async def test_versions_ciphers_and_curve(tls):
    """A connection has the version and the suite that the file asks for."""
    extra = (
        "  max_version: TLS12\n  curve_preferences: [X25519]\n"
        "  prefer_server_cipher_suites: false\n"
        "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]\n"
    )
    async with tls.world.serving(tls.text(extra)):
        host, port = tls.world.url.removeprefix("https://").split(":")
        _, writer = await asyncio.open_connection(host, port, ssl=tls.context())
        cipher = writer.get_extra_info("cipher")[0]
        version = writer.get_extra_info("ssl_object").version()
        writer.close()
        await writer.wait_closed()

    assert (cipher, version) == ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2")


PAIR = "cert_file: server.pem, key_file: server.pem"
UNUSABLE = {
    "a certificate that is not there": (
        "cert_file: none.pem, key_file: server.pem",
        "cert_file {folder}/none.pem with its key_file: No such file or directory",
    ),
    "an authority that is not there": (
        PAIR + ", client_ca_file: none.pem, client_auth_type: VerifyClientCertIfGiven",
        "client_ca_file {folder}/none.pem: No such file or directory",
    ),
}


@pytest.mark.parametrize(("keys", "problem"), UNUSABLE.values(), ids=UNUSABLE)
def test_files_that_cannot_be_used(tls, keys, problem):
    """At the start that is an error which names the file."""
    tls.world.write(f"tls_server_config: {{{keys}}}")

    with pytest.raises(ConfigErrors) as caught:
        load_web_config(tls.world.path)

    wanted = "expected PEM files, not " + problem.format(folder=tls.folder)
    assert str(caught.value) == f"{tls.world.path}:1:1: $: {wanted}"


def test_a_key_of_another_certificate(tls):
    """A pair that does not fit is found at the start."""
    other = tls.authority.issue("second.example")
    tls.world.write(f"tls_server_config: {{cert_file: server.pem, key_file: {other.path.name}}}")

    with pytest.raises(ConfigErrors, match="KEY_VALUES_MISMATCH"):
        load_web_config(tls.world.path)


async def test_nothing_secret_is_logged(world, caplog):
    """Neither a password nor a hash gets into the log."""
    caplog.set_level(logging.DEBUG)
    async with world.serving(USERS):
        await world.status(headers=ALICE)
        await world.status(headers=login("alice", "hunter2"))
        world.write(USERS + "  bob: hunter2\n")
        await world.status(headers=ALICE)

    said = "".join(f"{record.__dict__}" for record in caplog.records)
    assert "hunter2" not in said
    assert HASH not in said
