"""What a shell may put where the cursor is."""

from __future__ import annotations

import click


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The scenarios there are."""
    from claude_exporter.simulator.library import scenario_names  # noqa: PLC0415  # heavy

    del ctx, param
    return [name for name in scenario_names() if name.startswith(incomplete)]
