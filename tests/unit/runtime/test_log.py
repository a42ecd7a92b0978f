"""What a log line looks like, whatever somebody puts into it."""

import io
import json
import logging
import re
import warnings

import pytest

from claude_exporter.runtime.log import setup

log = logging.getLogger("claude_exporter.test")


@pytest.fixture
def lines():
    """Give a function that starts logging and one that gives the lines since."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    stream = io.StringIO()

    def start(level="info", log_format="logfmt"):
        return setup(level, log_format, stream)

    yield start, lambda: stream.getvalue().split("\n")[:-1]
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)


def without_time(line):
    at, rest = line.split(" ", 1)
    assert re.fullmatch(r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at)
    return rest


VALUES = {
    "a plain word stands bare": ("api", "api"),
    "a number stands bare": (0.7, "0.7"),
    "a truth is lower case": (True, "true"),
    "nothing is null": (None, "null"),
    "an empty text is quoted": ("", '""'),
    "a space is quoted": ("a b", '"a b"'),
    "an equals sign is quoted": ("a=b", '"a=b"'),
    "a quote is escaped": ('say "hi"', r'"say \"hi\""'),
    "a backslash is escaped": ("a\\nb", r'"a\\nb"'),
    "a newline cannot forge a line": ("x\nts=1 level=info", r'"x\nts=1 level=info"'),
    "a carriage return cannot hide the line": ("x\rlevel=info", r'"x\rlevel=info"'),
    "a line separator is escaped": ("a\u2028b", r'"a\u2028b"'),
    "an escape sequence cannot colour a terminal": ("\x1b[31mred", r'"\u001b[31mred"'),
    "a direction mark cannot turn the line round": ("a\u202eb", r'"a\u202eb"'),
    "half a surrogate pair can be written": ("\ud83d", r'"\ud83d"'),
    "an invisible letter beyond 16 bits is escaped": ("\U000e0041", r'"\U000e0041"'),
    "a letter that is not ASCII stands as it is": ("für", "für"),
    "bytes show as such": (b"a b", "\"b'a b'\""),
    "infinity stands as text": (float("inf"), "inf"),
}


@pytest.mark.parametrize(("value", "shown"), VALUES.values(), ids=VALUES)
def test_logfmt_values(lines, value, shown):
    """Each value is one token on one line."""
    start, written = lines
    start()

    log.warning("probe failed", extra={"target": value})

    (line,) = written()
    assert without_time(line) == (
        f'level=warn msg="probe failed" target={shown} logger=claude_exporter.test'
    )


@pytest.mark.parametrize("value", [value for value, _ in VALUES.values()], ids=VALUES)
def test_json_values(lines, value):
    """Each line is one JSON object that gives the value back."""
    start, written = lines
    start(log_format="json")

    log.error("probe failed", extra={"target": value})

    (line,) = written()
    assert line.isascii()
    document = json.loads(line)
    assert document.pop("ts").endswith("Z")
    plain = isinstance(value, str | float | None) and value != float("inf")
    assert document == {
        "level": "error",
        "msg": "probe failed",
        "target": value if plain else str(value),
        "logger": "claude_exporter.test",
    } or (value is True and document["target"] is True)


def test_keys_cannot_forge(lines):
    """An extra key neither replaces one of ours nor breaks out."""
    start, written = lines
    start()

    log.info("event", extra={"level": "error", "a b=c\n": 7, "error": "refused"})

    assert [without_time(line) for line in written()] == [
        "level=info msg=event level_=error a_b_c_=7 error=refused logger=claude_exporter.test"
    ]


def test_a_traceback_is_one_line(lines):
    """An exception stays on the line of its event."""
    start, written = lines
    start()

    try:
        raise ValueError("x\ny")  # noqa: TRY301 the traceback is what is tested
    except ValueError:
        log.exception("job crashed", extra={"job": "web"})

    (line,) = written()
    assert 'level=error msg="job crashed" job=web logger=claude_exporter.test traceback="' in line
    assert line.endswith(r'ValueError: x\ny"')


def test_levels(lines):
    """What is below the level is not written; fatal is an error; others' chatter is left out."""
    start, written = lines
    start("warn")

    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        log.log(level, "event", extra={"number": level})
        logging.getLogger("httpx").log(level, "GET %s", "https://x/")

    ours = [without_time(line) for line in written() if "httpx" not in line]
    assert ours == [
        f"level={level} msg=event number={number} logger=claude_exporter.test"
        for level, number in (("warn", 30), ("error", 40), ("error", 50))
    ]


@pytest.mark.parametrize("level", ["info", "debug"])
@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "aiohttp.access", "asyncio"])
def test_chatter_of_libraries_never_shows(lines, level, library):
    """A library's line for every request has addresses and headers in it, cookies among them."""
    start, written = lines
    start(level)
    logging.getLogger(library).debug("headers %s", [(b"set-cookie", b"planted")])
    logging.getLogger(library).info("GET https://x.invalid/?token=planted")
    assert written() == []


def test_setup_again_replaces(lines):
    """A second setup does not write every line twice."""
    start, written = lines
    start()
    start(log_format="json")

    log.info("event")

    assert [json.loads(line)["msg"] for line in written()] == ["event"]


def test_warnings_are_events(lines):
    """What Python warns of goes to the log, on one line."""
    start, written = lines
    start()

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("odd", UserWarning, stacklevel=1)
        logging.captureWarnings(capture=False)

    (line,) = written()
    assert "logger=py.warnings" in line
    assert "UserWarning: odd" in line


SECRET = "sk-ant-7/é=11"  # noqa: S105 made up


def raise_and_log():
    try:
        raise ValueError(SECRET)  # noqa: TRY301 the traceback is what is tested
    except ValueError:
        log.exception("event")


LEAKS = {
    "in a fact": lambda: log.info("event", extra={"headers": {"x-api-key": SECRET}}),
    "in the event": lambda: log.info(SECRET),
    "in an argument": lambda: log.info("event %s", SECRET),
    "in a URL": lambda: log.info("event", extra={"url": "https://x/?k=sk-ant-7%2F%C3%A9%3D11"}),
    "in an exception": raise_and_log,
}


@pytest.mark.parametrize("log_format", ["logfmt", "json"])
@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_no_secret_leaves(lines, leak, log_format):
    """A registered secret shows as <secret>, wherever it stands."""
    start, written = lines
    start(log_format=log_format).register("", f"{SECRET}\n", "sk-ant-7")

    leak()

    (line,) = written()
    assert "sk-ant-7" not in line
    assert "<secret>" in line
    assert "11" not in re.sub(r"ts.{0,4}\d{4}\S+|line \d+", "", line)


def test_types_survive_redaction(lines):
    """Numbers stay numbers where nothing had to be hidden."""
    start, written = lines
    start(log_format="json").register(SECRET)

    log.info("event", extra={"status": 529, "duration": 0.7, "ok": False})

    document = json.loads(written()[0])
    assert (document["status"], document["duration"], document["ok"]) == (529, 0.7, False)
