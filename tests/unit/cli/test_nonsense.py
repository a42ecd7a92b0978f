"""Nonsense in a file, a path or an address is answered by a sentence, never a traceback."""

import pytest
from click.testing import CliRunner

from claude_exporter.cli.main import main

# words of the command -> what the answer names; FILES are made in the folder it runs in
NONSENSE = {
    "check: bytes that are no text": ("check --config.file bytes", "bytes:1:1"),
    "check: authorities that are not there": ("check --config.file ca", "/nowhere/ca.pem"),
    "watch: a folder": ("watch --config.file folder", "folder:1:1"),
    "watch: a port that is none": ("watch --url http://127.0.0.1:99999", "expected a URL"),
    "probe: authorities that are not there": ("probe web --config.file ca", "/nowhere/ca.pem"),
    "probe: nothing": ("probe ''", "expected a target"),
    "drill: bytes that are no text": ("drill bytes.yml", "bytes.yml"),
    "simulate: a folder that is not there": ("simulate --write-config no/x", "no/x"),
    "simulate: a file of the user's": ("simulate --write-config junk", "found another one"),
    "up: a folder below a file": ("up --for 0s --no-install --state-dir empty/x", "empty/x"),
    "forecast: a curve that is none": ("forecast --curve junk", "junk:1"),
    "forecast: a history of nothing": ("forecast --fit empty", "at least one incident"),
    "backtest: a history that is none": ("backtest junk", "junk:1"),
    "support-bundle: bytes that are no text": ("support-bundle --config.file bytes", "bytes:1:1"),
    "rules: a guide that is no text": ("rules --guide bytes", "bytes: expected UTF-8"),
    "rules: a folder below a file": ("rules --out empty/x", "empty/x"),
    "config: a folder": ("config check folder", "folder:1:1"),
    "export: a folder below a file": ("export empty/x", "empty/x"),
    "hook: settings that are no JSON": ("hook install --settings junk", "junk:1:1"),
    "serve: authorities that are not there": ("serve --config.file ca", "/nowhere/ca.pem"),
}


@pytest.mark.parametrize(("words", "named"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_answered_by_a_sentence(words, named, tmp_path, monkeypatch):
    """It names what was wrong, and the exit status is not 0."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "junk").write_text("x\n")
    (tmp_path / "ca").write_text("network: {ca_file: /nowhere/ca.pem}\n")
    for name in ("bytes", "bytes.yml"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00bad")
    done = CliRunner().invoke(main, [word.strip("'") for word in words.split()])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code not in {0, None}
    assert named in done.output
    assert (tmp_path / "junk").read_text() == "x\n"
