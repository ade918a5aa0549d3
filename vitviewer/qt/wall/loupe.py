"""One tile enlarged, on a card beside it that moves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from vitviewer.maps.mosaic import Room, plan_one
from vitviewer.qt.looks.painting import fill
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.wall.tile_image import Look, TileImage, Tiles

if TYPE_CHECKING:
    from vitviewer.answers import Answer

SIZE = QSize(224, 190)
_PAD, _APART, _BELOW = 8, 12, 5
_MAP = QSize(208, 135)


class Loupe(QWidget):
    """A card over the window, which the pointer does not meet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._answer: Answer | None = None
        self._tiles: Tiles | None = None
        self._look: Look | None = None
        self._words, self._share = "", ""
        self._image = TileImage()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def enlarge(
        self, answer: Answer, tiles: Tiles, look: Look, words: tuple[str, str]
    ) -> None:
        """Show one map, (1, 1, rows, cols), in the colours of a tile's look."""
        self._answer, self._tiles, self._look = answer, tiles, look
        self._words, self._share = words
        self.update()

    def place_beside(self, tile: QRect, room: QRect, window: QWidget) -> None:
        """Stand right of a tile, or left of it, wholly within the window.

        Both are in the window's coordinates; it also keeps within the room if that is
        high enough.
        """
        if self.parentWidget() is not window:
            self.setParent(window)
        self.resize(self._size().boundedTo(window.size()))
        x = tile.right() + 1 + _APART
        if x + self.width() > window.width():
            x = tile.left() - _APART - self.width()
        y = tile.center().y() - self.height() // 2
        x = min(max(x, 0), window.width() - self.width())
        if room.height() >= self.height():
            y = min(max(y, room.top()), room.top() + room.height() - self.height())
        y = min(max(y, 0), window.height() - self.height())
        self.move(QPoint(x, y))
        self.raise_()
        self.show()

    def forget(self) -> None:
        """Vanish, and let go of the answer."""
        self.hide()
        self._answer = self._tiles = self._look = None
        self._image.forget()

    def _size(self) -> QSize:
        lines = QFontMetrics(font()).height() + QFontMetrics(font("small")).height()
        needed = 2 * _PAD + _MAP.height() + _BELOW + lines + 2
        return QSize(SIZE.width(), max(SIZE.height(), needed))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card: the map, and what it is."""
        with QPainter(self) as painter:
            fill(painter, self.rect(), "raised", 6, "edge")
            self._paint_map(painter)
            top = _PAD + _MAP.height() + _BELOW
            for text, role, chosen in (
                (self._words, "text", font(strong=True)),
                (self._share, "quiet", font("small")),
            ):
                painter.setFont(chosen)
                painter.setPen(color(role))
                metrics = painter.fontMetrics()
                room = self.width() - 2 * _PAD
                elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
                place = QRectF(_PAD, top, room, metrics.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft, elided)
                top += metrics.height() + 2

    def _paint_map(self, painter: QPainter) -> None:
        if self._answer is None or self._tiles is None or self._look is None:
            return
        ratio = self.devicePixelRatioF()
        rows, cols = self._tiles.maps.shape[2:]
        plan = plan_one(rows, cols, Room(_MAP.width(), _MAP.height(), ratio))
        if plan is None:
            return
        tiles = self._tiles
        look = self._look._replace(plan=plan, ratio=ratio)
        image = self._image.of(self._answer, look, lambda: tiles)
        width, height = (side / ratio for side in plan.size)
        x = _PAD + (_MAP.width() - width) / 2
        y = _PAD + (_MAP.height() - height) / 2
        painter.drawImage(QPointF(x, y), image)


def one_tile(tiles: Tiles, layer: int, head: int) -> Tiles:
    """Return one of all tiles, as what a loupe shows."""
    return Tiles(tiles.maps[layer : layer + 1, head : head + 1], None)
