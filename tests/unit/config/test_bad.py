"""Each bad file says exactly what is wrong, and where."""

from pathlib import Path

import pytest

from claude_exporter.config import ConfigErrors, load_config

BAD = Path(__file__).parent / "bad"


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yml")), ids=lambda path: path.stem)
def test_bad(path, probers, monkeypatch):
    """All mistakes of the file are told at once, as the .err file beside it has them."""
    monkeypatch.chdir(BAD)

    with pytest.raises(ConfigErrors) as caught:
        load_config(Path(path.name), {}, probers)

    assert f"{caught.value}\n" == path.with_suffix(".err").read_text(encoding="utf-8")


def test_no_error_tells_a_secret():
    """Wherever a secret is written by mistake, no message repeats it."""
    assert "hunter" in (BAD / "secret.yml").read_text(encoding="utf-8")
    assert "hunter" not in (BAD / "secret.err").read_text(encoding="utf-8")
