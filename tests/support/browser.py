"""Headless Chromium: what a page looks like, and what it complains about."""

import asyncio
import re

from support.programs import require

DEADLINE = 60.0
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--proxy-server=direct://",
)
SCHEMES = {"dark": 0, "light": 1}


class Browser:
    """One profile in a folder of its own; each look is a new process."""

    def __init__(self, folder):
        self.program = require("chromium")
        self.folder = folder

    async def dom(self, url):
        """The document after it was loaded, and what the console said."""
        return await self._run(url, "--dump-dom")

    async def picture(self, url, path, *, width, height, scheme):
        """A picture of the page at this width; what the console said."""
        _, complaints = await self._run(
            url,
            f"--screenshot={path}",
            f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
        )
        return complaints

    async def _run(self, url, *options):
        process = await asyncio.create_subprocess_exec(
            self.program,
            *OPTIONS,
            f"--user-data-dir={self.folder / 'profile'}",
            *options,
            url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(DEADLINE):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        complaints = re.findall(r":CONSOLE\S* (.*)", err.decode(errors="replace"))
        return out.decode(), complaints
