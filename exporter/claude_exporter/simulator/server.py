"""The simulator: Claude's hosts, its status page and the control hosts, on real sockets."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self

from aiohttp import web

from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.simulator.answers import Request, model_asked, ordinary_answer
from claude_exporter.simulator.authority import Authority, Flaw
from claude_exporter.simulator.behaviour import Fault, Manner
from claude_exporter.simulator.bodies import REQUEST_ID, Answer
from claude_exporter.simulator.dns_server import LOOPBACK, DnsServer
from claude_exporter.simulator.faults import play_fault
from claude_exporter.simulator.hosts import (
    CONTROLS,
    HOST_OF_NAME,
    SERVED,
    Host,
    simulated_name,
)
from claude_exporter.simulator.listener import Handler, Listener
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.world import World

_FLAW_OF_FAULT: Final[Mapping[Fault, Flaw]] = MappingProxyType(
    {
        Fault.TLS_EXPIRED: Flaw.EXPIRED,
        Fault.TLS_SELF_SIGNED: Flaw.SELF_SIGNED,
        Fault.TLS_WRONG_HOST: Flaw.WRONG_HOST,
    }
)
_NAMES_OF_HOST: Final[Mapping[Host, tuple[str, ...]]] = MappingProxyType(
    {host: tuple(name for name, of in HOST_OF_NAME.items() if of is host) for host in SERVED}
)


class Simulator:
    """
    Plays one world at a time while it is entered; `apply` brings the next one.

    `requests` counts what reached each host name, `queries` what the DNS server was asked.
    """

    def __init__(self, world: World | None = None) -> None:
        self._world = world or World()
        self._moments = Moments(epoch=time.time())
        self._listeners: dict[tuple[Host, int], Listener] = {}
        self._dns = DnsServer(lambda: self._world, self._count_query)
        self._stack = AsyncExitStack()
        self._ca_file: Path | None = None
        self._request_number = 0
        self.requests: Counter[str] = Counter()
        self.queries: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="claude-simulator-"))
            authority = Authority(Path(folder))
            self._ca_file = authority.ca_file
            await stack.enter_async_context(self._dns)
            for host in SERVED:
                self._listen(stack, host, 443, self._context(host, authority))
            for host in CONTROLS:
                self._listen(stack, host, 80, None)
            await self.apply(self._world)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def begin(self, epoch: float, scale: float = 1.0) -> None:
        """Say at which Unix time the scenario began, and how many of its seconds pass in one."""
        self._moments = Moments(epoch=epoch, scale=scale)

    async def apply(self, world: World) -> None:
        """Play another world from now on."""
        before, self._world = self._world, world
        for (host, _), listener in self._listeners.items():
            behaviour = world.behaviour_of(host)
            if behaviour.fault is Fault.REFUSE:
                listener.close()
                continue
            await listener.open()
            below_requests = behaviour.fault is not None and not behaviour.fault.of_request
            if below_requests and behaviour != before.behaviour_of(host):
                listener.drop()

    def network(self) -> NetworkSettings:
        """The settings with which an exporter probes its true addresses and meets the simulator."""
        connect_to = {
            f"{name}:{port}": f"{simulated_name(host)}:{listener.port}"
            for (host, port), listener in self._listeners.items()
            for name in _NAMES_OF_HOST[host]
        }
        return NetworkSettings(
            resolver=f"{LOOPBACK}:{self._dns.port}",
            connect_to=MappingProxyType(connect_to),
            ca_file=str(self._ca_file),
            proxy_from_environment=False,
        )

    def _listen(
        self, stack: AsyncExitStack, host: Host, port: int, tls: ssl.SSLContext | None
    ) -> None:
        listener = Listener(self._handler(host), tls)
        stack.push_async_callback(listener.stop)
        self._listeners[host, port] = listener

    def _context(self, host: Host, authority: Authority) -> ssl.SSLContext:
        names = _NAMES_OF_HOST[host]

        def choose(
            connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
        ) -> None:
            fault = self._world.behaviour_of(host).fault
            flaw = Flaw.NONE if fault is None else _FLAW_OF_FAULT.get(fault, Flaw.NONE)
            known = name if name in names else names[0]
            connection.context = authority.context(known, flaw)

        context = authority.context(f"default.{simulated_name(host)}")
        context.sni_callback = choose
        return context

    def _handler(self, host: Host) -> Handler:
        async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
            request = Request(
                name=_name_asked(incoming, host),
                method=incoming.method,
                path=incoming.path,
                headers={name.lower(): value for name, value in incoming.headers.items()},
                body=await incoming.read(),
            )
            self.requests[request.name] += 1
            usual = self._world.behaviour_of(host, keyed=request.keyed)
            behaviour = usual.towards(model_asked(request.body))
            await asyncio.sleep(behaviour.delay / self._moments.scale)
            fault = _fault_of_request(behaviour)
            if fault is not None and incoming.transport is not None:
                await play_fault(fault, incoming.transport)
                return web.Response()
            ordinary = ordinary_answer(host, request, self._world, self._moments)
            answer = behaviour.answer(ordinary)
            response = self._response(answer)
            return await self._streamed(incoming, answer, response) if answer.pieces else response

        return handle

    async def _streamed(
        self, incoming: web.BaseRequest, answer: Answer, whole: web.Response
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=_streamable(whole))
        response.enable_chunked_encoding()
        await response.prepare(incoming)
        for piece in answer.pieces:
            await asyncio.sleep(answer.pause / self._moments.scale)
            await response.write(piece)
        if answer.cut and incoming.transport is not None:
            incoming.transport.close()
        return response

    def _response(self, answer: Answer) -> web.Response:
        self._request_number += 1
        request_id = f"{REQUEST_ID[:-4]}{self._request_number:04d}"
        headers = {
            name: value.replace(REQUEST_ID, request_id) for name, value in answer.headers.items()
        }
        return web.Response(
            status=answer.status,
            headers={"server": "simulator", **headers},
            body=answer.body.replace(REQUEST_ID.encode(), request_id.encode()),
        )

    def _count_query(self, name: str) -> None:
        self.queries[name] += 1


def _streamable(response: web.Response) -> Mapping[str, str]:
    return {name: text for name, text in response.headers.items() if name != "Content-Length"}


def _fault_of_request(behaviour: Manner) -> Fault | None:
    fault = behaviour.fault
    if fault is Fault.REFUSE:
        # This connection was still in its TLS handshake when the port was closed.
        return Fault.RESET
    return fault if fault is not None and fault.of_request else None


def _name_asked(incoming: web.BaseRequest, host: Host) -> str:
    name = incoming.host.partition(":")[0].lower()
    return name if name in _NAMES_OF_HOST[host] else _NAMES_OF_HOST[host][0]
