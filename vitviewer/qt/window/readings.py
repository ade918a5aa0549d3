"""The numbers under the pointer and the facts of the picture, told in all places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vitviewer.qt.window.readout import run_words

if TYPE_CHECKING:
    from vitviewer.qt.canvas.overlay_view import OverlayView
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.panels.color_bar import ColorBar
    from vitviewer.qt.window.status import Status


class Readings(QObject):
    """Keep status bar and colour bar at what the pointer and the canvas are at.

    Parameters
    ----------
    controller : Controller
    canvas : OverlayView
    status : Status
    bar : ColorBar
    """

    def __init__(
        self,
        controller: Controller,
        canvas: OverlayView,
        status: Status,
        bar: ColorBar,
    ) -> None:
        super().__init__(canvas)
        self._controller = controller
        self._canvas = canvas
        self._status = status
        self._bar = bar
        canvas.hovered.connect(self._on_hover)
        canvas.zoomed.connect(self.show_place)
        controller.shown_changed.connect(self._on_shown)
        controller.explanation_changed.connect(self.show_place)
        controller.vanishing.changed.connect(self.show_place)

    @Slot()
    def show_place(self, *_: object) -> None:
        """Say which picture is shown, how large, and where the model ran."""
        controller = self._controller
        picture, explanation = controller.picture, controller.explanation
        if picture is None:
            return
        size = f"{picture.pixels.shape[1]} × {picture.pixels.shape[0]}"
        position = controller.playlist.position_of(picture.source)
        scale = f"{self._canvas.percent}\u202f%"
        ran = run_words(explanation) if explanation is not None else ""
        facts = (size, position, scale, ran)
        self._status.place.show_place(picture.name, facts, picture.notes)

    @Slot(object)
    def _on_shown(self, _shown: object) -> None:
        self._status.refresh(self._controller.shown)
        self._mark_value()

    @Slot(object)
    def _on_hover(self, point: tuple[float, float, int | None, int | None]) -> None:
        self._status.show_point(point, self._controller.shown)
        self._mark_value()

    def _mark_value(self) -> None:
        """Mark the value under the pointer on the colour bar."""
        self._bar.set_marker(self._status.hovered_value(self._controller.shown))
