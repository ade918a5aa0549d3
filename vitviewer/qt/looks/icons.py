"""Icons of the Phosphor family, drawn in a role's colour at the time of drawing.

The font comes with QtAwesome, whose own icons keep the colours that they were made in
and load ten more fonts, which takes longer than the rest of the start. So the font is
read here, and not before the first icon is drawn. Nothing comes from the net.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QIcon,
    QIconEngine,
    QPainter,
    QPixmap,
)

from vitviewer.qt.looks.roles import color


def icon(name: str, role: str = "text") -> QIcon:
    """Return an icon by its name in Phosphor, ``"caret-left"`` say.

    It is as cheap as a name, and follows the theme by itself.
    """
    return drawn_icon(partial(_draw_character, name, role))


def drawn_icon(draw: Callable[[QPainter, QRect, bool], None]) -> QIcon:
    """Return an icon that a function draws whenever it is needed, so in any theme.

    Parameters
    ----------
    draw : callable
        It is given the painter, the place, and whether what it is on is enabled.
    """
    return QIcon(_Engine(draw))


class _Engine(QIconEngine):
    """Keeps no pixels: the next time the theme may be another one."""

    def __init__(self, draw: Callable[[QPainter, QRect, bool], None]) -> None:
        super().__init__()
        self._draw = draw

    def paint(
        self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State
    ) -> None:
        """Draw into a rectangle."""
        painter.save()
        self._draw(painter, rect, mode != QIcon.Mode.Disabled)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw on nothing."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self.paint(painter, QRect(QPoint(), size), mode, state)
        return pixmap

    def clone(self) -> QIconEngine:
        """Return another such engine."""
        return _Engine(self._draw)


def _draw_character(
    name: str, role: str, painter: QPainter, rect: QRect, enabled: bool
) -> None:
    characters, family = phosphor()
    font = QFont(family)
    font.setPixelSize(max(min(rect.width(), rect.height()), 1))
    painter.setFont(font)
    painter.setPen(color(role if enabled else "faint"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, characters[name])


@cache
def phosphor() -> tuple[dict[str, str], str]:
    """Load the font once; return its characters by their names, and its family."""
    folder = _fonts()
    text = next(folder.glob("phosphor-charmap-*.json")).read_text(encoding="utf-8")
    characters = {name: chr(int(code, 16)) for name, code in json.loads(text).items()}
    font = QFontDatabase.addApplicationFont(str(next(folder.glob("phosphor-*.ttf"))))
    return characters, QFontDatabase.applicationFontFamilies(font)[0]


def _fonts() -> Path:
    """Return the folder of QtAwesome's fonts, without importing QtAwesome."""
    spec = find_spec("qtawesome")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], "fonts")
