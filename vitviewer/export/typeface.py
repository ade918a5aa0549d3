"""The type of a figure: the bundled font, and the machine's own for other letters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont, features

from vitviewer.export.font_search import covered, fonts_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import ImageDraw

_FONT = str(Path(__file__).with_name("fonts") / "DejaVuSans.ttf")
_NO_FONT = "some characters have no font on this machine"
_NOT_LAID_OUT = (
    "some letters are not joined or turned as they should be: Pillow has no Raqm"
)
# Scripts whose letters change places and forms, besides those from right to left.
_JOINED = ((0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x17FF))


class Typeface:
    """Type of one size that has as many letters as this machine's fonts do."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.base = _loaded(_FONT, size)

    def getlength(self, text: str) -> float:
        """Return how wide a text is, in pixels."""
        return sum(_length(font, run) for font, run in self._runs(text))

    def draw(
        self,
        pen: ImageDraw.ImageDraw,
        place: tuple[float, float],
        text: str,
        ink: tuple[int, int, int],
    ) -> None:
        """Draw a line of text whose upper left corner is at a place."""
        x, top = place
        baseline = top + self.base.getmetrics()[0]
        for font, run in self._runs(text):
            pen.text((x, baseline), run, ink, font, "ls", direction=_direction())
            x += _length(font, run)

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """Cut a text into pieces of one font each."""
        others = _others(text)
        if not others:
            return [(self.base, text)]
        fonts = [(_loaded(path, self.size), path) for path, _ in others]
        if any(map(_is_turned, text)):
            # The order of its pieces is that of reading only within one font.
            letters = frozenset(text)
            for font, path in fonts:
                if covered(path, letters) == letters:
                    return [(font, text)]
        runs: list[tuple[ImageFont.FreeTypeFont, str]] = []
        for character in text:
            font = self._font_of(character, others)
            if runs and (runs[-1][0] is font or _leans(character)):
                runs[-1] = (runs[-1][0], runs[-1][1] + character)
            else:
                runs.append((font, character))
        return runs

    def _font_of(
        self, character: str, others: tuple[tuple[str, frozenset[str]], ...]
    ) -> ImageFont.FreeTypeFont:
        for path, has in others:
            if character in has:
                return _loaded(path, self.size)
        return self.base


def _length(font: ImageFont.FreeTypeFont, run: str) -> float:
    return font.getlength(run, direction=_direction())


def _direction() -> str | None:
    """Return the direction of a whole line, which Raqm alone can be told.

    Left to itself, Raqm turns a line that begins with an Arabic name.
    """
    return "ltr" if features.check("raqm") else None


def shortcomings(lines: Iterable[str]) -> list[str]:
    """Say what of some lines cannot be drawn as it should be."""
    text = "".join(lines)
    found = frozenset[str]().union(*(has for _, has in _others(text)))
    said = [_NO_FONT] if _lacking(text) - found else []
    if not features.check("raqm") and any(map(_needs_layout, text)):
        said.append(_NOT_LAID_OUT)
    return said


def _others(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the fonts, beside the bundled one, that a text needs and Pillow opens."""
    lacking = _lacking(text)
    if not lacking:
        return ()
    return tuple(font for font in fonts_for(lacking) if _opens(font[0]))


@lru_cache(maxsize=256)
def _lacking(text: str) -> frozenset[str]:
    """Return the visible characters that the bundled font lacks."""
    if text.isascii():
        return frozenset()
    letters = frozenset(c for c in text if not (c.isspace() or _is_hidden(c)))
    return letters - covered(_FONT, letters)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") or (
        0xFE00 <= ord(character) <= 0xFE0F  # forms of the letter before it
    )


def _leans(character: str) -> bool:
    """Return whether a character belongs to the one before it."""
    return (
        character.isspace()
        or _is_hidden(character)
        or (unicodedata.category(character).startswith("M"))
    )


def _is_turned(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL")


def _needs_layout(character: str) -> bool:
    code = ord(character)
    return _is_turned(character) or any(a <= code <= b for a, b in _JOINED)


@lru_cache(maxsize=64)
def _opens(path: str) -> bool:
    """Return whether Pillow can scale a font; those made of pixels it cannot."""
    try:
        _loaded(path, 20)
    except OSError:
        return False
    return True


@lru_cache(maxsize=16)
def _loaded(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
