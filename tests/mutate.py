"""
Change the core a little at a time and see whether its tests notice: mutmut, on a copy.

    make mutate                        all of it, four minutes of two cores
    make mutate ARGS='fold decide'     these modules alone

mutmut wants the package below `src/`, so a copy is laid out that way in .cache/mutation.
Prints the score by module, then what survived; `mutmut show NAME` in that folder shows one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / ".cache" / "mutation"
PACKAGE = "src/claude_exporter"
MODULES = (
    *("signs", "sign_texts", "guide", "fold", "target_state", "decide", "observe"),
    *("forecast", "survival", "outlook", "words", "names"),
    *("real_use", "evaluator", "page_watch", "private_words"),
)
"""The modules that judge; their tests are those of tests/unit/core and the forecast's."""

CONFIGURATION = """\
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]
pythonpath = ["tests"]
markers = {markers}
asyncio_default_fixture_loop_scope = "function"

[tool.mutmut]
source_paths = ["src"]
only_mutate = {files}
pytest_add_cli_args_test_selection = ["tests/unit"]
"""


def lay_out(modules: list[str]) -> None:
    """Copy anew: mutmut would keep the results of mutants whose tests have changed since."""
    shutil.rmtree(COPY, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "exporter/claude_exporter", COPY / PACKAGE, ignore=ignore)
    for part in ("support", "scenarios", "fixtures", "unit/core"):
        shutil.copytree(ROOT / "tests" / part, COPY / "tests" / part, ignore=ignore)
    for path in (ROOT / "tests/unit").glob("test_forecast*.py"):
        shutil.copy(path, COPY / "tests/unit")
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    text = CONFIGURATION.format(
        markers=options["ini_options"]["markers"],
        files=[f"{PACKAGE}/core/{module}.py" for module in modules],
    )
    (COPY / "pyproject.toml").write_text(text)


def main(arguments: list[str]) -> int:
    """Try every mutant of the named modules, or of all, and print what became of them."""
    if unknown := set(arguments) - set(MODULES):
        print(f"expected some of {', '.join(MODULES)}, not {', '.join(sorted(unknown))}")
        return 2
    lay_out(arguments or list(MODULES))
    mutmut = Path(sys.executable).with_name("mutmut")
    tried = subprocess.run([mutmut, "run", "--max-children", "2"], cwd=COPY, check=False)
    if tried.returncode:
        return tried.returncode
    listed = subprocess.run(
        [mutmut, "results", "--all", "true"], cwd=COPY, check=True, capture_output=True, text=True
    )
    found = re.findall(r"^\s*\S*\.core\.(\w+)\.(\S+): (.+)$", listed.stdout, re.MULTILINE)
    tally = Counter((module, outcome) for module, _, outcome in found)
    print()
    for module in sorted({module for module, _, _ in found}):
        killed = tally[module, "killed"] + tally[module, "timeout"]
        print(f"{module:14}{killed} of {sum(n for (at, _), n in tally.items() if at == module)}")
    survivors = [f"{module}.{name}" for module, name, outcome in found if outcome == "survived"]
    print(f"{'all':14}{len(found) - len(survivors)} of {len(found)}", *survivors, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
