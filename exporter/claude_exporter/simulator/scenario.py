"""Scenario files: a time-line of what breaks, and what the exporter must make of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from claude_exporter.core.model import Action, Surface
from claude_exporter.core.real_use import Request
from claude_exporter.simulator.behaviour import FILE_VALUE, Behaviour, Seconds
from claude_exporter.simulator.hosts import GROUPS, Host
from claude_exporter.simulator.page_state import PageChange, PageState, after_change
from claude_exporter.simulator.real_requests import RealRequests, requests_between
from claude_exporter.simulator.world import Community, World

_BEHAVIOUR_KEYS: Final = frozenset(Behaviour.model_fields)
_BESIDE: Final = ("community", "local", "elsewhere")


class Change(BaseModel):
    """
    One `set` of a step: behaviours by host, what changes on the page, what others report.

    `local` is what Claude Code here meets from now on, `elsewhere` what another vantage sees.
    """

    model_config = FILE_VALUE

    hosts: Mapping[Annotated[Host, Field(strict=False)], Behaviour]
    page: PageChange | None = None
    community: Annotated[Community, Field(strict=False)] | None = None
    local: Annotated[tuple[RealRequests, ...], Field(strict=False)] | None = None
    elsewhere: Literal["works", "fails"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, value: Any) -> Any:  # noqa: ANN401 — what a YAML file may hold
        if not isinstance(value, dict) or not value:
            raise ValueError("expected at least one host, page, community, local or elsewhere")
        hosts: dict[str, object] = {}
        beside = {name: value[name] for name in _BESIDE if name in value}
        for name, behaviour in value.items():
            if name not in beside and (name != "page" or _is_behaviour(behaviour)):
                hosts |= dict.fromkeys(_hosts_of(name), behaviour)
        page = value.get("page")
        return {"hosts": hosts, "page": None if _is_behaviour(page) else page, **beside}

    @model_validator(mode="after")
    def _keep_keyed_to_requests(self) -> Self:
        keyed = self.hosts.get(Host.KEYED)
        if keyed and keyed.fault and not keyed.fault.of_request:
            raise ValueError(
                f"keyed: expected an answer or a fault met after the request, not {keyed.fault}:"
                " keyed requests share the connections of api"
            )
        return self


class Step(BaseModel):
    """Something that changes, `at` seconds after the scenario began."""

    model_config = FILE_VALUE

    at: Seconds
    set: Change


class Expectation(BaseModel):
    """The verdict the exporter must have reached by then."""

    model_config = FILE_VALUE

    at: Seconds
    surface: Annotated[Surface, Field(strict=False)]
    row: str
    action: Annotated[Action, Field(strict=False)]


class Notification(BaseModel):
    """One message that must reach a person between `after` and `before`."""

    model_config = FILE_VALUE

    after: Seconds
    before: Seconds
    status: Literal["firing", "resolved"]
    alert: str
    surface: Annotated[Surface, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _have_a_span(self) -> Self:
        if self.before <= self.after:
            raise ValueError(f"expected before later than after ({self.after:g} s)")
        return self


class Scenario(BaseModel):
    """
    One scenario file.

    `config` is merged over the default configuration while it plays. `notifications` is all that
    may arrive, in its order.
    """

    model_config = FILE_VALUE

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    description: str
    duration: Seconds
    config: Mapping[str, Any] = Field(default_factory=dict)
    timeline: Annotated[tuple[Step, ...], Field(strict=False)] = ()
    expect: Annotated[tuple[Expectation, ...], Field(strict=False)] = ()
    notifications: Annotated[tuple[Notification, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _keep_time(self) -> Self:
        _refuse_disorder("timeline", [step.at for step in self.timeline], self.duration)
        _refuse_disorder("expect", [expected.at for expected in self.expect], self.duration)
        _refuse_disorder(
            "notifications", [told.after for told in self.notifications], self.duration
        )
        return self

    def world_at(self, at: float) -> World:
        """The world `at` seconds after the scenario began: every step up to then has happened."""
        hosts: dict[Host, Behaviour] = {}
        page, community, elsewhere = PageState(), Community.UNKNOWN, None
        for step in self.timeline:
            if step.at > at:
                break
            hosts |= step.set.hosts
            community = step.set.community or community
            page = page if step.set.page is None else after_change(page, step.set.page, step.at)
            if "elsewhere" in step.set.model_fields_set:
                elsewhere = step.set.elsewhere
        return World(
            at=at,
            hosts=MappingProxyType(hosts),
            page=page,
            community=community,
            others_succeed=None if elsewhere is None else elsewhere == "works",
        )

    @property
    def requests(self) -> tuple[Request, ...]:
        """What Claude Code asks all the while, each at its moment since the beginning."""
        steps = [step for step in self.timeline if "local" in step.set.model_fields_set]
        ends = [*(step.at for step in steps[1:]), self.duration]
        return tuple(
            request
            for step, end in zip(steps, ends, strict=False)
            for request in requests_between(step.set.local or (), step.at, end)
        )

    @property
    def needs_company(self) -> bool:
        """Whether another vantage sees something: one machine alone cannot play that."""
        return any("elsewhere" in step.set.model_fields_set for step in self.timeline)

    @property
    def moments(self) -> tuple[float, ...]:
        """The moments at which something changes, each once, in order."""
        return tuple(dict.fromkeys(step.at for step in self.timeline))


def _is_behaviour(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, dict) and bool(_BEHAVIOUR_KEYS & set(value))
    )


def _hosts_of(name: object) -> tuple[Host, ...]:
    if name in GROUPS:
        return GROUPS[str(name)]
    if name in set(Host):
        return (Host(str(name)),)
    known = ", ".join(sorted({*Host, *GROUPS}))
    raise ValueError(f"expected one of {known}, not {name!r}")


def _refuse_disorder(field: str, moments: list[float], duration: float) -> None:
    for earlier, later in pairwise(moments):
        if later < earlier:
            raise ValueError(f"{field}: expected moments in order, not {later:g} after {earlier:g}")
    if moments and moments[-1] > duration:
        raise ValueError(f"{field}: {moments[-1]:g} s is after the end ({duration:g} s)")
