"""The shape of the configuration: frozen and strict; durations are seconds, sizes are bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SerializeAsAny,
    StringConstraints,
    model_validator,
)

from claude_exporter.config.api_probes import ApiProbesConfig
from claude_exporter.config.claude_code import ClaudeCodeConfig
from claude_exporter.config.community import CommunityConfig
from claude_exporter.config.durations import format_duration
from claude_exporter.config.errors import shown_text
from claude_exporter.config.fields import (
    Duration,
    FilePath,
    Name,
    Size,
    WebUrl,
    wrong,
    wrong_kind,
    wrong_together,
)
from claude_exporter.config.network import NetworkConfig
from claude_exporter.config.secrets import Secret, secrets_in
from claude_exporter.config.section import Section
from claude_exporter.config.slo import SloConfig
from claude_exporter.core.model import WATCHED, Surface, Target

if TYPE_CHECKING:
    from claude_exporter.probers.spec import NetworkSettings

DAY: Final = 86400.0
WEBHOOK_SECRET_LENGTH: Final = 16
"""Characters of a webhook's secret at least: a shorter one could be guessed."""

MIB: Final = 2**20

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _watched(value: object) -> object:
    if value not in WATCHED:
        raise wrong(f"expected one of {', '.join(WATCHED)}, not {shown_text(str(value))}")
    return value


WatchedSurface = Annotated[
    Surface,
    BeforeValidator(_watched),
    Field(json_schema_extra={"enum": [surface.value for surface in WATCHED]}),
]


def _mapping_or_model(value: object) -> object:
    if isinstance(value, (dict, BaseModel)):
        return value
    raise wrong_kind("a mapping")


class TargetConfig(Section):
    """One thing probed, by one prober."""

    name: Name = Field(
        description="Its name, a label value in the metrics; a built-in target's name changes "
        "that target instead of adding one."
    )
    enabled: bool = Field(default=True, description="`false` removes the target.")
    surface: Surface = Field(
        description="What of Claude it tells about; `control` has nothing to do with Claude and "
        "tells whether we are online."
    )
    part: Name = Field(
        default="main",
        description="Part of the surface; the surface fails when every essential target of one of "
        "its parts fails.",
    )
    essential: bool = Field(
        default=True, description="`false`: its failure alone never fails the surface."
    )
    prober: str = Field(description="Which prober measures it.")
    address: str = Field(description="What is probed, as its prober wants it.")
    interval: Annotated[float, Duration(1, DAY)] = Field(
        default=30.0, description="How often it is probed."
    )
    timeout: Annotated[float, Duration(0.01, 300)] = Field(
        default=10.0, description="Deadline of one probe; at most the interval."
    )
    slow_after: Annotated[float, Duration(0.001, 300)] | None = Field(
        default=None, description="A success that took longer has the sign `slow`."
    )
    model: Text | None = Field(
        default=None, description="The model that a probe with a credential asks."
    )
    options: Annotated[SerializeAsAny[Any], BeforeValidator(_mapping_or_model)] = Field(
        default_factory=dict, description="The prober's own options."
    )

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.timeout > self.interval:
            raise _too_long("timeout", self.timeout, "interval", self.interval)
        if self.slow_after is not None and self.slow_after > self.timeout:
            raise _too_long("slow_after", self.slow_after, "timeout", self.timeout)
        return self

    def target(self) -> Target:
        """Give the target as the core and the probers know it."""
        return Target(
            name=self.name,
            surface=self.surface,
            prober=self.prober,
            address=self.address,
            interval=self.interval,
            timeout=self.timeout,
            part=self.part,
            essential=self.essential,
            keyed=any(secrets_in(self.options)),
            model=self.model,
            slow_after=self.slow_after,
            options=self.options,
        )


class PageConfig(Section):
    """One status page in Atlassian Statuspage's format."""

    name: Name = Field(description="Its name, a label value in the metrics.")
    enabled: bool = Field(default=True, description="`false` removes the page.")
    url: WebUrl = Field(description="Where the page is.")
    aliases: tuple[WebUrl, ...] = Field(
        default=(), max_length=8, description="The same page under other addresses."
    )
    page_id: Text | None = Field(
        default=None, description="Id that the page must have; `null` takes any page."
    )
    interval: Annotated[float, Duration(10, DAY)] = Field(
        default=60.0, description="How often it is polled."
    )
    timeout: Annotated[float, Duration(0.01, 300)] = Field(
        default=10.0, description="Deadline of one poll; at most the interval."
    )
    max_body: Annotated[int, Size(1024, 64 * MIB)] = Field(
        default=5 * MIB, description="A longer answer is refused."
    )
    max_age: Annotated[float, Duration(10, DAY)] = Field(
        default=300.0, description="Older content counts as unreadable; at least the interval."
    )
    backfill: bool = Field(
        default=True, description="Whether its `/history` is read, once, on the first start."
    )
    components: Mapping[Text, WatchedSurface] = Field(
        default_factory=dict, description="Surface of each component, by the component's id."
    )
    webhook_secret: Secret | None = Field(
        default=None,
        description="Take the page's webhook at `/webhooks/statuspage/NAME/SECRET`; at least "
        f"{WEBHOOK_SECRET_LENGTH} characters. `null`: none.",
    )

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.timeout > self.interval:
            raise _too_long("timeout", self.timeout, "interval", self.interval)
        if self.interval > self.max_age:
            raise _too_long("interval", self.interval, "max_age", self.max_age)
        return self


class StateConfig(Section):
    """What survives a restart, so that an outage under way keeps its beginning."""

    file: FilePath | None = Field(
        default=None,
        description="SQLite file that is made where missing; `null`: systemd's or XDG's state "
        "folder. `--state.file` goes before it, and an empty one keeps nothing.",
    )


class Config(Section):
    """The whole configuration."""

    network: NetworkConfig = Field(
        default_factory=NetworkConfig, description="How the exporter reaches the world."
    )
    default_targets: bool = Field(
        default=True, description="`false` starts from no targets instead of the built-in ones."
    )
    allow_no_control: bool = Field(
        default=False,
        description="Accept a configuration without a control target, in which trouble of our own "
        "network looks like trouble of Claude.",
    )
    targets: tuple[TargetConfig, ...] = Field(
        default=(), description="What is probed, by name over the built-in targets."
    )
    all_pages: tuple[PageConfig, ...] = Field(
        default=(),
        alias="status_pages",
        description="Which status pages are read, by name over the built-in page.",
    )
    api_probes: ApiProbesConfig | None = Field(
        default=None, description="Probes of the API with a key of your own; `null`: none."
    )
    state: StateConfig = Field(default_factory=StateConfig, description="What survives a restart.")
    slo: SloConfig = Field(
        default_factory=SloConfig, description="What is expected of each surface."
    )
    claude_code: ClaudeCodeConfig = Field(
        default_factory=ClaudeCodeConfig,
        description="What Claude Code on this machine may tell.",
    )
    community: CommunityConfig = Field(
        default_factory=CommunityConfig,
        description="What other people say in public; off unless switched on.",
    )
    guide: FilePath | None = Field(
        default=None, description="A guide of your own (thresholds and texts); `null`: built-in."
    )

    @model_validator(mode="after")
    def _name_apart(self) -> Self:
        names = {target.name for target in self.targets}
        for target in self.api_probes.targets() if self.api_probes else ():
            if target.name in names:
                raise wrong(f"expected a name that api_probes does not use, not {target.name}")
        return self

    @property
    def max_in_flight(self) -> int:
        """How many probes may run at the same time."""
        return self.network.max_in_flight

    @property
    def status_pages(self) -> tuple[PageConfig, ...]:
        """The pages that are not disabled."""
        return tuple(page for page in self.all_pages if page.enabled)

    def build_targets(self) -> tuple[Target, ...]:
        """Give the targets that are not disabled, in the order of the file, keyed ones last."""
        keyed = self.api_probes.targets() if self.api_probes else ()
        return (*(target.target() for target in self.targets if target.enabled), *keyed)

    def network_settings(self) -> NetworkSettings:
        """Give what the connection layer needs."""
        from claude_exporter.probers.spec import NetworkSettings  # noqa: PLC0415  # probers use us

        network = self.network
        return NetworkSettings(
            resolver=network.resolver,
            connect_to=dict(network.connect_to),
            ca_file=str(network.ca_file) if network.ca_file else None,
            proxy_from_environment=network.proxy_from_environment,
            ip_protocol=network.ip_protocol,
        )

    def fingerprint(self) -> str:
        """Give a hash that two configurations share only where they mean the same."""
        meaning = self.model_dump(mode="json", by_alias=True, context={"references": True})
        text = json.dumps(meaning, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _too_long(key: str, value: float, than: str, limit: float) -> Exception:
    long, short = format_duration(value), format_duration(limit)
    return wrong_together(
        {
            key: f"expected at most the {than} {short}, not {long}",
            than: f"expected at least the {key} {long}, not {short}",
        }
    )
