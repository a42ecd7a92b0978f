"""The stack in containers, checked without an engine by the real Compose and hadolint."""

import json
import re
import sys
import tomllib
from pathlib import Path

import click
import pytest
from support.programs import run

from claude_exporter.cli.main import main
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.stack.configs import DASHBOARDS, PLACES
from claude_exporter.stack.export import export
from claude_exporter.stack.ports import USUAL

TOP = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


PROFILES = ("live", "drill")

HAS: dict[str, frozenset[str]] = {
    "claude-exporter": frozenset({"python"}),
    "prom/prometheus": frozenset({"wget", "promtool", "nc", "sh"}),
    "prom/alertmanager": frozenset({"wget", "amtool", "nc", "sh"}),
    "grafana/grafana": frozenset({"wget", "curl", "sh"}),
}
"""What each image brings that a health check may call: their bases are busybox, Alpine and ours."""


def composed(folder, *options):
    command = [BIN / "docker-compose", *options, "config", "--format=json"]
    return json.loads(run(command, cwd=folder))["services"]


@pytest.fixture(scope="module")
def services():
    return composed(TOP)


@pytest.fixture(scope="module")
def by_profile(services):
    return {"live": services, "drill": composed(TOP, "--profile=drill")}


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


@pytest.mark.parametrize("profile", PROFILES)
def test_every_service_is_confined_limited_and_no_root(by_profile, profile):
    """Read-only, no capabilities, a user with a number, bounded in memory and processes."""
    for name, service in by_profile[profile].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["user"].partition(":")[0]) > 0, name
        assert int(service["mem_limit"]) <= 2**30, name
        assert service["pids_limit"] == 256, name


@pytest.mark.parametrize("profile", PROFILES)
def test_every_port_is_published_once_and_to_this_machine_alone(by_profile, profile):
    ports = [port for each in by_profile[profile].values() for port in each.get("ports", ())]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    published = sorted(port["published"] for port in ports)
    assert published == sorted(str(port) for port in USUAL.values())


@pytest.mark.parametrize("profile", PROFILES)
def test_every_health_check_is_a_command_of_its_image(by_profile, profile):
    """The exporter's own is in its Dockerfile."""
    dockerfile = (TOP / "exporter" / "Dockerfile").read_text()
    (own,) = re.findall(r'^HEALTHCHECK .*\\\n\s+CMD \["(\w+)"', dockerfile, re.MULTILINE)
    for name, service in by_profile[profile].items():
        words = service.get("healthcheck", {"test": ["CMD", own]})["test"]
        image = service["image"].partition(":")[0]
        assert words[0] == "CMD", name
        assert words[1] in HAS[image], name


@pytest.mark.parametrize("profile", PROFILES)
def test_what_writes_has_somewhere_to_write(by_profile, profile):
    """Our programs and Grafana need /tmp; each data folder is a named volume."""
    services = by_profile[profile]
    for name in {"exporter", "simulator", "drill", "grafana"} & set(services):
        assert services[name]["tmpfs"] == ["/tmp"], name  # noqa: S108  # in a container
    written = {
        name: {each["target"] for each in service["volumes"] if not each.get("read_only")}
        for name, service in services.items()
    }
    flags = " ".join(services["prometheus"]["command"] + services["alertmanager"]["command"])
    assert written["prometheus"] == {"/prometheus"}
    assert written["alertmanager"] == {"/alertmanager"}
    assert "--storage.tsdb.path=/prometheus" in flags
    assert "--storage.path=/alertmanager" in flags


def test_a_drill_takes_the_exporters_place(by_profile):
    """Same name, same port, so that the other programs do not know the difference."""
    drill = by_profile["drill"]
    assert set(drill) - {"simulator", "drill"} == set(by_profile["live"]) - {"exporter"}
    assert drill["simulator"]["networks"]["claude"]["aliases"] == ["exporter"]
    assert drill["drill"]["network_mode"] == "service:simulator"
    assert drill["drill"]["environment"] == dict(ENVIRON)
    assert drill["drill"]["volumes"][0]["source"] == drill["simulator"]["volumes"][0]["source"]


@pytest.mark.parametrize("name", ["exporter", "simulator", "drill"])
def test_our_containers_start_with_options_that_there_are(by_profile, name):
    """Parsed by the command itself; the image's own CMD where the service has none."""
    service = (by_profile["live"] | by_profile["drill"])[name]
    dockerfile = (TOP / "exporter" / "Dockerfile").read_text()
    usual = json.loads(dockerfile.rpartition("\nCMD ")[2])
    command, *words = service["command"] or usual
    found = main.get_command(click.Context(main), command)
    found.make_context(command, words)


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
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (TOP / source).exists(), source
            assert any(source == name or source.startswith(f"{name}/") for name in let_in), source


def test_the_image_carries_what_the_wheel_carries():
    """No command of the image misses a file that the wheel has."""
    dockerfile = (TOP / "exporter" / "Dockerfile").read_text()
    copied = set(re.findall(r"/claude_exporter/bundle/(\w+)", dockerfile))
    packaged = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    places = packaged["targets"]["wheel"]["force-include"].values()
    assert copied == {place.split("/")[2] for place in places}


def test_an_exported_folder_composes_by_itself(tmp_path):
    """From the folder alone: same services, every mount and every source of the image is there."""
    export(tmp_path, containers=True)
    for options in ((), ("--profile=drill",)):
        there, here = composed(tmp_path, *options), composed(TOP, *options)
        assert json.dumps(there).replace(str(tmp_path), str(TOP)) == json.dumps(here)
        for service in there.values():
            binds = [each for each in service["volumes"] if each["type"] == "bind"]
            assert all(Path(each["source"]).is_dir() for each in binds)
    dockerfile = (tmp_path / "exporter" / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        assert [x for x in line.split()[:-1] if not (tmp_path / x).exists()] == []
    provisioning = tmp_path / "grafana" / "provisioning"
    assert sorted(path.name for path in provisioning.iterdir()) == ["dashboards", "datasources"]
