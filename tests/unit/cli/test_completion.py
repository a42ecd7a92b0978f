"""`claude-exporter completion`, in the real shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from claude_exporter.cli.main import main

BIN = Path(sys.executable).parent

ASK = {
    "bash": """\
{script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_claude_exporter_completion claude-exporter
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "fish": '{script}\ncomplete --do-complete "{words}"\n',
    # zsh completes only at a prompt: the functions that would show the matches print them.
    "zsh": """\
compdef() {{ }}
_describe() {{ print -rl -- $completions_with_descriptions }}
compadd() {{ print -rl -- $completions }}
{script}
words=({words}); CURRENT=$#words
_claude_exporter_completion
""",
}
CASES = {
    "bash: a command": ("bash", "claude-exporter dri", "drill"),
    "bash: a target": ("bash", "claude-exporter probe api-m", "api-models"),
    "bash: a scenario": ("bash", "claude-exporter drill blip", "blip-90s"),
    "zsh: a command": ("zsh", "claude-exporter dri", "drill"),
    "zsh: a value": ("zsh", "claude-exporter watch --surface we", "web"),
    "fish: a command": ("fish", "claude-exporter dri", "drill"),
}


def script(shell):
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(("shell", "words", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_real_shell_completes(shell, words, wanted):
    """Asked as the shell asks when somebody presses Tab."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    quiet = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [program, *quiet, "-c", ASK[shell].format(script=script(shell), words=words)],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = [line.partition("\t")[0].partition(":")[0] for line in done.stdout.splitlines()]
    assert wanted in found, done.stderr
