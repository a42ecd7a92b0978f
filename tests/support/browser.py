"""A real Chromium by Playwright: how a page looks, what it complains of, whom it shuts out."""

import os
import subprocess
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from support.programs import require

TESTS = Path(__file__).parents[1]
WIDTHS = {360: 740, 1920: 1080}
SCHEMES = ("light", "dark")
OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--proxy-server=direct://")
PATIENCE_MS = 10_000

# Texts that lie upon each other, leave the window, or are cut off by their own box.
MISPLACED = r"""
() => {
  const found = [], rects = [];
  const seen = (element) => {
    if (element.closest(".unseen, .skip")) return false;
    return element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.textContent.trim() || !seen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      // Line boxes are taller than their letters, so a sixth of each may touch.
      const cut = box.height / 6;
      rects.push({ element, text: node.textContent.trim().slice(0, 40), left: box.left,
        right: box.right, top: box.top + cut, bottom: box.bottom - cut });
      const outside = box.left < -0.5 || box.right > innerWidth + 0.5;
      if (outside) found.push(`outside: ${node.textContent}`);
    }
  }
  for (const [number, one] of rects.entries()) {
    for (const two of rects.slice(number + 1)) {
      if (one.left < two.right - 1 && two.left < one.right - 1 && one.top < two.bottom
          && two.top < one.bottom) found.push(`overlap: ${one.text} | ${two.text}`);
    }
  }
  for (const element of document.querySelectorAll("body *")) {
    const cuts = getComputedStyle(element).overflowX !== "visible";
    if (cuts && seen(element) && element.localName !== "svg"
        && element.scrollWidth > element.clientWidth + 1) found.push(`cut: ${element.outerHTML}`);
  }
  if (document.scrollingElement.scrollWidth > innerWidth) found.push("scrolls sideways");
  return found.map((each) => each.slice(0, 200));
}
"""
UNFAIR = """
async (rules) => {
  const options = { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) };
  return (await axe.run(document, options)).violations.map(
    (each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 150)).join(" ; ")}`);
}
"""
CONTRAST = ("color-contrast",)


@asynccontextmanager
async def chromium():
    """One browser, for all tests of a module."""
    program = require("chromium")
    async with async_playwright() as driver:
        running = await driver.chromium.launch(executable_path=program, args=OPTIONS)
        yield running
        await running.close()


@asynccontextmanager
async def opened(browser, url, *, width=360, scheme="light", script=True):
    """A page in a profile of its own, with what its console says as `complaints`."""
    context = await browser.new_context(
        viewport={"width": width, "height": WIDTHS.get(width, 900)},
        color_scheme=scheme,
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: note_failure(page, request))
    try:
        await page.goto(url)
        yield page
    finally:
        await context.close()


def note_failure(page, request):
    """A stream that ends because the reader goes on to another page has not failed."""
    if request.resource_type != "eventsource":
        page.complaints.append(f"failed: {request.url}")


async def faults_of(page):
    """What is wrong with the open page on a phone and on a large screen, light and dark."""
    found = []
    for width, scheme in zip(WIDTHS, SCHEMES, strict=True):
        await page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        await page.emulate_media(color_scheme=scheme)
        # In the dark only the colours are others.
        rules = CONTRAST if scheme == "dark" else None
        faults = [*await page.evaluate(MISPLACED), *await unfair(page, rules)]
        found += [f"{width} {scheme}: {fault}" for fault in faults]
    return found


async def unfair(page, rules=None):
    """What axe-core finds against the page, by all of its rules or by some."""
    # By the debugger, because the page's own policy lets no other script in.
    if not await page.evaluate("Boolean(window.axe)"):
        await page.evaluate(f"{axe()}; 0")
    return await page.evaluate(UNFAIR, rules)


@cache
def axe():
    """The text of axe-core, installed by npm where it is not there yet."""
    folder = TESTS / "axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        _install(folder)
    return script.read_text(encoding="utf-8")


def _install(folder):
    try:
        done = subprocess.run(
            ["npm", "ci"], cwd=folder, capture_output=True, text=True, check=False
        )
        problem = done.stderr if done.returncode else ""
    except FileNotFoundError:
        problem = "npm is not installed"
    if problem and os.environ.get("CI") == "true":
        pytest.fail(f"axe-core cannot be installed: {problem}")
    if problem:
        pytest.skip(f"axe-core cannot be installed: {problem}")
