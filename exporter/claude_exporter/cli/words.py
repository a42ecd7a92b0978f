"""How a command's help and mistakes read: examples, and the near name for a wrong one."""

from __future__ import annotations

import sys
from typing import Any

import click

from claude_exporter.core.names import not_one_of

_KEPT_AS_IT_IS = "\b\n"


def examples(*lines: str) -> str:
    """The epilog of a help: *lines* as they would be typed."""
    return f"{_KEPT_AS_IT_IS}Examples:\n" + "\n".join(f"  {line}" for line in lines)


def counted_of(number: int, noun: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class TeachingGroup(click.Group):
    """A group that names the command that was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a better refusal."""
        known = self.list_commands(ctx)
        if not ctx.resilient_parsing and args[0] not in known and not args[0].startswith("-"):
            ctx.fail(not_one_of(args[0], known, "a command"))
        return super().resolve_command(ctx, args)


class Duration(click.ParamType[float]):
    """Seconds, written like 20m."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds of what was written."""
        from claude_exporter.config.durations import parse_duration  # noqa: PLC0415  # only if given

        if isinstance(value, float):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Url(click.ParamType[str]):
    """The base address of an exporter."""

    name = "url"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The URL, if it is one that can be asked."""
        import httpx  # noqa: PLC0415  # only if given

        text = str(value)
        try:
            url = httpx.URL(text)
            usable = url.scheme in {"http", "https"} and bool(url.host) and text.isprintable()
            usable = usable and 0 < (url.port or 1) < 65536
        except (httpx.InvalidURL, UnicodeError):
            usable = False
        if not usable or " " in text:
            self.fail(f"expected a URL like http://127.0.0.1:9529, not {text[:80]!r}", param, ctx)
        return text


class UsageIsNoVerdict(click.Command):
    """Wrong usage exits with 4, could not tell: 2 means troubleshoot here."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401  # as click's
        """As click does, but for the exit status."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            error.show()
            sys.exit(4)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click's
        """As click does, but for the exit status."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            error.show()
            sys.exit(4)
