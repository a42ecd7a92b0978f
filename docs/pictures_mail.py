"""A picture of the e-mail of an outage, as a telephone shows it, from its golden file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from pictures_page import small

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.browser import chromium, opened

IMAGES: Final = Path(__file__).parent / "images"
MAIL: Final = Path(__file__).parents[1] / "tests/golden/notifications/escalate.html"
WIDTH: Final = 360


async def taken() -> bytes:
    """The mail as high as it is."""
    async with chromium() as browser, opened(browser, MAIL.as_uri(), width=WIDTH) as page:
        picture: bytes = await page.screenshot(full_page=True)
    return picture


def main() -> None:
    """Write the picture."""
    (IMAGES / "mail-outage.png").write_bytes(small(asyncio.run(taken())))


if __name__ == "__main__":
    main()
