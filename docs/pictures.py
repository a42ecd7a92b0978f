"""Make the pictures of the documentation: `make pictures`. What they show really happened."""

from __future__ import annotations

from pathlib import Path

import pictures_mail
import pictures_page
import pictures_terminal

(Path(__file__).parent / "images").mkdir(exist_ok=True)
for pictures in (pictures_terminal, pictures_mail, pictures_page):
    pictures.main()
