"""The documents as a whole: every page is found from the first one, every alert in their list."""

import re

import yaml
from support.documented import TOP

DOCS = TOP / "docs"
LINK = re.compile(r"\]\(([^)#\s:]+\.md)[^)]*\)")


def linked(page):
    """The pages of docs/ that a page leads to."""
    found = ((page.parent / link).resolve() for link in LINK.findall(page.read_text("utf-8")))
    return {path for path in found if path.is_relative_to(DOCS)}


def test_every_page_is_found_from_the_first_one():
    """A page that no other leads to is read by nobody."""
    seen, ahead = set(), {DOCS / "index.md"}
    while ahead:
        page = ahead.pop()
        seen.add(page)
        ahead |= linked(page) - seen
    assert {path for path in DOCS.rglob("*.md") if "site" not in path.parts} - seen == set()


def test_every_page_but_runbooks_is_found_at_once():
    """From the first page, in one step."""
    pages = {*DOCS.glob("*.md"), *(DOCS / "how-to").glob("*.md")} - {DOCS / "index.md"}
    assert pages - linked(DOCS / "index.md") == set()


def alerts():
    for path in sorted((TOP / "alerts/rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            yield from (rule for rule in group["rules"] if "alert" in rule)


def test_the_list_of_alerts_is_that_of_the_rules():
    """Name, severity and title; what a label fills in is in capitals."""
    wanted = {
        f"| [{rule['alert']}](alerts/{rule['alert']}.md) | {rule['labels']['severity']} | "
        + re.sub(r"{{ \$labels\.(\w+) }}", lambda label: label[1].upper(), title)
        + " |"
        for rule in alerts()
        for title in [rule["annotations"]["summary"]]
    }
    rows = re.findall(r"^\| \[.+$", (DOCS / "alerts.md").read_text("utf-8"), re.MULTILINE)
    assert set(rows) == wanted
