"""
Every command of README and the documents is run, and does what the text says.

All commands of a document are run in their order in one folder, as a reader would, with a
simulated Claude and one running exporter on loopback: nothing is asked of the internet. What
cannot be run here is parsed, and names the test that runs it and why it is not run here.
"""

import contextlib
import shlex
import shutil
import signal
import subprocess
import sys
from functools import cache
from typing import NamedTuple

import click
import pytest
from support.documented import TOP, commands_of, documents, inline_commands, understood
from support.programs import require
from support.reader import BIN, DEADLINE, answers, calm_world, settle, until, write_history

pytestmark = pytest.mark.e2e


class Ends(NamedTuple):
    """Is run to its end with status 0: a word of what it prints, a file that it leaves behind."""

    says: str = ""
    leaves: str = ""
    program: str = ""
    history: bool = False
    """A calm page has no past: what was made up takes its place."""


class Goes(NamedTuple):
    """Goes on until Ctrl-C: it was seen to print to a file, or to answer where it listens."""

    fills: str = ""


class Make(NamedTuple):
    """A target of make: what it would run, and the test that does so."""

    prints: str
    test: str = ""


class Elsewhere(NamedTuple):
    """Not run here: why, the test that stands for it, and whose help knows its options."""

    why: str
    test: str
    known_by: str = ""


ENGINE = "needs a container engine"
COMPOSED = "unit/stack/test_containers.py::test_the_image_is_built_from_files_that_are_there"
ROUTED = "unit/stack/test_alertmanager.py::test_every_alert_goes_where_its_severity_says"
POD = "unit/stack/test_deploy.py::test_a_manifest_is_one_of_kubernetes"
UP = "e2e/test_up.py::test_ready_means_that_the_whole_chain_answers"
UNIT = "unit/stack/test_deploy.py::test_the_program_takes_the_command_line"
WHEEL = "e2e/test_wheel.py::test_the_wheel_is_what_runs"
OTLP = "unit/claude_code/test_otlp.py::test_events"
SIDE_BY_SIDE = "e2e/test_blackbox_side_by_side.py::test_same_samples_as_the_real_one"
HOOK = "unit/claude_code/test_hook.py::test_it_delivers_to_a_running_exporter"
TRANSCRIPTS = "unit/claude_code/test_transcripts.py::test_a_line"
DRILL = "e2e/test_drills.py::test_what_a_person_is_told[unacknowledged-outage]"

RUN_COMPOSE = Elsewhere(ENGINE, COMPOSED, "docker-compose up")
STOP_COMPOSE = Elsewhere(ENGINE, COMPOSED, "docker-compose down")
BUILD_IMAGE = Elsewhere(ENGINE, COMPOSED)
TO_A_CLUSTER = Elsewhere("needs a cluster", POD)
TO_SYSTEMD = Elsewhere("changes this machine", UNIT)
INSTALLS = Elsewhere("asks a package index for the dependencies", WHEEL)
FOR_CLAUDE_CODE = Elsewhere("read by Claude Code, which is not ours to run", OTLP)
RUN_BENCH, HOOK_BENCH = "python bench/run.py", "python bench/hook.py"
BENCH = Elsewhere("measures for minutes", SIDE_BY_SIDE, RUN_BENCH)
BENCH_HOOK = Elsewhere("measures for a minute", HOOK, HOOK_BENCH)
BENCH_CODE = Elsewhere("measures for a minute", TRANSCRIPTS, "python bench/claude_code.py")

OUTAGES = "outages these probes can see"
TITLE = '{{ template "claude.title" . }}'
RENDER = (
    f"amtool template render --template.glob='alerts/templates/*.tmpl' --template.text='{TITLE}'"
)
ROUTE = "amtool config routes test --config.file=alerts/alertmanager.yml severity=critical"
PYTEST = ".venv/bin/pytest -q tests/unit/core tests/unit/test_forecast*.py"

TABLE = {
    "claude-exporter up": Elsewhere("starts a whole stack", UP, "ours"),
    "make up": Make("up", UP),
    "make test": Make("-m e2e"),
    "make bench": Make("bench/run.py", SIDE_BY_SIDE),
    'make bench ARGS="--rounds 5 --json figures.json"': Make("--rounds 5 --json figures.json"),
    "make mutate": Make("tests/mutate.py"),
    "make mutate ARGS='fold decide'": Make("tests/mutate.py fold decide"),
    "pipx install .": INSTALLS,
    "python3 -m venv ~/.claude-exporter": INSTALLS,
    "~/.claude-exporter/bin/pip install .": INSTALLS,
    "~/.claude-exporter/bin/claude-exporter check": Ends("Claude Code, on this machine"),
    "claude-exporter drill unacknowledged-outage": Elsewhere("takes minutes", DRILL, "ours"),
    "claude-exporter check": Ends("Claude Code, on this machine"),
    "claude-exporter check --failing-for 12m": Ends("Claude Code, on this machine"),
    "claude-exporter check --json": Ends('"exit_status": 0'),
    'claude-exporter check --json > verdict.json || echo "exit status $?"': Ends(
        leaves="verdict.json"
    ),
    "claude-exporter watch": Goes("stdout"),
    "claude-exporter watch --until-fine": Ends("fine"),
    "claude-exporter watch --surface api --until-fine --for 2h && ./release": Ends("released"),
    "claude-exporter watch --url https://user:password@claude.example.com": Goes("stdout"),
    "claude-exporter watch --json >> verdicts.jsonl": Goes("verdicts.jsonl"),
    'eval "$(claude-exporter completion bash)"': Ends(program="bash"),
    'eval "$(claude-exporter completion zsh)"': Ends(program="zsh"),
    "claude-exporter completion fish | source": Ends(program="fish"),
    "claude-exporter serve --web.listen-address=127.0.0.1:9529 &": Goes(),
    "claude-exporter serve --web.listen-address=127.0.0.1:9529"
    " --state.file=/var/tmp/claude-exporter.db": Goes("claude-exporter.db"),
    "claude-exporter serve --web.external-url=https://tools.example/claude/"
    " --web.route-prefix=/": Goes(),
    "claude-exporter serve --config.file=exporter.yml": Goes(),
    "curl -X POST http://127.0.0.1:9529/-/reload": Ends(),
    "claude-exporter config check exporter.yml": Ends("ok: 10 targets, 1 page"),
    "claude-exporter config show exporter.yml": Ends("targets:"),
    "claude-exporter config schema > claude-exporter.schema.json": Ends(
        leaves="claude-exporter.schema.json"
    ),
    "claude-exporter export ./claude": Ends("alertmanager.yml", "claude/prometheus/rules"),
    "promtool check rules claude/prometheus/rules/*.yml claude/alerts/rules/*.yml": Ends("SUCCESS"),
    "promtool check rules prometheus/rules/*.yml alerts/rules/*.yml": Ends("SUCCESS"),
    "amtool check-config claude/alerts/alertmanager.yml": Ends("SUCCESS"),
    "amtool check-config alerts/alertmanager.yml": Ends("SUCCESS"),
    f"{ROUTE} alertname=ClaudeOutageUnacknowledged surface=api": Ends("pager"),
    RENDER: Ends(),
    "amtool alert add --alertmanager.url=http://127.0.0.1:9093 alertname=ClaudeServiceFailing"
    " severity=warning surface=api --annotation=summary='Claude api fails (a test)'": Elsewhere(
        "needs an Alertmanager", ROUTED, "amtool alert add"
    ),
    "claude-exporter rules --client prometheus/clients/litellm.yml": Ends(
        leaves="prometheus/rules/claude.client.yml"
    ),
    "claude-exporter rules --guide my-guide.yml --out ./claude": Ends(leaves="claude/alerts/rules"),
    "claude-exporter rules --vantage site --out ./claude": Ends(leaves="claude/alerts/rules"),
    "claude-exporter rules --exporter-url https://tools.example/claude --out ./claude": Ends(
        leaves="claude/alerts/rules"
    ),
    "claude-exporter rules --config.file=exporter.yml": Ends(leaves="docs/guide.md"),
    "claude-exporter backtest *": Ends(OUTAGES),
    "claude-exporter backtest incidents.jsonl --json out.json --markdown out.md": Ends(
        leaves="out.md"
    ),
    "claude-exporter forecast --age 20m --phase identified --phase-for 3m --scope one_model": Ends(
        "median remaining"
    ),
    "claude-exporter forecast --age 20m": Ends("median remaining"),
    "claude-exporter forecast --age 20m --json": Ends("{"),
    "claude-exporter forecast --fit incidents.jsonl --cut 2026-05-15": Ends("incidents"),
    "curl -sO https://status.claude.com/api/v2/incidents.json": Ends(
        leaves="incidents.json", history=True
    ),
    "claude-exporter forecast --fit incidents.json --out curve.json": Ends(leaves="curve.json"),
    "claude-exporter forecast --curve curve.json --age 20m --phase monitoring --phase-for 5m": Ends(
        "median remaining"
    ),
    "claude-exporter support-bundle": Ends("claude-support-"),
    "claude-exporter support-bundle --out support/": Ends(leaves="support/report.md"),
    "claude-exporter support-bundle --stdout": Ends("Steps tried"),
    "curl -OJ http://127.0.0.1:9529/support-bundle.zip": Ends(leaves="claude-support-"),
    "claude-exporter hook install --dry-run": Ends("StopFailure"),
    "claude-exporter hook install": Ends(leaves="home/.claude/settings.json"),
    "claude-exporter hook uninstall": Ends(),
    "export CLAUDE_CODE_ENABLE_TELEMETRY=1": FOR_CLAUDE_CODE,
    "export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp": FOR_CLAUDE_CODE,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf": FOR_CLAUDE_CODE,
    "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9529": FOR_CLAUDE_CODE,
    "python3 -m venv /opt/claude-exporter": INSTALLS,
    "/opt/claude-exporter/bin/pip install .": INSTALLS,
    "install -m 644 deploy/systemd/claude-exporter.service /etc/systemd/system/": Ends(
        leaves="claude-exporter.service"
    ),
    "systemctl daemon-reload": TO_SYSTEMD,
    "systemctl enable --now claude-exporter": TO_SYSTEMD,
    "docker build -f exporter/Dockerfile -t registry.example.com/claude-exporter:0.1.0 .": (
        BUILD_IMAGE
    ),
    "kubectl kustomize deploy/kubernetes": Ends("kind: Deployment", program="kubectl"),
    "kubectl apply -k deploy/kubernetes": TO_A_CLUSTER,
    "kubectl create configmap claude-dashboards --from-file=grafana/dashboards": TO_A_CLUSTER,
    "kubectl label configmap claude-dashboards grafana_dashboard=1": TO_A_CLUSTER,
    "kubectl apply -k deploy/kubernetes/operator": TO_A_CLUSTER,
    "docker compose up --build": RUN_COMPOSE,
    "docker compose --profile drill up --build": RUN_COMPOSE,
    "docker compose down && docker compose --profile drill up --build": RUN_COMPOSE,
    "docker compose --profile drill down": STOP_COMPOSE,
    "python bench/run.py --ours continuous": BENCH,
    "python bench/hook.py": BENCH_HOOK,
    "sudo chrt -f 10 .venv/bin/python bench/hook.py": BENCH_HOOK,
    "python bench/claude_code.py": BENCH_CODE,
    f"{PYTEST} --cov=claude_exporter.core --cov-branch --cov-fail-under=100": Elsewhere(
        "is a part of `make test` with branches counted",
        "unit/core/test_decide.py::test_the_first_row_that_holds_wins",
        ".venv/bin/pytest",
    ),
}

COMMANDS = {place: commands_of(text) for place, text in documents().items()}
INLINE = dict.fromkeys(text for body in documents().values() for text in inline_commands(body))
THEN = {
    "bash": "; complete -p claude-exporter",
    "zsh": "; print $_comps[claude-exporter]",
    "fish": "; complete -c claude-exporter",
}
"""What shows that a shell has learnt to complete the command."""


def test_every_command_of_the_documents_is_one_of_the_table_and_no_entry_is_dead():
    assert {key_of(text) for texts in COMMANDS.values() for text in texts} == set(TABLE)


def key_of(text):
    """The entry of a command: itself, or what it begins with and a star."""
    program = " ".join([*text.split()[:2], "*"])
    return text if text in TABLE or program not in TABLE else program


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with calm_world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture(scope="module")
def known():
    """What was seen to work in an earlier document and leaves nothing that a later one needs."""
    return set()


@pytest.mark.parametrize("place", [place for place, texts in COMMANDS.items() if texts])
def test_the_commands_of_a_document_work(place, world, known, tmp_path, request):
    """One after the other."""
    reader = settle(world, tmp_path)
    missing = set()
    for text in COMMANDS[place]:
        if text in known:
            continue
        how = TABLE[key_of(text)]
        if not getattr(how, "leaves", ""):
            known.add(text)
        program = getattr(how, "program", "")
        if program and shutil.which(program) is None:
            missing.add(program)
        else:
            see(reader, text, how)
            assert_there(getattr(how, "test", ""), request)
    if missing:
        pytest.skip(f"all the others work; not installed: {', '.join(sorted(missing))}")


def see(reader, text, how):
    """One command, in the way that the table says."""
    match how:
        case Ends():
            see_it_end(reader, text, how)
        case Goes():
            see_it_go_on(reader, text, how)
        case Make():
            see_what_make_would_run(text, how)
        case Elsewhere():
            see_that_it_is_understood(text, how)


def see_it_end(reader, text, how):
    if text.startswith(("promtool", "amtool")):
        require(text.split()[0])
    done = reader.run(
        text + THEN.get(how.program, ""), how.program if how.program in THEN else "bash"
    )
    told = f"{text}\nexit {done.returncode}\n{done.stdout}"
    assert done.returncode == 0, told
    assert how.says in done.stdout, told
    if how.leaves:
        assert [*reader.folder.glob(f"{how.leaves}*")], told
    if how.history:
        write_history(reader.folder)
    if how.program in THEN:
        assert "claude" in done.stdout, told


def see_it_go_on(reader, text, how):
    """Until Ctrl-C, which is no failure."""
    printed = reader.folder / "stdout"
    with reader.running(text) as (process, port):

        def seen():
            told = f"{text}\nended with {process.returncode}\n{printed.read_text()}"
            assert process.poll() is None, told
            filled = reader.folder / how.fills
            wrote = not how.fills or (filled.exists() and filled.stat().st_size > 0)
            return wrote and (" serve " not in f"{text} " or answers(port, "/metrics"))

        until(f"{text} does its work", seen)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0, printed.read_text()


def see_what_make_would_run(text, how):
    """`make -n` runs lines that call make again; with `true` for a shell it does not."""
    words = [*shlex.split(text), "-n", "SHELL=true"]
    done = subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert how.prints in done.stdout


def see_that_it_is_understood(text, how):
    """Its options are in the help of its program, and the files that it names are there."""
    if how.known_by == "ours":
        understood(text)
        return
    options = [word.partition("=")[0] for word in text.split() if word.startswith("--")]
    if how.known_by:
        assert [option for option in options if option not in help_of(how.known_by)] == []
    paths = [word for word in text.split() if "/" in word and word[0] not in "~/.-"]
    named = [word for word in paths if "=" not in word and "." not in word.partition("/")[0]]
    assert [path for path in named if not [*TOP.glob(path)]] == []


@cache
def help_of(program):
    """The help of a program, and of its subcommand."""
    name, *more = program.split()
    ours = BIN / name.removeprefix(".venv/bin/")
    path = sys.executable if name == "python" else ours if ours.exists() else require(name)
    own = [] if name == "python" else [[path, "--help"]]
    asked = [*own, [path, *more, "--help"]] if more else own
    said = [
        subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=True, timeout=DEADLINE)
        for words in asked
    ]
    return "".join(done.stdout for done in said)


def assert_there(test, request):
    """The test is one that pytest collects."""
    if test:
        path, _, name = test.partition("::")
        assert name in collected(request.session, path), test


@cache
def collected(session, path):
    module = pytest.Module.from_parent(session, path=TOP / "tests" / path)
    items = list(module.collect())
    return {name for item in items for name in (item.name, item.name.partition("[")[0])}


@pytest.mark.parametrize("text", INLINE)
def test_a_command_within_a_sentence_is_understood(text, tmp_path, monkeypatch):
    """With the files that it names; what it must still be given, the sentence says."""
    monkeypatch.chdir(tmp_path)
    for name in ("README.md", *text.split()):
        if name.endswith((".md", ".json", ".jsonl", ".yml")):
            (tmp_path / name).touch()
    with contextlib.suppress(click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        understood(text)
