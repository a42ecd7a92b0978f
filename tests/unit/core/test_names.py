"""What is said of a name that nobody knows: what was wanted, and what was meant."""

import pytest

from claude_exporter.core.names import not_one_of

KNOWN = ("api", "web", "console")
SAID = {
    "a slip of the finger": ("consle", "; did you mean console?"),
    "only how it begins": ("co", "; did you mean console?"),
    "nothing like it": ("zzz", ""),
    "nothing at all": ("", ""),
    "the nearest of several": ("ap", "; did you mean api?"),
}


@pytest.mark.parametrize(("name", "meant"), SAID.values(), ids=SAID)
def test_a_name_that_nobody_knows(name, meant):
    expected = f"expected a surface, one of api, web, console, not {name!r}{meant}"
    assert not_one_of(name, KNOWN, "a surface") == expected
