"""Finding the real programs, and installing them where that is possible."""

import pytest

from claude_exporter.stack import apt
from claude_exporter.stack.programs import MissingError, find, find_or_install, main

APT_GET = """#!/bin/sh
echo "$@" >> {calls}
ls {policy} >> {calls} 2>/dev/null
case "$1" in
  install) {install} ;;
esac
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of our own at the front of the PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path


def script(path, text="#!/bin/sh\n"):
    path.write_text(text)
    path.chmod(0o755)
    return path


def scripted_apt_get(folder, install):
    """Put an apt-get on the PATH that writes down how it was called."""
    calls, policy = folder / "calls", folder / "policy-rc.d"
    script(folder / "apt-get", APT_GET.format(calls=calls, policy=policy, install=install))
    return calls, policy


def test_a_program_is_found_by_any_of_its_names(folder, monkeypatch):
    """Debian calls it prometheus-alertmanager, everybody else alertmanager."""
    monkeypatch.setenv("PATH", str(folder))
    assert find("alertmanager") is None
    other = script(folder / "alertmanager")
    assert find("alertmanager") == other
    debian = script(folder / "prometheus-alertmanager")
    assert find("alertmanager") == debian


def test_what_may_not_be_installed_is_named_with_the_command_that_does(folder, monkeypatch):
    script(folder / "apt-get")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(MissingError) as refused:
        find_or_install(("prometheus", "promtool", "amtool"), print, install=False)
    assert str(refused.value) == (
        "expected on the PATH, not found: prometheus, promtool, amtool; "
        "install with: sudo apt-get install prometheus prometheus-alertmanager"
    )


def test_where_there_is_no_apt_get_only_the_programs_are_named(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(MissingError) as refused:
        find_or_install(("prometheus",), print)
    assert str(refused.value) == (
        "expected on the PATH, not found: prometheus; "
        "install them with your system's package manager"
    )


def test_nothing_is_installed_where_nothing_is_missing(folder):
    program = script(folder / "prometheus")
    said = []
    assert find_or_install(("prometheus",), said.append) == {"prometheus": program}
    assert said == []


def test_packages_are_installed_after_saying_so_and_no_service_starts(folder):
    calls, policy = scripted_apt_get(folder, install="true")
    said = []
    apt.install_packages(["prometheus", "wrk"], said.append, policy)
    assert said == ["installing with apt-get: prometheus wrk (no service is started)"]
    assert calls.read_text().splitlines() == [
        "update -qq",
        str(policy),
        "install -y -qq --no-install-recommends prometheus wrk",
        str(policy),
    ]
    assert not policy.exists()


def test_a_policy_of_the_machine_itself_is_left_alone(folder):
    _, policy = scripted_apt_get(folder, install="true")
    policy.write_text("#!/bin/sh\nexit 0\n")
    apt.install_packages(["wrk"], lambda _: None, policy)
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_a_failed_installation_says_what_apt_get_said_last(folder):
    _, policy = scripted_apt_get(folder, install='echo "E: no room" >&2; exit 100')
    with pytest.raises(apt.InstallError, match=r"^apt-get install: exit 100: E: no room$"):
        apt.install_packages(["wrk"], lambda _: None, policy)
    assert not policy.exists()


def test_the_command_names_what_it_does_not_know(capsys):
    assert main(["nginx", "apache"]) == 2
    assert "not apache" in capsys.readouterr().err
