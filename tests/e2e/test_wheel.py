"""The wheel: what is built from the checkout works without it."""

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from support.programs import require, run

from claude_exporter.stack.resources import EXPORTED, bundle, container_files, files_of

pytestmark = pytest.mark.e2e

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, TOP], timeout=300)
    (built,) = folder.glob("claude_exporter-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel):
    """A fresh environment with our wheel in it; the dependencies are those of this environment."""
    folder = wheel.parent
    venv.create(folder / "venv", with_pip=False)
    fresh = folder / "venv" / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = run([fresh, "-c", code]).strip()
    pip = [sys.executable, "-m", "pip", f"--python={fresh}"]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel])
    # A path named in a .pth file is searched, but its own .pth files are not read: this
    # environment's editable install of the checkout stays out.
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return fresh


def test_the_wheel_is_what_runs(python):
    code = "import claude_exporter; print(claude_exporter.__file__)"
    place = run([python, "-c", code], cwd="/").strip()
    assert Path(place).is_relative_to(python.parent.parent)


def test_export_writes_the_files_of_the_checkout(python, tmp_path):
    """And Prometheus and Alertmanager accept them where they lie."""
    said = run([python.parent / "claude-exporter", "export", tmp_path / "out"], cwd=tmp_path)
    names = [Path(name) / path for name in EXPORTED for path in files_of(name)]
    told = [Path(line) for line in said.splitlines()]
    assert told[: len(names)] == [tmp_path / "out" / name for name in names]
    for name in names:
        original = bundle(name.parts[0]) / Path(*name.parts[1:])
        assert (tmp_path / "out" / name).read_bytes() == original.read_bytes()
    config = tmp_path / "out/prometheus/prometheus.yml"
    assert run([require("promtool"), "check", "config", config]).count("rules found") >= 2
    run([require("amtool"), "check-config", tmp_path / "out/alerts/alertmanager.yml"])


def test_export_writes_all_that_an_image_is_built_from(python, tmp_path):
    """The Compose file and the code of the wheel, byte for byte as in the checkout."""
    run([python.parent / "claude-exporter", "export", tmp_path / "out"], cwd=tmp_path)
    found = {
        path: (tmp_path / "out" / path).read_bytes() == source.read_bytes()
        for path, source in container_files().items()
    }
    assert found == dict.fromkeys(found, True)
    assert Path("docker-compose.yml") in found
    assert Path("exporter/claude_exporter/core/guide.yml") in found


def test_export_refuses_to_replace_a_file_of_the_users(python, tmp_path):
    command = [python.parent / "claude-exporter", "export", tmp_path]
    run(command)
    mine = tmp_path / "alerts" / "alertmanager.yml"
    mine.write_text("mine: true\n")
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"{mine}: expected no file or an equal one, found another one\n"
        "nothing was written; --force replaces these files\n"
    )
    run([*command, "--force"])
    assert mine.read_bytes() == (bundle("alerts") / "alertmanager.yml").read_bytes()


def test_the_wheel_carries_the_scenarios(python):
    code = "from claude_exporter.stack.resources import bundle; print(bundle('scenarios'))"
    packaged = Path(run([python, "-c", code], cwd="/").strip())
    assert packaged.is_relative_to(python.parent.parent)
    names = {path.name for path in bundle("scenarios").glob("*.yml")}
    assert {path.name for path in packaged.glob("*.yml")} == names


def test_the_wheel_carries_no_litter(wheel):
    """Nothing that only came to be by running the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if "__pycache__" in name or "/." in name] == []


def test_neither_wheel_nor_source_has_the_harness_of_the_dashboards(wheel, tmp_path):
    """It is for those who work on the dashboards, and half a gigabyte with its packages."""
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], cwd=TOP)
    (source,) = tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as built, tarfile.open(source) as packed:
        names = [*built.namelist(), *packed.getnames()]
    assert [name for name in names if "harness" in name.split("/") or "node_modules" in name] == []
    assert any(name.endswith("is-claude-down.json") for name in names)
