"""What the wall and the row of heads have in common: tiles to look at and to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from vitviewer.answers import Heads, Layers
from vitviewer.maps.mosaic import Tiling
from vitviewer.maps.state import Interpolation
from vitviewer.maps.tiles import TileScale, prefix_shares
from vitviewer.qt.looks.painting import frame
from vitviewer.qt.looks.roles import color
from vitviewer.qt.wall.tile_image import Look, TileImage, Tiles, tiles_of
from vitviewer.queries import Fusion

if TYPE_CHECKING:
    from vitviewer.maps.mosaic import Plan
    from vitviewer.maps.resolve import Resolved
    from vitviewer.qt.controller import Controller

Tile = tuple[int, int]
"""A layer and a head, counted from 0 along the answer's axes."""


class TilesView(QWidget):
    """Paint tiles of the shown answer; a click shows that layer and head everywhere.

    Subclasses say where the tiles stand (`plan`), and paint what is around them.
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self._shown: Resolved | None = None
        self._seen: tuple[object, ...] = ()
        self._hovered: Tile | None = None
        self._image = TileImage()
        self.scale = TileScale.TILE
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        controller.shown_changed.connect(self.show_map)
        self.show_map(controller.shown)

    # --- what subclasses say ----------------------------------------------------------

    @property
    def plan(self) -> Plan | None:
        """Where the tiles stand; None where there is nothing to show or no room."""
        raise NotImplementedError

    def tiles(self, shown: Resolved) -> Tiles:
        """Return the maps to show, (layers, heads, rows, cols) as in the plan."""
        return tiles_of(shown)

    def part(self, _shown: Resolved) -> tuple[int, ...]:
        """Return which part of the answer is shown, so that another one is composed."""
        return ()

    # --- what is shown ----------------------------------------------------------------

    @property
    def current(self) -> Tile | None:
        """The tile that the canvas shows; None where it shows several at once."""
        state, shown = self._controller.state, self._shown
        if shown is None:
            return None
        layers = shown.answer.layers
        mean = layers is Layers.EACH and state.first_layer not in (None, state.layer)
        apart = shown.answer.heads is Heads.APART
        if mean or (apart and state.fusion is not Fusion.HEAD):
            return None
        return self.nearest

    @property
    def nearest(self) -> Tile:
        """The tile of the state's layer and head, whether it is shown alone or not."""
        state, shown = self._controller.state, self._shown
        if shown is None:
            return 0, 0
        layers, heads = shown.answer.values.shape[:2]
        return min(state.layer, layers - 1), min(state.head, heads - 1)

    @Slot(object)
    def show_map(self, shown: Resolved | None) -> None:
        """Show another map's answer; paint only if that changes anything here."""
        self._shown = shown
        if shown is None:
            self._image.forget()
        seen = self._what_is_seen()
        if seen != self._seen:
            self._seen = seen
            if self.isVisible():
                self.on_change()
                self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was shown meanwhile."""
        super().showEvent(event)
        self.on_change()

    def on_change(self) -> None:
        """Do what a change asks for beside painting."""

    def _what_is_seen(self) -> tuple[object, ...]:
        shown, state = self._shown, self._controller.state
        if shown is None:
            return ()
        style = shown.style
        chosen = (state.layer, state.first_layer, state.head, state.fusion)
        # The view keeps the answer, so that no other one can have its id.
        return id(shown.answer), style.colormap, style.interpolation, *chosen

    def tiling_of(self, shown: Resolved) -> Tiling:
        """Return what is to be laid out of an answer."""
        tokens = shown.explanation.tokens
        layers, heads = shown.answer.values.shape[:2]
        return Tiling(layers, heads, tokens.rows, tokens.cols)

    # --- painting ---------------------------------------------------------------------

    def paint_tiles(self, painter: QPainter, plan: Plan, top: float = 0.0) -> None:
        """Paint the tiles, with a frame around the chosen and the hovered one."""
        shown = self._shown
        assert shown is not None
        look = Look(
            plan,
            self.part(shown),
            shown.style.colormap,
            shown.style.interpolation is not Interpolation.NEAREST,
            self.scale,
            color("panel").rgb() & 0xFFFFFF,
            self.devicePixelRatioF(),
        )
        image = self._image.of(shown.answer, look, lambda: self.tiles(shown))
        painter.drawImage(QPointF(0.0, top), image)
        if self._hovered is not None and self._hovered != self.current:
            painter.setPen(QPen(color("text"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect_of(self._hovered).adjusted(-1, -1, 1, 1))
        if self.current is not None:
            frame(painter, self.rect_of(self.current).adjusted(-1, -1, 1, 1))

    def rect_of(self, tile: Tile) -> QRectF:
        """Return where a tile is in the widget, its lower edge included."""
        plan, ratio = self.plan, self.devicePixelRatioF()
        assert plan is not None
        x, y, width, height = plan.rect_of(*tile)
        place = QRectF(x / ratio, y / ratio, width / ratio, height / ratio)
        return place.translated(0.0, self.top)

    @property
    def top(self) -> float:
        """How far below the widget's upper end the plan begins."""
        return 0.0

    # --- the pointer ------------------------------------------------------------------

    def tile_at(self, at: QPointF) -> Tile | None:
        """Return the tile at a point of the widget; None between tiles."""
        plan, ratio = self.plan, self.devicePixelRatioF()
        if plan is None or self._shown is None:
            return None
        return plan.pick(at.x() * ratio, (at.y() - self.top) * ratio)

    def hover(self, tile: Tile | None) -> None:
        """Point at a tile, or at none."""
        if tile != self._hovered:
            self._hovered = tile
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self.hover(self.tile_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing any more."""
        super().leaveEvent(event)
        self.hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the tile under the pointer."""
        tile = self.tile_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and tile is not None:
            self.choose(tile)
        else:
            super().mousePressEvent(event)

    def choose(self, tile: Tile) -> None:
        """Show one layer and head on the canvas."""
        shown, state = self._shown, self._controller.state
        if shown is None:
            return
        layer, head = tile
        if shown.answer.layers is not Layers.NONE:
            state.first_layer = None
            state.layer = layer
        if shown.answer.heads is Heads.APART:
            state.head, state.fusion = head, Fusion.HEAD

    # --- words ------------------------------------------------------------------------

    def words_of(self, tile: Tile) -> str:
        """Name a tile: "Layer 9, head 3"; "Layers 1–9" where they are accumulated."""
        shown = self._shown
        assert shown is not None
        layer, head = tile
        words = {
            Layers.EACH: f"Layer {layer + 1}",
            Layers.UP_TO: f"Layers 1–{layer + 1}",
            Layers.NONE: "",
        }[shown.answer.layers]
        if shown.answer.heads is Heads.APART:
            words += f"{', head' if words else 'Head'} {head + 1}"
        return words or "The whole model"

    def share_words(self, tile: Tile) -> str:
        """Say how much of the attention goes to prefix tokens; empty if not known."""
        shown = self._shown
        assert shown is not None
        shares = prefix_shares(shown.answer, shown.explanation.tokens)
        if shares is None:
            return ""
        return f"{shares[tile] * 100:.0f}\u202f% to prefix tokens"

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.updateGeometry()
            self.update()
