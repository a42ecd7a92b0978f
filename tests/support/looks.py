"""Whether a picture still looks like another one, to an eye that does not mind a letter's edge."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops

CELL = 8
"""Pixels; within a cell only the average counts, so that other fonts' edges do not."""

NOTICED = 24
"""Of 255, in any colour."""

ALLOWED = 0.004
"""The share of cells that may have changed: some letters, and no bar, line or tile."""


def opened(picture: bytes) -> Image.Image:
    """The picture in plain colours."""
    return Image.open(BytesIO(picture)).convert("RGB")


def small(picture: bytes) -> bytes:
    """The same picture with at most 256 colours, small as PNG can be; a rare one stays itself."""
    out = BytesIO()
    kind = Image.Quantize.MAXCOVERAGE
    reduced = opened(picture).quantize(256, method=kind, dither=Image.Dither.NONE)
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


def difference(reference: bytes, drawn: bytes) -> tuple[float, bytes]:
    """The share of cells that look different, and a picture of where they are."""
    first, second = opened(reference), opened(drawn)
    size = (max(first.width, second.width), max(first.height, second.height))
    first, second = (_on_a_sheet(each, size) for each in (first, second))
    cells = (-(-size[0] // CELL), -(-size[1] // CELL))
    changed = ImageChops.difference(*(_averaged(each, cells) for each in (first, second)))
    noticed = _strongest(changed).point(lambda value: 255 if value > NOTICED else 0)
    share = sum(noticed.histogram()[1:]) / (cells[0] * cells[1])
    return share, _marked(second, noticed)


def assert_looks_like(reference: Path, drawn: bytes, kept: Path) -> None:
    """Fail where a picture differs; then *kept* is a picture of where it does."""
    share, marked = difference(reference.read_bytes(), drawn)
    if share > ALLOWED:
        kept.write_bytes(marked)
    assert share <= ALLOWED, f"{share:.2%} of {reference.name} looks different: see {kept}"


def _on_a_sheet(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("RGB", size, (255, 0, 255))
    sheet.paste(picture, (0, 0))
    return sheet


def _averaged(picture: Image.Image, cells: tuple[int, int]) -> Image.Image:
    return picture.resize(cells, Image.Resampling.BOX)


def _strongest(changed: Image.Image) -> Image.Image:
    red, green, blue = changed.split()
    return ImageChops.lighter(red, ImageChops.lighter(green, blue))


def _marked(picture: Image.Image, noticed: Image.Image) -> bytes:
    """The picture in faint grey, and what changed in red."""
    faint = picture.convert("L").point(lambda value: 160 + value // 3).convert("RGB")
    where = noticed.resize(picture.size, Image.Resampling.NEAREST)
    faint.paste((220, 0, 0), (0, 0), where)
    out = BytesIO()
    faint.save(out, "PNG")
    return out.getvalue()
