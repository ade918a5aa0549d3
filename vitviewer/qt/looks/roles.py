"""The two palettes: what each colour is for, and its value in dark and light."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication

DARK = {
    "canvas": "#111111",  # around the picture
    "window": "#1e1e1e",  # menu, sentence and status bar
    "panel": "#242424",  # docks
    "raised": "#2e2e2e",  # popups, tooltips, the loupe
    "field": "#1a1a1a",  # inputs
    "hover": "#383838",  # under the pointer, pressed, open
    "line": "#3a3a3a",  # separators and grooves: decoration only
    "edge": "#808080",  # borders of controls
    "text": "#ececec",
    "quiet": "#ababab",  # captions, units
    "faint": "#717171",  # what is disabled
    "accent": "#5c92ee",  # what is chosen, filled
    "on_accent": "#101010",
    "link": "#8ab4ff",  # links, ticks in lists, the focus ring
    "ok": "#3fae6d",
    "warn": "#e0a030",
    "bad": "#f0646a",
    "mark": "#111111",  # the sign within a verdict
    "supports": "#e09040",  # bars of evidence for an answer
    "opposes": "#58a0d8",  # and against it
    "notice": "#453212",
    "on_notice": "#ffe9c4",
}
LIGHT = {
    "canvas": "#d4d4d4",
    "window": "#efefef",
    "panel": "#f8f8f8",
    "raised": "#ffffff",
    "field": "#ffffff",
    "hover": "#e2e2e2",
    "line": "#d8d8d8",
    "edge": "#808080",
    "text": "#1b1b1b",
    "quiet": "#5a5a5a",
    "faint": "#8c8c8c",
    "accent": "#2a63c8",
    "on_accent": "#ffffff",
    "link": "#1d54b4",
    "ok": "#1f8047",
    "warn": "#9c6100",
    "bad": "#c32f38",
    "mark": "#ffffff",
    "supports": "#b8600c",
    "opposes": "#1c74b4",
    "notice": "#ffefcc",
    "on_notice": "#4d3300",
}

_current = dict(DARK)


def use(palette: dict[str, str]) -> None:
    """Draw with this palette from now on."""
    _current.update(palette)


def color(role: str) -> QColor:
    """Return a role's colour in the palette that is in use."""
    return QColor(_current[role])


def font(kind: str = "base", strong: bool = False) -> QFont:
    """Return the program's font: ``base``, ``small`` for captions, ``large``.

    There are two weights: 400, and 600 where it is strong.
    """
    return QFont(_known(kind, strong)[1])


def metrics(kind: str = "base", strong: bool = False) -> QFontMetrics:
    """Return how wide and high a `font` writes."""
    return _known(kind, strong)[2]


def _known(kind: str, strong: bool) -> tuple[QFont, QFont, QFontMetrics]:
    base = QApplication.font()
    known = _fonts.get((kind, strong))
    if known is None or known[0] != base:  # it is asked for with every stroke
        derived = _derived(base, kind, strong)
        known = _fonts[kind, strong] = (base, derived, QFontMetrics(derived))
    return known


_fonts: dict[tuple[str, bool], tuple[QFont, QFont, QFontMetrics]] = {}


def _derived(base: QFont, kind: str, strong: bool) -> QFont:
    result = QFont(base)
    pixels = result.pixelSize()
    if pixels < 0:  # it is given in points
        pixels = QFontInfo(result).pixelSize()
    sizes = {"base": pixels, "small": max(pixels - 2, 11), "large": round(pixels * 1.5)}
    result.setPixelSize(sizes[kind])
    result.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return result
