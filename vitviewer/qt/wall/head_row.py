"""One layer's heads as small maps, in as many rows as make them largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from vitviewer.answers import Heads
from vitviewer.maps.mosaic import Plan, Room, Tiling, plan_row
from vitviewer.maps.naming import layers_name
from vitviewer.maps.selection import layers_of
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.wall.tile_image import Tiles, tiles_of
from vitviewer.qt.wall.tiles_view import Tile, TilesView
from vitviewer.queries import Fusion

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.resolve import Resolved
    from vitviewer.qt.controller import Controller

WIDTH, HEIGHT = 272, 88
_EDGE_WORDS = "lower edge: to prefix tokens"
_BELOW_CAPTION, _BETWEEN_WORDS = 6, 8
# What is laid out in grey while there is no model.
_NO_MODEL = Tiling(1, 12, 14, 14)


class HeadRow(TilesView):
    """The heads of the layer that is shown; a click on one shows it alone.

    Its height is the model's: no picture and no choice changes it.

    Parameters
    ----------
    controller : Controller
    width : int
        How wide it is.
    """

    def __init__(self, controller: Controller, width: int = WIDTH) -> None:
        self._width = width
        self._model_tiling = _NO_MODEL
        super().__init__(controller)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Heads of this layer")
        controller.model_changed.connect(self.set_model)
        self.set_model(controller.model)

    def set_model(self, model: ModelFacts | None) -> None:
        """Take the height that this model's heads need."""
        tiling = _NO_MODEL if model is None else _tiling_of(model)
        if tiling != self._model_tiling:
            self._model_tiling = tiling
            self.updateGeometry()
            self.update()

    def set_width(self, width: int) -> None:
        """Take another width."""
        if width != self._width:
            self._width = width
            self.updateGeometry()
            self.update()

    # --- where everything is ----------------------------------------------------------

    @property
    def plan(self) -> Plan | None:
        """Where the heads stand within the height that the model's have."""
        shown, ratio = self._shown, self.devicePixelRatioF()
        if shown is None:
            return self._plan_of_model(ratio)
        tiling = self.tiling_of(shown)._replace(layers=1)
        return plan_row(tiling, Room(self._width, self._tiles_height(), ratio))

    @property
    def top(self) -> float:
        """The tiles begin below the caption."""
        return float(QFontMetrics(font("small")).height() + _BELOW_CAPTION)

    def sizeHint(self) -> QSize:
        """Ask for the caption and the model's rows of heads."""
        return QSize(self._width, int(self.top) + self._tiles_height())

    def minimumSizeHint(self) -> QSize:
        """Ask for the same: it is always shown whole."""
        return self.sizeHint()

    def _tiles_height(self) -> int:
        plan = self._plan_of_model(1.0)
        return HEIGHT if plan is None else plan.size[1]

    def _plan_of_model(self, ratio: float) -> Plan | None:
        return plan_row(self._model_tiling, Room(self._width, HEIGHT, ratio))

    # --- what is shown ----------------------------------------------------------------

    @property
    def current(self) -> Tile | None:
        """The head that is shown alone, of the only layer that is here."""
        shown, state = self._shown, self._controller.state
        apart = shown is not None and shown.answer.heads is Heads.APART
        return (0, state.head) if apart and state.fusion is Fusion.HEAD else None

    def choose(self, tile: Tile) -> None:
        """Show one head; the layer, or the mean over some, stays."""
        shown, state = self._shown, self._controller.state
        if shown is not None and shown.answer.heads is Heads.APART:
            state.head, state.fusion = tile[1], Fusion.HEAD

    def part(self, shown: Resolved) -> tuple[int, ...]:
        """Return the first of the shown layers, and the one after the last."""
        layers = layers_of(shown.answer, self._controller.state)
        last = min(layers.stop, shown.answer.values.shape[0])
        return min(layers.start, last - 1), last

    def tiles(self, shown: Resolved) -> Tiles:
        """Return the layer's heads; over several layers each head's mean or sum."""
        maps, shares = tiles_of(shown)
        layers = slice(*self.part(shown))
        maps = maps[layers]
        if len(maps) > 1:
            fused = maps.sum(axis=0) if shown.answer.adds else maps.mean(axis=0)
            maps = fused[None].astype(np.float32, copy=False)
        if shares is not None:
            shares = shares[layers].mean(axis=0, keepdims=True)
        return Tiles(maps, shares)

    def words_of(self, tile: Tile) -> str:
        """Name a head of the shown layer."""
        return super().words_of((self._controller.state.layer, tile[1]))

    def on_change(self) -> None:
        """Say what is chosen."""
        chosen = self.current
        name = "" if chosen is None else f"{self.words_of(chosen)}, chosen"
        self.setAccessibleDescription(name)

    # --- painting ---------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the caption and the tiles, or grey places for them."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            self._paint_caption(painter)
            plan = self.plan
            if plan is None:
                return
            if self._shown is not None:
                self.paint_tiles(painter, plan, self.top)
                return
            ratio = self.devicePixelRatioF()
            for head in range(plan.tiling.heads):
                x, y, width, height = (part / ratio for part in plan.rect_of(0, head))
                edge = plan.edge / ratio
                place = QRectF(x, y + self.top, width, height - edge)
                painter.fillRect(place, color("line"))

    def _paint_caption(self, painter: QPainter) -> None:
        painter.setFont(font("small"))
        painter.setPen(color("quiet" if self._shown is not None else "faint"))
        metrics = painter.fontMetrics()
        left = metrics.elidedText(
            self._caption(), Qt.TextElideMode.ElideRight, self._width
        )
        place = QRectF(0, 0, self._width, metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, left)
        both = metrics.horizontalAdvance(left) + metrics.horizontalAdvance(_EDGE_WORDS)
        if self._has_edges() and both + _BETWEEN_WORDS <= self._width:
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, _EDGE_WORDS)

    def _caption(self) -> str:
        if self._shown is None:
            return "Heads"
        layers = layers_name(self._shown.answer, self._controller.state)
        return f"Heads of {layers}" if layers else "Heads"

    def _has_edges(self) -> bool:
        return self._shown is not None and bool(self.share_words((0, 0)))


def _tiling_of(model: ModelFacts) -> Tiling:
    """Return a layer's heads on the grid of the model's own input size."""
    cols, rows = (
        max(size // patch, 1)
        for size, patch in zip(model.input_size, model.patch_size, strict=True)
    )
    return Tiling(1, model.n_heads, rows, cols)
