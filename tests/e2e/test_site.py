"""The documents build as a site that loads nothing from elsewhere."""

import re
import sys
from pathlib import Path

import pytest
from support.documented import TOP
from support.programs import run

pytestmark = pytest.mark.e2e


def test_the_site_builds_without_a_warning(tmp_path):
    """Strictly: every page is in the navigation, every link between pages leads somewhere."""
    config = TOP / "docs" / "site/mkdocs.yml"
    command = [Path(sys.executable).parent / "mkdocs", "build", "--strict"]
    run([*command, f"--config-file={config}", f"--site-dir={tmp_path / 'site'}"])
    pages = {path: path.read_text("utf-8") for path in (tmp_path / "site").rglob("index.html")}
    assert [
        path
        for path, text in pages.items()
        if "```" in text or re.search(r"^- ", text, re.MULTILINE)
    ] == []
    page = (tmp_path / "site/tour/index.html").read_text("utf-8")
    assert "See an outage arrive" in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]+\.(?:js|css|woff2?)', page)
