"""What `up` prints once everything answers."""

import io
from pathlib import Path

from rich.console import Console

from claude_exporter.cli.up_report import show_ready
from claude_exporter.stack.up import Ready, state_folder

VERDICT = {
    "verdicts": [
        {"surface": "web", "action": "none", "title": "Fine", "reason": "It answers."},
        {"surface": "code", "action": "none", "title": "Fine", "reason": "It answers."},
        {
            "surface": "api",
            "action": "escalate",
            "title": "Nobody says so",
            "reason": "It has failed for 11 minutes and the status page has said nothing at all.",
        },
    ]
}
URLS = {"exporter": "http://127.0.0.1:9529", "prometheus": "http://127.0.0.1:9091"}

PLAIN = """
Exporter    http://127.0.0.1:9529/
Prometheus  http://127.0.0.1:9091/
Grafana     not started: no grafana on the PATH
Data, logs  /var/lib/somewhere

web, code  fine      Fine.
api        ESCALATE  Nobody says so. It has failed for 11 minutes and the status
                     page has said nothing at all.

ready; stop all of it with Ctrl-C
"""


def shown(**options):
    out = io.StringIO()
    console = Console(file=out, width=80, highlight=False, **options)
    show_ready(Ready(urls=URLS, verdict=VERDICT), Path("/var/lib/somewhere"), console)
    return out.getvalue()


def test_a_pipe_gets_plain_text_of_80_columns():
    """What is said of several surfaces is said once."""
    assert shown() == PLAIN


def test_a_terminal_gets_colour():
    assert "\x1b[1;37;41mESCALATE" in shown(force_terminal=True, color_system="standard")


def test_an_answer_of_another_shape_shows_no_verdict():
    out = io.StringIO()
    show_ready(Ready(urls={}, verdict=[]), Path("/x"), Console(file=out, width=80))
    assert "ready" in out.getvalue()


def test_the_state_is_kept_where_the_desktop_standard_says(tmp_path):
    assert state_folder({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "claude-exporter" / "up"
    assert state_folder({}) == Path.home() / ".local/state/claude-exporter/up"
