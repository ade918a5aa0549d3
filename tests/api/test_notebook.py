"""What a notebook is given: pixels that come back, and HTML that is safe and small."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import cmap
import numpy as np
import pytest
from PIL import Image

from vitviewer.api.notebook import LARGEST_STRIP, mosaic, png_bytes, strip_html

EVIL = "<script>alert(1)</script>\" onerror='x' &amp;\n\u202egnp"
VOID = {"img"}
MAGMA = np.rint(np.asarray(cmap.Colormap("magma").lut(256))[:, :3] * 255)


class Page(HTMLParser):
    """Elements, with what is open checked, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    @property
    def img(self):
        (attributes,) = (a for tag, a in self.tags if tag == "img")
        return attributes

    @property
    def pixels(self):
        head, _, data = self.img["src"].partition(",")
        assert head == "data:image/png;base64"
        return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGBA"))


def noise(*shape):
    return np.random.default_rng(2).random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 5, 4), (1, 1, 3)])
def test_a_png_holds_the_same_pixels(shape):
    pixels = (noise(*shape) * 255).astype(np.uint8)
    image = Image.open(BytesIO(png_bytes(pixels)))
    assert image.format == "PNG"
    assert np.array_equal(np.asarray(image), pixels)
    flipped = pixels[::-1, ::-1]
    assert np.array_equal(np.asarray(Image.open(BytesIO(png_bytes(flipped)))), flipped)


def test_a_png_can_be_bounded_and_is_never_enlarged():
    pixels = (noise(40, 80, 3) * 255).astype(np.uint8)
    sizes = [Image.open(BytesIO(png_bytes(pixels, n))).size for n in (20, 100)]
    assert sizes == [(20, 10), (80, 40)]


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((3, 3), np.float32),
        np.zeros((3, 3, 2), np.uint8),
        np.zeros((0, 3, 3), np.uint8),
        np.zeros(3, np.uint8),
        np.zeros((2, 3, 3, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="no pixels"):
        png_bytes(pixels)


def test_each_map_is_where_it_belongs_in_its_own_colours():
    maps = noise(3, 4, 5, 6)
    pixels = Page(strip_html(maps, "words")).pixels
    assert pixels.shape == (3 * 6, 4 * 7, 4)
    for layer, head in np.ndindex(3, 4):
        values = maps[layer, head].astype(float)
        share = (values - values.min()) / (values.max() - values.min())
        at = np.rint(np.rint(share * 254) * 255 / 254).astype(int)
        tile = pixels[6 * layer : 6 * layer + 6, 7 * head : 7 * head + 7]
        assert np.abs(tile[:5, :6, :3] - MAGMA[at]).max() <= 1
        assert (tile[:5, :6, 3] == 255).all()
        assert (tile[5, :, 3] == 0).all()
        assert (tile[:, 6, 3] == 0).all()


def test_flat_maps_have_no_contrast_and_unknown_values_no_colour():
    maps = np.full((1, 3, 2, 2), 0.25, np.float32)
    maps[0, 1, 0, 0] = np.nan
    maps[0, 2] = np.inf
    indices, colors = mosaic(maps)
    assert indices[:2].tolist() == [
        [127, 127, 255, 255, 127, 255, 255, 255, 255],
        [127, 127, 255, 127, 127, 255, 255, 255, 255],
    ]
    assert colors.shape == (256, 3)


def test_text_is_escaped_wherever_it_comes_from():
    html = strip_html(noise(1, 2, 3, 3), EVIL, layers=[EVIL], heads=[EVIL, "<b>"])
    page = Page(html)
    assert {tag for tag, _ in page.tags} == {
        *("figure", "div", "span", "img", "figcaption")
    }
    assert all(not name.startswith("on") for _, a in page.tags for name in a)
    assert page.text.count("<script>alert(1)</script>") == 3
    assert page.img["alt"].startswith("<script>alert(1)</script>\" onerror='x' &amp; ")
    assert "\u202e" not in html
    assert "\n" not in html


def test_what_it_says():
    page = Page(strip_html(noise(2, 3, 4, 4), "ViT · cat.jpg"))
    assert page.img["alt"] == (
        "ViT · cat.jpg: 2 layers from top to bottom, 3 heads from left to right"
    )
    assert page.text == (
        "12312ViT · cat.jpg · each map from its own least to its greatest value"
    )
    named = Page(strip_html(noise(1, 1, 4, 4), "c", ["last"], ["mean"]))
    assert named.text.startswith("meanlastc")


def test_it_is_self_contained_and_takes_its_colours_from_the_notebook():
    html = strip_html(noise(2, 3, 4, 4), "caption")
    for word in ("http", "url(", "<style", "<link", "background", "#"):
        assert word not in html
    assert "color:inherit" in html
    assert "image-rendering:pixelated" in html


@pytest.mark.parametrize(
    ("shape", "factor"),
    [
        ((12, 12, 14, 14), 1),
        ((1, 1, 500, 300), 2),
        ((24, 16, 37, 37), 2),
        ((32, 48, 16, 16), 2),
        ((32, 48, 13, 37), 3),
        ((40, 16, 64, 64), 5),
    ],
)
def test_its_size_is_bounded(shape, factor):
    html = strip_html(noise(*shape), "x" * 10_000, heads=["y" * 1000] * shape[1])
    page = Page(html)
    assert len(html) < LARGEST_STRIP + 15_000
    said = f"each square is the mean of {factor} × {factor} patches"
    assert (said in page.text) == (factor > 1)
    rows, cols = (-(-side // factor) + 1 for side in shape[2:])
    assert page.pixels.shape[:2] == (shape[0] * rows, shape[1] * cols)


def test_twelve_times_twelve_is_far_below_the_bound():
    assert len(strip_html(noise(12, 12, 14, 14), "caption")) < 100_000


def test_blocks_are_means_of_what_they_cover():
    from vitviewer.api.notebook import _averaged

    maps = noise(2, 2, 5, 7)
    blocks = _averaged(maps, 3)
    expected = [
        [maps[..., r : r + 3, c : c + 3].mean((2, 3)) for c in (0, 3, 6)]
        for r in (0, 3)
    ]
    np.testing.assert_allclose(
        blocks, np.moveaxis(np.array(expected), (0, 1), (2, 3)), rtol=1e-6
    )


def test_many_labels_are_thinned():
    text = Page(strip_html(noise(1, 48, 2, 2), "")).text
    assert text.startswith("".join(str(i) for i in range(1, 48, 2)))


@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3, 4, 4), (2, 3, 0, 4)])
def test_no_maps_are_refused(shape):
    with pytest.raises(ValueError, match="no maps"):
        strip_html(np.zeros(shape, np.float32), "caption")


def test_labels_must_be_as_many_as_maps():
    with pytest.raises(ValueError, match="2 labels for 3 maps"):
        strip_html(noise(3, 1, 2, 2), "caption", layers=["a", "b"])
