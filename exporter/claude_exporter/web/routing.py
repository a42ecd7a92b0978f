"""How paths are laid out, and how an answer refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn

from aiohttp import web

from .address import Address

_NAMES_SHOWN: Final = 20


def add_routes(app: web.Application, address: Address, routes: Iterable[web.RouteDef]) -> None:
    """Add each route below the prefix."""
    app.add_routes(
        web.RouteDef(each.method, f"{address.prefix}{each.path}", each.handler, each.kwargs)
        for each in routes
    )


def add_way_home(app: web.Application, address: Address) -> None:
    """Lead `/` and the prefix without its slash to the page, where there is a prefix."""

    async def lead_home(request: web.Request) -> NoReturn:
        del request
        raise web.HTTPFound(address.home)

    if address.prefix:
        app.add_routes([web.get("/", lead_home), web.get(address.prefix, lead_home)])


def some(names: Iterable[str]) -> str:
    """The first names; an answer is no place for a thousand."""
    found = list(names)
    more = f" and {len(found) - _NAMES_SHOWN} more" if len(found) > _NAMES_SHOWN else ""
    return ", ".join(found[:_NAMES_SHOWN]) + more


def refused(status: int, text: str) -> web.Response:
    """One line of plain text that says what was wanted and what was found."""
    return web.Response(status=status, text=f"{text}\n")
