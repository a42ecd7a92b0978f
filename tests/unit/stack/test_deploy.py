"""What deploy/ ships: manifests by Kubernetes' own schemas, and commands that the program takes."""

import configparser
import importlib.util
import shlex
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from support.programs import require, run

from claude_exporter.cli.main import main
from claude_exporter.config import load_config

DEPLOY = Path(__file__).parents[3] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
RULE = KUBERNETES / "operator" / "prometheusrule.yml"


def objects(path):
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def pod():
    found = {each["kind"]: each for each in objects(KUBERNETES / "exporter.yml")}
    return found["Deployment"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("manifest", objects(KUBERNETES / "exporter.yml"), ids=lambda m: m["kind"])
def test_a_manifest_is_one_of_kubernetes(manifest):
    """Strict: a key that Kubernetes does not know is refused, too."""
    kubernetes_validate.validate(manifest, "1.37", strict=True)


def test_a_manifest_with_a_mistake_is_refused():
    manifest = objects(KUBERNETES / "exporter.yml")[0]
    manifest["spec"]["replica"] = 1
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(manifest, "1.37", strict=True)


@pytest.mark.parametrize("folder", [KUBERNETES, KUBERNETES / "operator"], ids=lambda f: f.name)
def test_what_a_kustomization_names_is_there(folder):
    wanted = yaml.safe_load((folder / "kustomization.yml").read_text())
    files = [*wanted["resources"]]
    files += [name for each in wanted.get("configMapGenerator", ()) for name in each["files"]]
    assert [name for name in files if not (folder / name).is_file()] == []


def test_the_pods_configuration_is_one():
    """What the config map holds is read as the exporter reads it."""
    assert load_config(KUBERNETES / "exporter-config.yml", {}).build_targets()


def test_the_pod_may_do_nothing_but_its_work():
    spec, (container,) = pod(), pod()["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def unit_command():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(DEPLOY / "systemd" / "claude-exporter.service")
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/claude-exporter")
    return [each for each in arguments if each != "$ARGS"]


@pytest.mark.parametrize(
    "arguments", [unit_command(), pod()["containers"][0]["args"]], ids=["the unit", "the pod"]
)
def test_the_program_takes_the_command_line(arguments):
    """Parsed by the command itself, which knows every flag and value; nothing is started."""
    name, *flags = arguments
    command = main.get_command(None, name)
    flags = [each for each in flags if not each.startswith("--config.file=")]
    parsed = command.make_context(name, flags).params
    assert str(parsed["state_file"]).endswith("/exporter.db")


def test_the_rules_of_the_operator_are_those_of_the_files(tmp_path):
    """Drift-checked, and Prometheus takes the groups."""
    spec = importlib.util.spec_from_file_location("generate", KUBERNETES / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert RULE.read_text() == generate.prometheus_rule(), "run: make generate"
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(yaml.safe_load(RULE.read_text())["spec"]))
    run([require("promtool"), "check", "rules", tmp_path / "rules.yml"])
