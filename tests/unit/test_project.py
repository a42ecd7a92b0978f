"""The house rules that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from claude_exporter.cli.main import COMMANDS

TOP = Path(__file__).parents[2]
LAYOUT = {
    *("CHANGELOG.md", "LICENSE", "Makefile", "README.md", "docker-compose.yml", "pyproject.toml"),
    *("alerts", "bench", "deploy", "docs", "exporter", "grafana", "prometheus", "tests"),
}
TEXT = {"", ".cfg", ".ini", ".js", ".json", ".md", ".py", ".sh", ".tmpl", ".toml", ".yaml", ".yml"}

PYPROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())


def tracked():
    """Every file that is, or is about to be, part of the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout: nothing says which files are ours")
    return [Path(name) for name in done.stdout.splitlines() if (TOP / name).is_file()]


def texts():
    for path in tracked():
        if path.suffix in TEXT and (TOP / path).stat().st_size < 2_000_000:
            yield path, (TOP / path).read_text(encoding="utf-8", errors="replace")


def test_only_what_the_layout_names_is_at_the_top():
    top = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")}
    assert top - LAYOUT == set()


def source_files():
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in {"exporter", "grafana", "bench"}
    ]


def test_no_source_file_is_longer_than_300_lines():
    lengths = {path: len((TOP / path).read_text().splitlines()) for path in source_files()}
    assert {str(path): length for path, length in lengths.items() if length > 300} == {}


def length_of(function):
    """Lines from the name to the end, the docstring not counted."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    doc = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - doc


def test_no_function_is_longer_than_40_lines():
    too_long = [
        f"{path}:{node.lineno} {node.name}"
        for path in source_files()
        for node in ast.walk(ast.parse((TOP / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length_of(node) > 40
    ]
    assert too_long == []


def configured_hosts():
    """The hosts that the package client of this very machine is set up to ask."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"https?://(?:[^@/\s']*@)?([\w.-]+)", said))


def test_nothing_names_this_machine_or_a_package_registry():
    """The project works from anybody's clone, with anybody's package index."""
    words = {f"{TOP.parent}/", *configured_hosts()}
    registries = ("files.pythonhosted" + ".org", "pypi" + ".org", "registry.npmjs" + ".org")
    found = re.compile("|".join(map(re.escape, (*words, *registries))))
    leaks = [
        f"{path}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if found.search(line)
    ]
    assert leaks == []


def names_of(requirements):
    """The package names of a list of requirements, spelled in the one standard way."""
    names = (re.match(r"[A-Za-z0-9._-]+", requirement)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def locked(path):
    """The locked packages, and those among them that somebody asked for by name."""
    text = (TOP / path).read_text()
    return names_of(re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)), text


def test_the_run_time_lock_has_every_dependency():
    """`make lock` was run after pyproject.toml changed."""
    names, _ = locked("exporter/requirements.lock")
    assert names_of(PYPROJECT["project"]["dependencies"]) - names == set()


def test_the_development_lock_has_every_dependency():
    names, _ = locked("tests/requirements.lock")
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    assert names_of(wanted) - names == set()


def test_both_locks_agree_on_every_version():
    pins = [
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", locked(path)[1], re.MULTILINE))
        for path in ("exporter/requirements.lock", "tests/requirements.lock")
    ]
    run_time, development = pins
    assert {name: development.get(name) for name in run_time} == run_time


@pytest.mark.parametrize("path", ["exporter/requirements.lock", "tests/requirements.lock"])
def test_a_lock_has_a_hash_for_every_package_and_no_index(path):
    names, text = locked(path)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    # One package may be there twice: an older version for the oldest Pythons.
    assert {entry.split("==")[0] for entry in entries} == names
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_every_dependency_says_what_it_replaces():
    """docs/architecture.md has one row of its table for each, and for no other."""
    text = (TOP / "docs" / "architecture.md").read_text()
    table = text.partition("## Dependencies")[2].partition("\n## ")[0]
    rows = names_of(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))
    assert rows == names_of(PYPROJECT["project"]["dependencies"])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command):
    assert f"`claude-exporter {command}" in (TOP / "README.md").read_text()


def targets():
    return re.findall(r"^([a-z]+):.*## ", (TOP / "Makefile").read_text(), re.MULTILINE)


def test_make_says_what_every_target_does():
    said = subprocess.run(["make", "help"], cwd=TOP, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in said.stdout.splitlines()] == targets()
    phony = re.search(r"^\.PHONY: (.+)$", (TOP / "Makefile").read_text(), re.MULTILINE)
    assert set(phony[1].split()) == set(targets())


def test_the_links_of_the_documents_lead_somewhere():
    broken = [
        f"{path}: {link}"
        for path, text in texts()
        if path.suffix == ".md"
        for link in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
        if not (TOP / path.parent / link).exists()
    ]
    assert broken == []


def test_every_yaml_file_of_ours_reads():
    for path in tracked():
        if path.suffix in {".yml", ".yaml"} and "bad" not in path.parts:
            list(yaml.safe_load_all((TOP / path).read_text()))
