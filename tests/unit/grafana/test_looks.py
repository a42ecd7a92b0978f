"""The eye that compares pictures: what it overlooks, and what it must not."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from support.looks import ALLOWED, assert_looks_like, difference, opened, small

SIZE = (1200, 800)
MAJOR, CRITICAL = (230, 159, 0), (213, 94, 0)


def drawn(*, tile="#0072B2", shift=0, text="Claude works", height=SIZE[1]):
    """A dark sheet with a tile, a line and words."""
    picture = Image.new("RGB", (SIZE[0], height), "#111217")
    pencil = ImageDraw.Draw(picture)
    pencil.rectangle((40, 40, 440, 200), fill=tile)
    pencil.line((40, 500, 1100, 560), fill="#E69F00", width=2)
    pencil.text((60 + shift, 100), text, fill="white")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


SAME = {
    "the same picture": drawn(),
    "words half a pixel wider, as another font sets them": drawn(shift=1),
    "another word": drawn(text="Claude wörks"),
    "fewer colours": small(drawn()),
}
OTHER = {
    "another colour of a tile": drawn(tile="#D55E00"),
    "a tile that is gone": drawn(tile="#111217"),
    "a sheet that has grown": drawn(height=SIZE[1] + 40),
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_it_looks_the_same(other):
    assert difference(drawn(), other)[0] <= ALLOWED


def test_a_small_picture_keeps_rare_colours():
    """Two signals in a legend stay two, on a sheet of a thousand shades."""
    picture = opened(drawn())
    for number in range(1000):
        picture.putpixel((number, 700), (number % 256, number % 199, number % 157))
    for place, colour in enumerate((MAJOR, CRITICAL)):
        picture.paste(colour, (40 + 20 * place, 640, 52 + 20 * place, 644))
    out = BytesIO()
    picture.save(out, "PNG")
    kept = opened(small(out.getvalue()))
    for place, colour in enumerate((MAJOR, CRITICAL)):
        found = kept.getpixel((45 + 20 * place, 642))
        assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 16


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_it_looks_different_and_a_picture_says_where(other, tmp_path):
    reference, kept = tmp_path / "reference.png", tmp_path / "difference.png"
    reference.write_bytes(drawn())
    with pytest.raises(AssertionError, match="looks different"):
        assert_looks_like(reference, other, kept)
    colours = opened(kept.read_bytes()).getcolors(1 << 24)
    assert (220, 0, 0) in {colour for _, colour in colours}
