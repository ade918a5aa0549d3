"""A figure for a paper or a talk: picture, overlay, colour bar and caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vitviewer.render import compose, lookup_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.render import OverlayStyle

_PAPER, _INK, _GREY = (255, 255, 255), (20, 20, 20), (95, 95, 95)
_TICKS = 5


def side_by_side(
    pixels: NDArray[np.uint8],
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
    title: str,
    caption: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """Compose picture and overlay beside one another, uint8 (height, width, 3).

    Both stand at the picture's own resolution (a small picture is enlarged by a whole
    number, so that the text has room); type and margins grow with it.
    """
    overlay = compose(pixels, values, geometry, style)
    factor = max(1, -(-400 // min(pixels.shape[:2])))
    left, right = (_enlarged(image, factor) for image in (pixels, overlay))
    return _Page(left, right, style, title, list(caption)).draw()


class _Page:
    """The page's measures, all from one unit: the height of a line of text."""

    def __init__(
        self,
        left: Image.Image,
        right: Image.Image,
        style: OverlayStyle,
        title: str,
        caption: list[str],
    ) -> None:
        self.left, self.right, self.style = left, right, style
        self.title, self.caption = title, caption
        self.width, self.height = left.size
        self.em = max(14, min(self.width, self.height) // 28)
        self.margin = round(1.2 * self.em)
        self.bar = round(1.1 * self.em)
        self.ticks = round(4.6 * self.em)
        self.font = ImageFont.load_default(self.em)
        self.head_font = ImageFont.load_default(round(1.25 * self.em))

    def draw(self) -> NDArray[np.uint8]:
        """Draw the page."""
        head = 2 * self.margin + round(1.25 * self.em)
        foot = round(len(self.caption) * 1.5 * self.em) + self.margin
        room = 4 * self.margin + self.bar + self.ticks
        size = (2 * self.width + room, head + self.height + self.margin + foot)
        page = Image.new("RGB", size, _PAPER)
        pen = ImageDraw.Draw(page)
        text = self._fitted(
            self.title[:1].upper() + self.title[1:], self.head_font, size
        )
        pen.text((self.margin, self.margin), text, _INK, self.head_font)
        page.paste(self.left, (self.margin, head))
        page.paste(self.right, (2 * self.margin + self.width, head))
        self._draw_bar(page, pen, 3 * self.margin + 2 * self.width, head)
        for i, line in enumerate(self.caption):
            y = head + self.height + self.margin + round(i * 1.5 * self.em)
            text = self._fitted(line, self.font, size)
            pen.text((self.margin, y), text, _GREY, self.font)
        return np.asarray(page)

    def _draw_bar(
        self, page: Image.Image, pen: ImageDraw.ImageDraw, x: int, top: int
    ) -> None:
        """Draw the colour bar with its numbers, largest on top."""
        style = self.style
        table = lookup_table(style.colormap, 1.0, False)[::-1, None, :3]
        strip = Image.fromarray(np.ascontiguousarray(table))
        strip = strip.resize((self.bar, self.height), Image.Resampling.BILINEAR)
        page.paste(strip, (x, top))
        for i in range(_TICKS):
            part = i / (_TICKS - 1)
            y = top + round((1 - part) * (self.height - 1))
            value = style.lo + part * (style.hi - style.lo)
            end = x + self.bar + self.em // 3
            pen.line((x + self.bar, y, end, y), _INK, max(1, self.em // 14))
            anchor = {0: "ld", _TICKS - 1: "la"}.get(i, "lm")
            text = percent(value, style.hi - style.lo)
            pen.text((end + self.em // 4, y), text, _INK, self.font, anchor)

    def _fitted(
        self,
        text: str,
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
        size: tuple[int, int],
    ) -> str:
        """Shorten a line that does not fit the page."""
        line = " ".join(text.split())
        room = size[0] - 2 * self.margin
        if font.getlength(line) <= room:
            return line
        while line and font.getlength(line + "…") > room:
            line = line[: -max(1, len(line) // 40)]
        return line + "…"


def percent(value: float, span: float) -> str:
    """Write a share in percent, with as many digits as its scale calls for."""
    step = abs(span) * 100.0 / (_TICKS - 1)
    digits = 0 if step <= 0 else int(np.clip(np.ceil(-np.log10(step)) + 1, 0, 6))
    return f"{value * 100.0:.{digits}f} %"


def _enlarged(pixels: NDArray[np.uint8], factor: int) -> Image.Image:
    image = Image.fromarray(pixels)
    size = (image.width * factor, image.height * factor)
    return image.resize(size, Image.Resampling.NEAREST) if factor > 1 else image
