"""What the harness is made of: pinned, free to use, from nowhere in particular, and not shipped."""

import json
import re
from pathlib import Path

import pytest
from support.dashboards import DASHBOARDS, panels_of

from claude_exporter.stack.resources import bundle, files_of

HARNESS = bundle("grafana") / "harness"
WANTED = json.loads((HARNESS / "package.json").read_text())["dependencies"]
LOCK = json.loads((HARNESS / "package-lock.json").read_text())
LOCKED = {name: package for name, package in LOCK["packages"].items() if name}
SOURCES = [HARNESS / "build.mjs", *(path for path in (HARNESS / "src").rglob("*.js*"))]


def test_every_package_is_pinned_and_the_lock_says_the_same():
    assert [name for name, version in WANTED.items() if not re.fullmatch(r"[\d.]+", version)] == []
    assert LOCK["packages"][""]["dependencies"] == WANTED
    assert {name: LOCKED[f"node_modules/{name}"]["version"] for name in WANTED} == WANTED


def test_the_lock_has_a_hash_for_every_package_and_no_address():
    assert [name for name, package in LOCKED.items() if not package.get("integrity")] == []
    assert "://" not in json.dumps(LOCK)


def test_nothing_in_it_has_a_licence_that_forbids_our_use():
    """Grafana's own data source for Prometheus, above all, is under the AGPL."""
    names = {name.rpartition("node_modules/")[2] for name in LOCKED}
    assert "@grafana/prometheus" not in names
    licences = {package.get("license", "") for package in LOCKED.values()}
    assert [each for each in licences if "GPL" in each] == []


def test_every_kind_of_panel_has_a_renderer():
    index = (HARNESS / "src/panels/index.js").read_text()
    drawn = set(re.findall(r"plugin\('([\w-]+)'", "".join(path.read_text() for path in SOURCES)))
    used = {panel["type"] for board in DASHBOARDS.values() for panel in panels_of(board)}
    assert used <= drawn
    assert len(re.findall(r"\w+", re.search(r"\[(.*?)\]\.map", index)[1])) == len(drawn)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_file_is_small_enough_to_hold(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 110


def test_it_is_not_among_what_users_get():
    assert [path for path in files_of("grafana") if "harness" in path.parts] == []
    project = Path(bundle("grafana")).parent
    shipped = (project / ".dockerignore").read_text().splitlines()
    assert [line for line in shipped if line.rstrip("/") in {"!grafana", "!grafana/harness"}] == []
