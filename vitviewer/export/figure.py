"""A figure for a paper or a talk: picture, overlay, colour bar and caption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from vitviewer.answers import SHARE
from vitviewer.export.passes import Passes, tell_nobody
from vitviewer.export.typeface import Typeface, shortcomings
from vitviewer.maps.compose import compose_bands
from vitviewer.maps.legend import bar_pixels, number, position, ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.maps.style import OverlayStyle

    _Bands = Iterator[tuple[int, Image.Image]]

_PAPER, _INK, _GREY = (255, 255, 255), (20, 20, 20), (95, 95, 95)
_LEAST_SIDE, _MOST_SIDE = 400, 4096
_LEAST_EM, _LEAST_EMS = 14, 40
_LINE = 1.5
_BAND_PIXELS = 1 << 19
_LINES_A_CAPTION = 2
_LONGEST_TEXT = 600


def side_by_side(
    pixels: NDArray[np.uint8],
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
    title: str,
    caption: Sequence[str] = (),
    unit: str = SHARE,
) -> NDArray[np.uint8]:
    """Compose picture and overlay side by side.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
        The upright picture.
    values : float32 (rows, cols)
        The map.
    geometry : Geometry
        Where the map's patches lie on the picture.
    style : OverlayStyle
    title : str
        One line above both; it is wrapped where it has no room.
    caption : sequence of str
        The lines below.

    Returns
    -------
    uint8 (height, width, 3)

    Notes
    -----
    Both stand at the picture's own resolution. A small picture is enlarged by a whole
    number, so that the text has room; one of more than 4096 pixels is reduced by one.
    Type and margins grow with the picture.
    """
    return np.asarray(page(pixels, values, geometry, style, title, caption, unit))


def page(
    pixels: NDArray[np.uint8],
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
    title: str,
    caption: Sequence[str] = (),
    unit: str = SHARE,
    passes: Passes | None = None,
) -> Image.Image:
    """Draw what `side_by_side` returns, as a Pillow image."""
    passes = passes or Passes(tell_nobody)
    height, width, _ = pixels.shape
    scale = _scale((width, height))
    step = max(1, _BAND_PIXELS // width // scale.down) * scale.down
    picture = ((top, pixels[top : top + step]) for top in range(0, height, step))
    composed = compose_bands(pixels, values, geometry, style, scale.down)
    overlay = passes.over(composed, height, lambda band: band[1])
    drawn = _Page(scale.size((width, height)), style, unit)
    return drawn.draw(title, caption, scale.bands(picture), scale.bands(overlay))


def bands_of(image: Image.Image) -> Iterator[NDArray[np.uint8]]:
    """Yield an image's rows in bands, uint8 (rows, width, 3)."""
    step = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, step):
        bottom = min(top + step, image.height)
        yield np.asarray(image.crop((0, top, image.width, bottom)))


class _Page:
    """The page's measures, all from one unit: the size of its type."""

    def __init__(self, size: tuple[int, int], style: OverlayStyle, unit: str) -> None:
        self.style, self.unit = style, unit
        self.width, self.height = size
        large = min(round(sqrt(self.width * self.height) / 28), min(size) // 10)
        self.em = max(_LEAST_EM, large)
        self.margin = round(1.4 * self.em)
        self.bar = round(1.1 * self.em)
        self.font = Typeface(self.em)
        self.title_font = Typeface(round(1.2 * self.em))
        numbers = [self._number(value) for value in self._ticks()]
        self.numbers = round(max(self.font.getlength(n) for n in numbers) + self.em)
        gaps = 4 * self.margin
        natural = 2 * self.width + gaps + self.bar + self.numbers
        self.page_width = max(natural, _LEAST_EMS * self.em)

    def draw(
        self, title: str, caption: Sequence[str], left: _Bands, right: _Bands
    ) -> Image.Image:
        """Draw the page; the two pictures come in bands: first row, and image."""
        room = self.page_width - 2 * self.margin
        head = _wrapped(title, self.title_font, room)
        caption = [*caption, *shortcomings([title, *caption])]
        foot = [row for line in caption for row in _wrapped(line, self.font, room)]
        top = 2 * self.margin + round((1.2 + _LINE * (len(head) - 1)) * self.em)
        under = top + self.height + self.margin
        page_height = under + round(_LINE * len(foot) * self.em) + self.margin // 2
        page = Image.new("RGB", (self.page_width, page_height), _PAPER)
        pen = ImageDraw.Draw(page)
        self._write(pen, head, self.margin - self.em // 6, self.title_font, _INK)
        for x, bands in ((self.margin, left), (2 * self.margin + self.width, right)):
            for row, band in bands:
                page.paste(band, (x, top + row))
        self._draw_bar(page, pen, 3 * self.margin + 2 * self.width, top)
        self._write(pen, foot, under - self.em // 4, self.font, _GREY)
        return page

    def _write(
        self,
        pen: ImageDraw.ImageDraw,
        lines: Sequence[str],
        top: int,
        font: Typeface,
        ink: tuple[int, int, int],
    ) -> None:
        for i, line in enumerate(lines):
            font.draw(pen, (self.margin, top + round(_LINE * i * self.em)), line, ink)

    def _draw_bar(
        self, page: Image.Image, pen: ImageDraw.ImageDraw, x: int, top: int
    ) -> None:
        """Draw the colour bar with its numbers, the largest on top."""
        style = self.style
        colors = np.rot90(bar_pixels(style))
        strip = Image.fromarray(np.ascontiguousarray(colors))
        strip = strip.resize((self.bar, self.height), Image.Resampling.BILINEAR)
        page.paste(strip, (x, top))
        frame = (x, top, x + self.bar - 1, top + self.height - 1)
        pen.rectangle(frame, outline=_GREY, width=max(1, self.em // 20))
        for value in self._ticks():
            part = position(value, style.lo, style.hi)
            y = top + round((1.0 - part) * (self.height - 1))
            end = x + self.bar + self.em // 3
            pen.line((x + self.bar, y, end, y), _INK, max(1, self.em // 14))
            place = (end + self.em // 4, y)
            pen.text(place, self._number(value), _INK, self.font.base, "lm")

    def _ticks(self) -> list[float]:
        about = min(5, self.height // (4 * self.em))
        return ticks(self.style.lo, self.style.hi, about)

    def _number(self, value: float) -> str:
        return number(value, self.style.hi - self.style.lo, self.unit)


@dataclass(frozen=True)
class _Scale:
    """By which whole numbers a picture is reduced, or enlarged."""

    down: int
    up: int

    def size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the size that comes of one."""
        return -(-size[0] // self.down) * self.up, -(-size[1] // self.down) * self.up

    def bands(self, bands: Iterable[tuple[int, NDArray[np.uint8]]]) -> _Bands:
        """Scale bands; each is (first row, image).

        All but the last have a multiple of ``down`` rows: their averages are those of
        the whole.
        """
        for top, band in bands:
            image = Image.fromarray(band)
            if self.down > 1:
                image = image.reduce(self.down)
            if self.up > 1:
                larger = (image.width * self.up, image.height * self.up)
                image = image.resize(larger, Image.Resampling.NEAREST)
            yield top // self.down * self.up, image


def _scale(size: tuple[int, int]) -> _Scale:
    """Choose the scale that the page asks for."""
    if max(size) > _MOST_SIDE:
        return _Scale(-(-max(size) // _MOST_SIDE), 1)
    wanted = -(-_LEAST_SIDE // min(size))
    return _Scale(1, max(1, min(wanted, _MOST_SIDE // max(size))))


def _wrapped(text: str, font: Typeface, room: float) -> list[str]:
    """Break a text from outside into a few lines that fit; the last may be cut."""
    printable = (c if c.isprintable() else " " for c in text[:_LONGEST_TEXT])
    lines: list[str] = [""]
    for word in _words("".join(printable), font, room):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    last = " ".join(lines[_LINES_A_CAPTION - 1 :])
    lines = [*lines[: _LINES_A_CAPTION - 1], last]
    return [_cut(line, font, room) for line in lines if line]


def _words(text: str, font: Typeface, room: float) -> Iterator[str]:
    """Cut a text at its spaces, and what has none and no room, as Chinese, anywhere."""
    for word in text.split():
        part = ""
        for character in word if font.getlength(word) > room else ():
            if part and font.getlength(part + character) > room:
                yield part
                part = ""
            part += character
        yield part or word


def _cut(line: str, font: Typeface, room: float) -> str:
    """Shorten a line that does not fit."""
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(line + "…") > room:
        line = line[:-1]
    return line + "…"
