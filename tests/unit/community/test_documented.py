"""docs/community.md says what is so: its examples load, its numbers are those of the code."""

import re
from pathlib import Path

import pytest
from support.rule_tests import PROJECT

from claude_exporter.community.baseline import DAYS, YOUNG
from claude_exporter.community.ledger import AUTHORS
from claude_exporter.community.spec import places_of
from claude_exporter.config.load import load_config

TEXT = (PROJECT / "docs/community.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
NAMES = [["reddit", "hacker_news"], ["bluesky", "lemmy"]]


@pytest.mark.parametrize(
    ("example", "names"), [*zip(EXAMPLES, NAMES, strict=True)], ids=["public", "feeds"]
)
def test_an_example_is_a_configuration(example, names, tmp_path):
    path = Path(tmp_path / "config.yml")
    path.write_text(example)
    config = load_config(path, {"REDDIT_CLIENT_ID": "x"})
    assert [place.name for place in places_of(config.community)] == names


def test_its_numbers_are_the_codes():
    words = {3: "three", 5: "five"}
    assert f"by {words[AUTHORS]} different people" in TEXT
    assert f"fewer than {words[YOUNG]} such days" in TEXT
    assert f"up to {DAYS} earlier days" in TEXT


def test_nothing_is_asked_by_default():
    assert list(places_of(load_config(None, {}).community)) == []
