"""The stack in containers, checked without an engine by the real Compose and hadolint."""

import json
import re
import sys
from pathlib import Path

import pytest
from support.programs import run

from claude_exporter.stack.configs import DASHBOARDS, PLACES
from claude_exporter.stack.ports import USUAL

TOP = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def services():
    command = [BIN / "docker-compose", "-f", TOP / "docker-compose.yml", "config", "--format=json"]
    return json.loads(run(command))["services"]


def test_hadolint_finds_nothing_to_mend():
    run([BIN / "hadolint", TOP / "exporter" / "Dockerfile"])


def test_the_services_are_named_as_the_packaged_files_name_them(services):
    published = {
        name: f"{name}:{port['target']}"
        for name, service in services.items()
        for port in service["ports"]
    }
    grafana = published.pop("grafana")
    assert published == dict(PLACES)
    assert grafana == f"grafana:{USUAL['grafana']}"


def test_every_service_is_confined_checked_and_on_loopback(services):
    """Read-only, no capabilities, a health check, and published to this machine alone."""
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert [port["host_ip"] for port in service["ports"]] == ["127.0.0.1"], name
        assert name == "exporter" or service["healthcheck"]["test"], name


def test_every_image_is_pinned_to_a_version(services):
    images = [service["image"] for name, service in services.items() if name != "exporter"]
    dockerfile = (TOP / "exporter" / "Dockerfile").read_text()
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) == 5
    assert [image for image in images if not re.search(r":v?\d+\.\d+\.\d+(-|$)", image)] == []


def test_every_mounted_folder_is_there_and_read_only(services):
    """A path that is not there would be made by the engine, as an empty folder."""
    binds = [
        volume
        for service in services.values()
        for volume in service["volumes"]
        if volume["type"] == "bind"
    ]
    assert {Path(bind["source"]).name for bind in binds} == {"prometheus", "alerts", "grafana"}
    for bind in binds:
        assert Path(bind["source"]).is_dir()
        assert bind["read_only"]
        assert bind["target"].startswith("/etc/claude-exporter/")
    assert DASHBOARDS.startswith("/etc/claude-exporter/grafana/")


def test_the_image_is_built_from_files_that_are_there():
    """The ignore file lets in each source of a COPY."""
    dockerfile = (TOP / "exporter" / "Dockerfile").read_text()
    let_in = re.findall(r"^!(\S+)", (TOP / ".dockerignore").read_text(), re.MULTILINE)
    for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE):
        assert (TOP / source).exists(), source
        assert any(source == name or source.startswith(f"{name}/") for name in let_in), source
