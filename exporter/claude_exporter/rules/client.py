"""
What the user's own product sees of Claude: one record that everything else reads, if it is there.

`claude_client:requests:rate5m{model, code}` is the contract. Users write it themselves, or give a
mapping from the metrics that they have, and this renders the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import Field, StringConstraints, ValidationError

from claude_exporter.config.fields import Name, Pattern
from claude_exporter.config.section import Section
from claude_exporter.core.guide import Guide

from .spans import promql_duration

CONTRACT: Final = "claude_client:requests:rate5m"
"""Requests a second to Claude over five minutes, by model and by HTTP status."""

WINDOW: Final = 300.0

Metric = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,99}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[1-5][0-9][0-9]$|^[a-z_]{1,40}$")]


class MappingError(Exception):
    """A mapping that cannot be used: one line for each thing that is wrong."""


class CodeConfig(Section):
    """Which code a value of the code's label means."""

    value: Pattern = Field(description="A pattern that the whole value matches.")
    code: Code = Field(description="An HTTP status, or a word like `timeout`.")


class ClientConfig(Section):
    """One counter of requests to Claude, and where it has what."""

    name: Name = Field(description="A name of its own, the label `client`.")
    metric: Metric = Field(description="A counter, or the `_count` of a histogram.")
    match: Mapping[Label, Pattern] = Field(
        default_factory=dict, description="Labels by which requests to Claude are told."
    )
    model: Label | None = Field(default=None, description="The label with the model.")
    code: Label = Field(description="The label with the status or the kind of error.")
    codes: Annotated[tuple[CodeConfig, ...], Field(strict=False, max_length=32)] = Field(
        default=(), description="What its values mean, the first that matches."
    )


class Clients(Section):
    """A mapping file."""

    clients: Annotated[tuple[ClientConfig, ...], Field(strict=False, min_length=1)]


def read_clients(path: Path) -> Clients:
    """The mapping in a file. Raises MappingError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Clients.model_validate(document)
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise MappingError("\n".join(_problems(path, error))) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingError(f"{path}: {error}") from None


def _problems(path: Path, error: ValidationError) -> Iterable[str]:
    for each in error.errors(include_url=False, include_input=False):
        steps = (f"[{s}]" if isinstance(s, int) else f".{s}" for s in each["loc"])
        yield f"{path}: ${''.join(steps)}: {each['msg']}"


def client_rules(clients: Clients) -> dict[str, Any]:
    """The rule file that fulfils the contract."""
    rules = [
        {"record": CONTRACT, "expr": expression_of(each), "labels": {"client": each.name}}
        for each in clients.clients
    ]
    return {"groups": [{"name": "claude-client", "interval": "15s", "rules": rules}]}


def expression_of(client: ClientConfig) -> str:
    """Requests a second by model and code."""
    matchers = ", ".join(f"{key}=~{quoted(value)}" for key, value in sorted(client.match.items()))
    found = f"rate({client.metric}{{{matchers}}}[{promql_duration(WINDOW)}])"
    by = "code"
    if client.model is not None:
        found, by = _copied(found, client.model, "model"), "model, code"
    found = _copied(found, client.code, "code")
    # A request that has no kind of error went well.
    found = f'label_replace({found}, "code", "200", "code", "")'
    # From the last to the first: what is replaced last counts, and the first shall count.
    for each in reversed(client.codes):
        source = quoted(client.code), quoted(each.value)
        found = f'label_replace({found}, "code", "{each.code}", {", ".join(source)})'
    return f"sum by ({by}) ({found})"


def _copied(expression: str, source: str, target: str) -> str:
    """*expression* with the label *source* under the name *target*."""
    if source == target:
        return expression
    return f'label_replace({expression}, "{target}", "$1", "{source}", "(.*)")'


def quoted(text: str) -> str:
    """*text* as a string of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def evidence_rules(guide: Guide) -> list[tuple[str, str]]:
    """
    What follows from the contract, by record: how many fail by Claude's fault, and whether many do.

    Only 5xx are Claude's fault for certain: timeouts may be ours, and 4xx are. Nothing follows
    from few requests, and nothing at all where nobody fulfils the contract.
    """
    requests = f"sum by (model) ({CONTRACT})"
    failed = f'sum by (model) ({CONTRACT}{{code=~"5.."}})'
    enough = f"{requests} * {WINDOW:g} >= {guide.limits['client_requests']:g}"
    share = f"(({failed} or {requests} * 0) / {requests}) and on (model) ({enough})"
    ratio = f'label_replace({share}, "model", "any model", "model", "")'
    many = f"claude:client_failure_ratio > {guide.limits['client_failures']:g}"
    return [("claude:client_failure_ratio", ratio), ("claude:client_failing", many)]
