"""`claude-exporter completion`: what makes a shell complete this command."""

from __future__ import annotations

from typing import Final

import click

from claude_exporter.cli.words import examples

SHELLS: Final = ("bash", "zsh", "fish")
PROGRAM: Final = "claude-exporter"
VARIABLE: Final = "_CLAUDE_EXPORTER_COMPLETE"
"""What click looks at: the shell asks the program itself what fits."""


@click.command(
    epilog=examples(
        'eval "$(claude-exporter completion bash)"   # in ~/.bashrc',
        'eval "$(claude-exporter completion zsh)"    # in ~/.zshrc, after compinit',
        "claude-exporter completion fish | source         # in config.fish",
    )
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options, targets and scenarios."""
    from click.shell_completion import ShellComplete, get_completion_class  # noqa: PLC0415

    from claude_exporter.cli.main import main  # noqa: PLC0415  # main imports this module

    found = get_completion_class(shell)
    if found is None:  # a shell that this click does not know
        raise click.ClickException(f"click {click.__version__} cannot complete in {shell}")
    # Not source() of the class of bash: it runs bash to learn its version.
    click.echo(ShellComplete.source(found(main, {}, PROGRAM, VARIABLE)), nl=False)
