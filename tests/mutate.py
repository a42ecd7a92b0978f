"""
Change the core a little at a time and see whether its tests notice.

    .venv/bin/python tests/mutate.py --seconds 300 fold decide

Works on a copy in a temporary folder, never on the checkout. Mutants are drawn with a fixed seed,
so the same command tries the same ones; each runs the module's own test files in a forked pytest
and counts as killed when they fail. Prints `killed/tried of all` by module, then what survived.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

ROOT = Path(__file__).parents[1]
CORE = Path("exporter/claude_exporter/core")
TESTS = {
    "signs": ["core/test_signs.py"],
    "guide": ["core/test_guide.py", "core/test_decide.py"],
    "fold": ["core/test_fold.py", "core/test_fold_network.py", "core/test_fold_conditions.py"],
    "decide": ["core/test_decide.py"],
    "observe": ["core/test_observe.py", "core/test_observe_page.py"],
    "outlook": ["core/test_outlook.py"],
    "target_state": ["core/test_target_state.py"],
    "words": ["core/test_words.py"],
    "forecast": ["test_forecast.py"],
}
SWAPS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
DEADLINE = 120
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


class Mutant(NamedTuple):
    """One change of one module."""

    module: str
    node: int
    variant: int


def variants(node: ast.AST) -> list[ast.AST]:
    """What a node may be replaced by."""
    found: list[ast.AST] = [*_swapped(node), *_constants(node), *_shortened(node)]
    if isinstance(node, ast.If):
        found += [_with(node, test=ast.Constant(value)) for value in (True, False)]
    if isinstance(node, ast.IfExp):
        found += [node.body, node.orelse]
    if isinstance(node, ast.Return) and node.value is not None:
        found.append(ast.Return(value=ast.Constant(None)))
    if isinstance(node, ast.Name) and node.id in NAMES:
        found.append(ast.Name(id=NAMES[node.id], ctx=node.ctx))
    return [each for each in found if ast.dump(each) != ast.dump(node)]


def _swapped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            ops = [*node.ops[:place], SWAPS[type(op)](), *node.ops[place + 1 :]]
            yield _with(node, ops=ops)
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        yield _with(node, op=SWAPS[type(node.op)]())


def _constants(node: ast.AST) -> Iterator[ast.AST]:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
    elif value and isinstance(value, str | bytes):
        yield ast.Constant("XX" + value if isinstance(value, str) else b"XX" + value)


def _shortened(node: ast.AST) -> Iterator[ast.AST]:
    """The node with one of its parts left out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.comprehension) and node.ifs:
        yield _with(node, ifs=[])
    if isinstance(node, ast.BoolOp):
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield rest[0] if len(rest) == 1 else _with(node, values=rest)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "replace":
        for place in range(len(node.keywords)):
            yield _with(node, keywords=[*node.keywords[:place], *node.keywords[place + 1 :]])


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = deepcopy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes that decide something: no docstring, annotation, message or decorator."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        parts += getattr(node, "decorator_list", [])
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            parts.append(node)
        if isinstance(node, ast.JoinedStr):
            parts += [part for part in node.values if isinstance(part, ast.Constant)]
        skipped |= {id(each) for part in parts if part is not None for each in ast.walk(part)}
    return [node for node in ast.walk(tree) if id(node) not in skipped]


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def mutated(source: str, mutant: Mutant) -> tuple[str, str]:
    """The source with the change, and the change in words."""
    tree = ast.parse(source)
    old = nodes(tree)[mutant.node]
    new = variants(old)[mutant.variant]
    words = f"{mutant.module}:{getattr(old, 'lineno', '?')}: {_short(old)}  ->  {_short(new)}"
    return ast.unparse(ast.fix_missing_locations(_Swap(old, new).visit(tree))), words


def _short(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:90]


def passes(module: str, *, warm: bool = False) -> bool:
    """Whether the module's tests pass, in a fork that imports the module anew."""
    child = os.fork()
    if child == 0:
        _run_tests(module, warm=warm)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _run_tests(module: str, *, warm: bool) -> NoReturn:
    # Compiled files are kept from the first run only: a mutant's must never be read again.
    sys.dont_write_bytecode = not warm
    signal.alarm(DEADLINE)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    off = [word for name in ("cacheprovider", "xdist", "cov") for word in ("-p", f"no:{name}")]
    code = 1
    try:
        code = int(pytest.main(["-x", "-q", *off, *(f"tests/unit/{t}" for t in TESTS[module])]))
    finally:
        os._exit(code)


def main() -> None:
    """Draw, change, run, count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("modules", nargs="*", default=[], help=f"default: {' '.join(TESTS)}")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to go on drawing")
    parser.add_argument("--seed", type=int, default=17)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("exporter", "tests"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        shutil.copy(ROOT / "pyproject.toml", folder)
        os.chdir(folder)
        sys.path[:0] = [f"{folder}/exporter", f"{folder}/tests"]
        _run(asked.modules or list(TESTS), asked.seconds, asked.seed)


def _run(modules: list[str], seconds: float, seed: int) -> None:
    for module in modules:
        if not passes(module, warm=True):
            sys.exit(f"{module}: its tests fail before anything was changed")
    mutants = [each for module in modules for each in _mutants(module)]
    random.Random(seed).shuffle(mutants)  # noqa: S311 - a sample, not a secret
    ends_at, tried, killed, survived = time.monotonic() + seconds, Counter(), Counter(), []
    for mutant in mutants:
        if time.monotonic() > ends_at:
            break
        tried[mutant.module] += 1
        words = _survivor(mutant)
        killed[mutant.module] += words is None
        survived += [words] if words else []
    for module in modules:
        whole = sum(each.module == module for each in mutants)
        print(f"{module}: {killed[module]}/{tried[module]} of {whole}")  # noqa: T201 - a command
    print(f"all: {killed.total()}/{tried.total()} of {len(mutants)}", *survived, sep="\n")  # noqa: T201 - a command


def _mutants(module: str) -> Iterator[Mutant]:
    tree = ast.parse((CORE / f"{module}.py").read_text(encoding="utf-8"))
    for number, node in enumerate(nodes(tree)):
        yield from (Mutant(module, number, place) for place in range(len(variants(node))))


def _survivor(mutant: Mutant) -> str | None:
    """The change in words if the tests did not notice it."""
    path = CORE / f"{mutant.module}.py"
    source = path.read_text(encoding="utf-8")
    text, words = mutated(source, mutant)
    path.write_text(text, encoding="utf-8")
    try:
        return words if passes(mutant.module) else None
    finally:
        path.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
