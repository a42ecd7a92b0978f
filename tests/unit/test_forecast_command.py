"""`claude-exporter forecast` prints what the curve says, and teaches when it cannot."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from support.incidents import BEGIN, as_lines, as_statuspage, made_up_history, stamp

from claude_exporter.cli.forecast import forecast
from claude_exporter.cli.forecast_text import rough_duration
from claude_exporter.core.forecast_file import curve_of_text, shipped_curve
from claude_exporter.core.page_model import IncidentPhase


@pytest.fixture
def history(tmp_path):
    """A made-up history in JSON lines."""
    path = tmp_path / "made-up.jsonl"
    path.write_text(as_lines(made_up_history(150)))
    return path


def run(*words):
    """What the command printed, and its exit code."""
    result = CliRunner().invoke(forecast, [str(word) for word in words])
    return result.exit_code, result.output


def test_it_prints_the_shipped_curve():
    """The figures printed are those of the curve, on lines that fit a terminal."""
    code, output = run("--age", "20m", "--phase", "monitoring", "--phase-for", "5m")
    said = shipped_curve().forecast(1200.0, IncidentPhase.MONITORING, phase_for=300.0)
    lines = output.splitlines()
    assert code == 0
    assert lines[:2] == [
        "Incident posted 20 min ago, phase monitoring for 5 min",
        "Forecast: the page marks the incident resolved",
    ]
    assert [line.split()[:4] for line in lines[3:7]] == [
        ["within", f"{within / 60:.0f}", "min", f"{probability:.0%}"]
        for within, probability in said.within.items()
    ]
    assert lines[7] == f"  median remaining {rough_duration(said.median_remaining)}"
    assert " ".join(lines[9:]) == said.basis
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "title"),
    [
        pytest.param((), "Failing for less than a minute, no incident posted", id="nothing"),
        pytest.param(("--age", "3h"), "Failing for 3.0 h, no incident posted", id="an age"),
        pytest.param(
            ("--phase", "unknown", "--scope", "login"),
            "Incident posted less than a minute ago, phase unknown, scope login",
            id="a phase and a scope",
        ),
    ],
)
def test_the_first_line_says_what_was_asked(words, title):
    """A reader sees what the forecast is for."""
    code, output = run(*words)
    assert (code, output.splitlines()[0]) == (0, title)


def test_json_has_the_same_figures():
    """For programs: seconds and probabilities, under stable names."""
    code, output = run("--age", "7m", "--json")
    said = shipped_curve().forecast(420.0, None)
    assert code == 0
    assert json.loads(output) == {
        "event": "impact_over",
        "within": {f"{within:.0f}": round(it, 4) for within, it in said.within.items()},
        "median_remaining": round(said.median_remaining),
        "sample": said.sample,
        "basis": said.basis,
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("--age", "3"), "not '3'; add a unit, as in 3s", id="no unit"),
        pytest.param(("--scope", "login"), "--scope needs --phase", id="a scope of no incident"),
        pytest.param(("--phase-for", "7m"), "--phase-for needs --phase", id="time in no phase"),
        pytest.param(("--out", "x"), "--out needs --fit FILE", id="nothing to write"),
        pytest.param(("--cut", "2026-01-01"), "--cut needs --fit FILE", id="nothing to cut"),
        pytest.param(("--source", "x"), "--source needs --fit FILE", id="nothing to name"),
    ],
)
def test_what_makes_no_sense_is_refused(words, message):
    """A wrong use says what is missing."""
    code, output = run(*words)
    assert (code, message in " ".join(output.split())) == (2, True)


def test_a_fit_writes_a_curve_that_forecasts(history, tmp_path):
    """What --fit writes, --curve reads; the calibration is printed and fits a terminal."""
    out = tmp_path / "curve.json"
    code, output = run("--fit", history, "--out", out, "--source", "a made-up page", "--folds", 3)
    assert code == 0
    assert output.startswith("History: 150 incidents, 150 live, 0 open, 0 retroactive,")
    assert "Posted incidents, until resolved: 132 incidents, out of sample" in output
    assert "figures outside of the interval" in " ".join(output.split())
    assert max(map(len, output.splitlines())) <= 80
    assert curve_of_text(out.read_text(), "out").posted.source.startswith("a made-up page, until")
    code, output = run("--curve", out, "--age", "9m", "--phase", "unknown")
    assert (code, "150 incidents, from the first post until resolved (a made-up" in output) == (
        0,
        True,
    )


def test_a_statuspage_and_lines_can_be_given_together(history, tmp_path):
    """Several files make one history; an incident told twice counts once."""
    page = tmp_path / "incidents.json"
    page.write_text(as_statuspage(made_up_history(170)))
    code, output = run("--fit", history, "--fit", page, "--folds", "3", "--json")
    document = json.loads(output)
    assert (code, document["counts"]["live"], document["counts"]["phases_known"]) == (0, 170, 170)
    assert [it["incidents"] for it in document["sections"]] == [150, 136]
    row = document["sections"][0]["reliability"][0]
    assert row["interval"][0] <= row["observed"] <= row["interval"][1]
    assert {"name", "gain", "error"} <= document["traits"][0].keys()


def test_a_cut_hides_the_future(history):
    """What was posted later is not in the fit; what was open then is open."""
    code, output = run("--fit", history, "--cut", stamp(BEGIN + 17 * 25_200 + 60), "--json")
    assert code == 0
    counts = json.loads(output)["counts"]
    assert (counts["incidents"], counts["open"]) == (18, 1)


def test_a_short_history_prints_its_counts_only(tmp_path):
    """A dozen incidents make a curve but no table."""
    path = tmp_path / "short.jsonl"
    path.write_text(as_lines(made_up_history(12)))
    code, output = run("--fit", path)
    assert code == 0
    assert [line.split(":")[0] for line in output.splitlines() if ":" in line] == [
        "History",
        "Over within 3 min",
        "Over within 5 min",
        "Over within 15 min",
    ]


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        pytest.param(b"\n{oops", ("--fit",), ":2: expected an incident in JSON", id="no JSON"),
        pytest.param(b"\xff", ("--fit",), ": expected text in UTF-8, but", id="no text"),
        pytest.param(b"{}", ("--curve",), ": expected a curve with the field", id="no curve"),
        pytest.param(
            b'{"posted_at": "2026-05-14T20:33:01Z"}',
            ("--fit",),
            "expected spans that ended within 14400 s, found none",
            id="nothing ended",
        ),
        pytest.param(b"{}", ("--cut", "soon", "--fit"), ": $.posted_at: expected", id="no moment"),
    ],
)
def test_a_bad_file_is_explained(tmp_path, content, words, message):
    """An error says where, what was wanted, and what was found."""
    path = tmp_path / "file"
    path.write_bytes(content)
    code, output = run(*words, path)
    assert (code, message in output) == (1, True)
    assert "Traceback" not in output


def test_a_bad_date_is_explained(history):
    """A cut is a date."""
    code, output = run("--fit", history, "--cut", "soon")
    assert (code, "--cut: expected a date like 2026-05-15, not 'soon'" in output) == (2, True)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(29.0, "less than a minute", id="seconds"),
        pytest.param(61.0, "1 min", id="a minute"),
        pytest.param(7100.0, "118 min", id="below two hours"),
        pytest.param(8100.0, "2.2 h", id="hours"),
        pytest.param(200_000.0, "2.3 d", id="days"),
    ],
)
def test_a_duration_is_said_roughly(seconds, expected):
    """A forecast does not carry seconds."""
    assert rough_duration(seconds) == expected
