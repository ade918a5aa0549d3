"""All layers and heads of what is asked, to walk through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)

from vitviewer.answers import Layers
from vitviewer.maps.mosaic import Plan, Room, plan_wall
from vitviewer.maps.selection import layers_of
from vitviewer.maps.state import Interpolation
from vitviewer.maps.tiles import TileScale
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.wall.controls import make_controls
from vitviewer.qt.wall.labels import ABOVE, BESIDE, Labels
from vitviewer.qt.wall.loupe import Loupe, one_tile
from vitviewer.qt.wall.steps import is_step, step_from
from vitviewer.qt.wall.tile_image import Look, tiles_of
from vitviewer.qt.wall.tiles_view import Tile, TilesView

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from vitviewer.qt.controller import Controller

DELAY_MS = 150
"""How long the pointer rests on the first tile before the loupe opens."""
_SIDES, _ENDS = 16, 2
_WANTED, _LEAST = QSize(600, 272), QSize(120, 60)
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Wall(TilesView):
    """Every layer and head of the shown answer as one picture, to point at and choose.

    A layer is a block of its heads; as a table, layers run down and heads across.
    """

    export_asked = Signal(str)
    """The user wants the wall as a file: "png" or "npz"."""

    def __init__(self, controller: Controller) -> None:
        self._table = self._table_chosen = self._by_keyboard = False
        self._loupe: Loupe | None = None
        super().__init__(controller)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DELAY_MS)
        self._rest.timeout.connect(self._open_loupe)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(_LEAST)
        self.setAccessibleName("Wall of all layers and heads")
        self._controls = make_controls(
            self.set_scale, self.set_table, self.export_asked
        )

    def title_controls(self) -> list[QWidget]:
        """Return what belongs into the title bar: scale, table, export."""
        return self._controls

    def sizeHint(self) -> QSize:
        """Ask for the height of a dock under the canvas."""
        return _WANTED

    # --- how it is shown --------------------------------------------------------------

    @property
    def is_table(self) -> bool:
        """Whether layers run down and heads across."""
        return self._table

    def set_table(self, on: bool) -> None:
        """Lay out as a table, or in blocks, and stay with that."""
        self._table, self._table_chosen = on, True
        self._close_loupe()
        self.update()

    def set_scale(self, scale: TileScale) -> None:
        """Let each tile span its own values, or all the same."""
        self.scale = scale
        self._fill_loupe()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be a table where there is more height than width, until one is chosen."""
        super().resizeEvent(event)
        self._close_loupe()
        if not self._table_chosen:
            self._table = self.height() > self.width()
            switch = self._controls[1]
            blocker = QSignalBlocker(switch)
            switch.setProperty("checked", self._table)
            blocker.unblock()

    @property
    def plan(self) -> Plan | None:
        """Where the tiles stand at the present size."""
        if self._shown is None:
            return None
        metrics = QFontMetrics(font("small", strong=True))
        tiling = self.tiling_of(self._shown)
        room = Room(
            self.width(),
            self.height(),
            self.devicePixelRatioF(),
            metrics.height() + ABOVE,
            metrics.horizontalAdvance(str(tiling.layers)) + BESIDE,
            _SIDES,
            _ENDS,
        )
        return plan_wall(tiling, room, self._table)

    # --- choosing ---------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take the arrows before a shortcut of the window does."""
        override = event.type() == QEvent.Type.ShortcutOverride
        ours = override and isinstance(event, QKeyEvent) and is_step(event)
        if ours and self.plan is not None:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk: arrows through heads, with Ctrl through layers."""
        plan = self.plan
        if plan is None or not is_step(event):
            super().keyPressEvent(event)
            return
        self._by_keyboard = True
        # From an average the first step only shows where it begins.
        start = self.current
        self.choose(self.nearest if start is None else step_from(start, plan, event))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring if the keyboard brought the focus."""
        self._by_keyboard = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def on_change(self) -> None:
        """Say what is chosen, and let the loupe follow the answer."""
        self.setAccessibleDescription(self._description())
        if self._hovered is not None and self.tile_is_gone(self._hovered):
            self.hover(None)
        self._fill_loupe()

    def tile_is_gone(self, tile: Tile) -> bool:
        """Tell whether another answer has no such tile."""
        plan = self.plan
        return plan is None or not (
            tile[0] < plan.tiling.layers and tile[1] < plan.tiling.heads
        )

    def _description(self) -> str:
        if self._shown is None:
            return ""
        tile = self.nearest
        chosen = "chosen" if self.current is not None else ""
        parts = (self.words_of(tile), self.share_words(tile), chosen)
        return ", ".join(part for part in parts if part)

    # --- the loupe --------------------------------------------------------------------

    def hover(self, tile: Tile | None) -> None:
        """Point at a tile; rest on it and it is enlarged."""
        if tile == self._hovered:
            return
        super().hover(tile)
        if tile is None:
            self._close_loupe()
        elif self._loupe is not None and self._loupe.isVisible():
            self._open_loupe()
        else:
            self._rest.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave no loupe behind."""
        super().hideEvent(event)
        self.hover(None)

    def _open_loupe(self) -> None:
        if self._hovered is None or self._shown is None or not self.isVisible():
            return
        window = self.window()
        if self._loupe is None:
            self._loupe = Loupe(window)
        self._fill_loupe()
        tile = self.rect_of(self._hovered).toAlignedRect()
        corner = self.mapTo(window, QPoint())
        place = QRect(tile.topLeft() + corner, tile.size())
        self._loupe.place_beside(place, QRect(corner, self.size()), window)

    def _fill_loupe(self) -> None:
        """Show the hovered tile as it is now."""
        shown, tile, plan = self._shown, self._hovered, self.plan
        if self._loupe is None or tile is None or shown is None or plan is None:
            return
        tiles = tiles_of(shown)
        shared = self.scale is TileScale.SHARED
        smooth = shown.style.interpolation is not Interpolation.NEAREST
        look = Look(
            plan,
            tile,
            shown.style.colormap,
            smooth,
            self.scale,
            color("raised").rgb() & 0xFFFFFF,
            self.devicePixelRatioF(),
            _largest(tiles.maps, shown.answer.signed) if shared else None,
        )
        words = self.words_of(tile), self.share_words(tile)
        self._loupe.enlarge(shown.answer, one_tile(tiles, *tile), look, words)

    def _close_loupe(self) -> None:
        self._rest.stop()
        if self._loupe is not None:
            self._loupe.forget()

    # --- painting ---------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tiles with their layers' names, or why there are none."""
        with QPainter(self) as painter:
            plan = self.plan
            if plan is None:
                painter.fillRect(self.rect(), color("panel"))
                painter.setPen(color("quiet"))
                centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect(), centre, self._why_empty())
                return
            self.paint_tiles(painter, plan)
            self._paint_labels(painter, plan)
            if self.hasFocus() and self._by_keyboard:
                painter.setPen(QPen(color("link"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                ring = self.rect_of(self.nearest).adjusted(-4, -4, 4, 4)
                painter.drawRect(ring)

    def _paint_labels(self, painter: QPainter, plan: Plan) -> None:
        shown = self._shown
        assert shown is not None
        if shown.answer.layers is not Layers.NONE:
            layers = layers_of(shown.answer, self._controller.state)
            Labels(plan, self.devicePixelRatioF(), self._table).paint(painter, layers)

    def _why_empty(self) -> str:
        if self._shown is None:
            return "All layers and heads of a picture are shown here."
        return "There is no room for so many tiles: make this larger."


def _largest(maps: NDArray[np.float32], signed: bool) -> float:
    values = np.abs(maps) if signed else maps
    return float(np.fmax.reduce(values, axis=None))
