"""What a message costs, in whole nano-dollars, so that no sum of costs is ever rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import yaml

from claude_exporter.probers.api_options import INPUT_LIMIT, ApiOptions

USD: Final = 1_000_000_000
"""Nano-dollars in a dollar."""

_PER_MILLION: Final = 1000
_SUFFIX: Final = re.compile(r"-(\d{8}|latest)$")


class Price(NamedTuple):
    """Nano-dollars a token."""

    input: int
    output: int

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """What so many tokens cost."""
        return self.input * input_tokens + self.output * output_tokens


@cache
def prices() -> Mapping[str, Price]:
    """The price list, by model."""
    text = files("claude_exporter.probers").joinpath("api_prices.yml").read_text(encoding="utf-8")
    return {name: _price_of(row) for name, row in yaml.safe_load(text)["models"].items()}


def price_of(model: str) -> Price:
    """The price of a model; of one that is not in the list, the highest that is."""
    known = prices().get(_SUFFIX.sub("", model))
    if known is not None:
        return known
    listed = prices().values()
    return Price(max(each.input for each in listed), max(each.output for each in listed))


def most_cost(options: ApiOptions) -> int:
    """What a probe can cost at most; 0 for one that is free."""
    if options.kind != "message" or options.model is None:
        return 0
    return price_of(options.model).of(INPUT_LIMIT, options.max_tokens)


def _price_of(row: Mapping[str, float]) -> Price:
    return Price(round(row["input"] * _PER_MILLION), round(row["output"] * _PER_MILLION))
