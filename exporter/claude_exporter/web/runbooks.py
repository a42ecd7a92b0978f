"""The runbooks, from the checkout or from the wheel: as text, and as pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Template
from markupsafe import Markup

from claude_exporter.stack.resources import bundle

from .templates import TEMPLATES

if TYPE_CHECKING:
    from markdown_it.token import Token

_NAME: Final = re.compile(r"[A-Za-z]{1,64}", re.ASCII)
_RUNBOOK_LINK: Final = re.compile(r"([A-Za-z]{1,64})\.md", re.ASCII)
_PAGE: Final[Template] = TEMPLATES.get_template("runbook.html")
_LIST: Final[Template] = TEMPLATES.get_template("runbooks.html")


def runbook(alert: str, folder: Path | None = None) -> str | None:
    """
    The text of an alert's runbook; None where there is none, whatever *alert* tries.

    They are in *folder*, or where this version of the program has them.
    """
    if not _NAME.fullmatch(alert):
        return None
    try:
        return ((folder or bundle("runbooks")) / f"{alert}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def runbook_html(alert: str, folder: Path | None = None) -> str | None:
    """The runbook as a page; None where there is none."""
    text = runbook(alert, folder)
    return None if text is None else _rendered(alert, text)


@lru_cache(maxsize=8)
def runbook_names(folder: Path | None = None) -> frozenset[str]:
    """The alerts that have one."""
    return frozenset(path.stem for path in (folder or bundle("runbooks")).glob("*.md"))


def runbook_list_html(folder: Path | None = None) -> str:
    """A page with the names of all runbooks."""
    found = sorted((folder or bundle("runbooks")).glob("*.md"))
    rows = [(path.stem, _first_sentence(path.read_text(encoding="utf-8"))) for path in found]
    return _LIST.render(runbooks=rows, root="./")


@lru_cache(maxsize=64)
def _rendered(alert: str, text: str) -> str:
    return _PAGE.render(alert=alert, body=Markup(_html(text)), root="../")  # noqa: S704  # escaped by markdown-it


def _html(text: str) -> str:
    """HTML of *text*, in which markup of its own is text, and links lead to what is served."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # only who opens a runbook waits for it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(text)
    for inline in (each for each in tokens if each.children):
        inline.children = list(_served(inline.children or ()))
    return str(reader.renderer.render(tokens, reader.options, {}))


def _served(tokens: Iterable[Token]) -> Iterator[Token]:
    """A link to another runbook leads to its page; what is not served here is no link."""
    leads = True
    for token in tokens:
        if token.type == "link_open":
            link = str(token.attrs.get("href", ""))
            found = _RUNBOOK_LINK.fullmatch(link)
            leads = bool(found) or link.startswith(("https://", "http://"))
            token.attrs["href"] = found[1] if found else link
        if leads or not token.type.startswith("link_"):
            yield token


def _first_sentence(text: str) -> str:
    """What the alert means, shortly."""
    meaning = text.partition("## Meaning")[2].strip().split("\n\n", 1)[0]
    sentence = re.split(r"(?<=[.])\s", meaning.replace("\n", " "), maxsplit=1)[0]
    return re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
