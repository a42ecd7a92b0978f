"""The part of the configuration that needs a key: probes of the API itself and of other routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from claude_exporter.config.errors import shown_text
from claude_exporter.config.fields import Duration, Name, WebUrl, wrong
from claude_exporter.config.secrets import Secret
from claude_exporter.config.section import Section
from claude_exporter.core.model import Surface, Target

DAY: Final = 86400.0
BASE_URL: Final = "https://api.anthropic.com"

Model = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_LONGEST_NAME: Final = 63


def _base(url: str) -> str:
    if "?" in url or "#" in url:
        raise wrong(f"expected a base URL that a path can continue, not {shown_text(url)}")
    return url


BaseUrl = Annotated[WebUrl, AfterValidator(_base)]


class KeyedConfig(Section):
    """What the API and the other routes to Claude have in common."""

    key: Secret = Field(description="The key that is sent.")
    authorization: Literal["x-api-key", "bearer"] = Field(
        default="x-api-key", description="How it is sent; `bearer`: as `Authorization: Bearer`."
    )
    models: tuple[Model, ...] = Field(
        default=(), max_length=32, description="Ids of the models that are asked, each by itself."
    )
    list_models: bool = Field(
        default=True, description="Ask for the list of models: free, shows that the key works."
    )
    count_tokens: bool = Field(
        default=True, description="Count the tokens of a short prompt per model: free."
    )
    messages: bool = Field(
        default=False, description="Stream the shortest message per model: costs money."
    )
    interval: Annotated[float, Duration(10, DAY)] = Field(
        default=60.0, description="How often what is free is asked."
    )
    messages_interval: Annotated[float, Duration(10, DAY)] = Field(
        default=300.0, description="How often a message is sent, per model."
    )
    timeout: Annotated[float, Duration(0.01, 300)] = Field(
        default=10.0, description="Deadline of what is free; at most its interval."
    )
    messages_timeout: Annotated[float, Duration(0.01, 300)] = Field(
        default=30.0, description="Deadline of a message; at most its interval."
    )
    max_tokens: int = Field(
        default=8, ge=1, le=8, description="The longest answer to a message, in tokens."
    )

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if self.messages and not self.models:
            raise wrong("expected at least one of models where messages are sent, not none")
        if self.timeout > self.interval or self.messages_timeout > self.messages_interval:
            raise wrong("expected each timeout at most its interval, not a longer one")
        return self


class RouteConfig(KeyedConfig):
    """Another way to Claude (a gateway, a cloud's endpoint): shown, never part of the verdict."""

    name: Annotated[Name, StringConstraints(max_length=24)] = Field(
        description="Its name; its targets are named `route-NAME-...`."
    )
    base_url: BaseUrl = Field(description="Where `/v1/messages` continues.")
    count_tokens: bool = Field(
        default=False, description="Count the tokens of a short prompt per model: free."
    )


class ApiProbesConfig(KeyedConfig):
    """Probes of the API with a key of your own; without this section there are none."""

    base_url: BaseUrl = Field(default=BASE_URL, description="Where `/v1/messages` continues.")
    max_usd_per_day: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=0.10, description="What all messages of a UTC day may cost, in US dollars."
    )
    max_per_hour: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=60, description="How many messages may be sent within any hour, all together."
    )
    routes: tuple[RouteConfig, ...] = Field(
        default=(), max_length=16, description="Other ways to Claude, whose health is shown beside."
    )

    @model_validator(mode="after")
    def _name_apart(self) -> Self:
        names: set[str] = set()
        for target in self.targets():
            if target.name in names:
                raise wrong(f"expected different names, not {shown_text(target.name)} twice")
            names.add(target.name)
        return self

    def targets(self) -> tuple[Target, ...]:
        """Give what is probed, those of the routes last."""
        routes = (_route_targets(route) for route in self.routes)
        return tuple(chain(_own_targets(self), *routes))


def _own_targets(config: ApiProbesConfig) -> Iterator[Target]:
    # Counting tokens works through many an outage of a model, so it must not hide a failed message.
    parts = {"models": "account", "count_tokens": "models", "message": "messages"}
    for kind, model, name in _probes(config, "keyed"):
        yield _target(config, kind, model, name=name, part=parts[kind], model=model)


def _route_targets(route: RouteConfig) -> Iterator[Target]:
    part = f"route-{route.name}"
    for kind, model, name in _probes(route, part):
        # No model: a gateway that fails does not mean that a model of Claude does.
        yield _target(route, kind, model, name=name, part=part, essential=False)


def _probes(config: KeyedConfig, start: str) -> Iterator[tuple[str, str | None, str]]:
    if config.list_models:
        yield "models", None, f"{start}-models"
    for model in config.models:
        word = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
        if config.count_tokens:
            yield "count_tokens", model, f"{start}-count-{word}"[:_LONGEST_NAME]
        if config.messages:
            yield "message", model, f"{start}-message-{word}"[:_LONGEST_NAME]


def _target(
    config: ApiProbesConfig | RouteConfig,
    kind: str,
    asked: str | None,
    **fields: Any,  # noqa: ANN401  # fields of Target
) -> Target:
    from claude_exporter.probers.api_options import ApiOptions  # noqa: PLC0415  # probers use us

    paid = kind == "message"
    options = {"kind": kind, "model": asked, "max_tokens": config.max_tokens}
    return Target(
        **fields,
        surface=Surface.API,
        prober="api",
        address=config.base_url,
        interval=config.messages_interval if paid else config.interval,
        timeout=config.messages_timeout if paid else config.timeout,
        keyed=True,
        options=ApiOptions.model_validate(
            {**options, "key": config.key, "authorization": config.authorization}
        ),
    )
