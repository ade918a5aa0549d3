"""The middle of the window: the controller's picture and map on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from vitviewer.maps.spoken import blank, spoken
from vitviewer.qt.canvas.jumps import Jumps
from vitviewer.qt.canvas.overlay_view import OverlayView
from vitviewer.qt.canvas.reason import CanvasReason
from vitviewer.qt.hovering import is_key_alone
from vitviewer.queries import Query

if TYPE_CHECKING:
    from vitviewer.answers import Explanation
    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture
    from vitviewer.qt.controller import Controller


_SPEECH_MS = 300  # after the last step of a scrub


class Stage(QWidget):
    """Show the controller's picture and map, edge to edge, and pass clicks on."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self._state = controller.state
        self._peeking = False
        self._shown: Resolved | None = None
        self.canvas = OverlayView()
        self.reason = CanvasReason()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas, 0, 0)
        layout.addWidget(self.reason, 0, 0, Qt.AlignmentFlag.AlignCenter)
        self.jumps = Jumps(self)
        self._speech = QTimer(self)
        self._speech.setSingleShot(True)
        self._speech.setInterval(_SPEECH_MS)
        self._speech.timeout.connect(self._describe)
        self.canvas.patch_clicked.connect(self._on_click)
        self.canvas.hovered.connect(controller.hovering.point)
        self.canvas.modifiers_told.connect(self._on_modifiers)
        controller.explanation_changed.connect(self.set_explanation)
        controller.map_changed.connect(self.show_map)
        self._state.events.overlay_visible.connect(self._show_or_hide)
        self._state.events.show_input.connect(self._show_input)
        self.set_explanation(controller.explanation)
        self.show_map(controller.shown)

    def set_picture(self, picture: Picture) -> None:
        """Show another picture, as yet without a map."""
        self.canvas.set_picture(picture.pixels, picture.smaller, picture.grey)

    @Slot(object)
    def set_explanation(self, explanation: Explanation | None) -> None:
        """Place the patches; None takes the map away."""
        self.canvas.set_geometry(explanation.geometry if explanation else None)
        self.reason.say(self._refusal())
        self.canvas.set_input(explanation.input_pixels if explanation else None)

    @Slot(object)
    def show_map(self, shown: Resolved | None) -> None:
        """Paint a map; None clears it."""
        self._speech.start()
        before, self._shown = self._shown, shown
        if shown is None:
            self.canvas.clear_map()
            self.reason.say(self._refusal())
            return
        self.reason.say(blank(shown))
        self.canvas.set_map(shown.patch_map.values, shown.style, self.jumps.is_jump())
        self.canvas.set_query_patch(shown.query_patch)
        if before is not None and before.explanation is shown.explanation:
            self.canvas.paint_now()  # a scrub: what else there is can follow

    @Slot(bool)
    def peek(self, on: bool) -> None:
        """Show the raw picture for as long as this is on."""
        self._peeking = on
        self._show_or_hide()

    def _show_or_hide(self, *_: object) -> None:
        visible = self._state.overlay_visible and not self._peeking
        self.canvas.set_overlay_visible(visible)

    def _refusal(self) -> str:
        refusal = self._controller.refusal
        return "" if refusal is None else refusal.sentence

    @Slot()
    def _describe(self) -> None:
        """Tell screen readers, once nobody scrubs any more."""
        shown = self._controller.shown
        words = "" if shown is None else spoken(shown)
        if words != self.canvas.accessibleDescription():
            self.canvas.setAccessibleDescription(words)

    def _show_input(self, *_: object) -> None:
        self.canvas.show_input(self._state.show_input)

    @Slot(int, int)
    def _on_click(self, row: int, col: int) -> None:
        if self._controller.explanation is not None:
            self._state.query = Query.patch(row, col)
            self._controller.hovering.settle()  # also where it was the query already

    @Slot(object)
    def _on_modifiers(self, modifiers: Qt.KeyboardModifier) -> None:
        self._controller.hovering.hold(is_key_alone(modifiers))
