"""The middle of the window: the canvas under its title, beside its colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vitviewer.qt.canvas.color_bar import ColorBar
from vitviewer.qt.canvas.overlay_view import OverlayView
from vitviewer.qt.canvas.place_label import PlaceLabel
from vitviewer.qt.hovering import is_key_alone
from vitviewer.qt.widgets.plain import PlainLabel
from vitviewer.queries import Query

if TYPE_CHECKING:
    from vitviewer.answers import Explanation
    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture
    from vitviewer.qt.controller import Controller


class Stage(QWidget):
    """Show the controller's picture and map, and pass clicks on."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        self._state = controller.state
        self._peeking = False
        self.title = PlainLabel()
        self.title.setAccessibleName("What the map is")
        self.place = PlaceLabel()
        self.place.setAccessibleName("Which picture")
        self.canvas = OverlayView()
        self.bar = ColorBar()
        self._lay_out()
        self.canvas.patch_clicked.connect(self._on_click)
        self.canvas.hovered.connect(controller.hovering.point)
        self.canvas.modifiers_told.connect(self._on_modifiers)
        controller.explanation_changed.connect(self.set_explanation)
        controller.shown_changed.connect(self.show_map)
        self._state.events.overlay_visible.connect(self._show_or_hide)
        self._state.events.show_input.connect(self._show_input)
        self.set_explanation(controller.explanation)
        self.show_map(controller.shown)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(10, 6, 10, 4)
        head.addWidget(self.title, 3)
        head.addWidget(self.place, 2)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.canvas, 1)
        middle.addWidget(self.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(middle, 1)
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)

    def set_picture(self, picture: Picture) -> None:
        """Show another picture, as yet without a map."""
        self.canvas.set_picture(picture.pixels, picture.smaller, picture.grey)
        self.show_position()

    @Slot()
    def show_position(self) -> None:
        """Say which picture it is, and which of those that are open."""
        picture = self._controller.picture
        if picture is not None:
            size = f"{picture.pixels.shape[1]} × {picture.pixels.shape[0]}"
            position = self._controller.playlist.position_of(picture.source)
            self.place.show_place(picture.name, (size, position), picture.notes)

    @Slot(object)
    def set_explanation(self, explanation: Explanation | None) -> None:
        """Place the patches; None takes the map away."""
        self.canvas.set_geometry(explanation.geometry if explanation else None)
        self.canvas.set_input(explanation.input_pixels if explanation else None)

    @Slot(object)
    def show_map(self, shown: Resolved | None) -> None:
        """Paint a map; None clears it."""
        if shown is None:
            self.canvas.clear_map()
            self.title.setText("")
            self.bar.set_range(0.0, 0.0, "")
            return
        style = shown.style
        self.canvas.set_map(shown.patch_map.values, style)
        self.canvas.set_query_patch(shown.query_patch)
        self.title.setText(shown.title[:1].upper() + shown.title[1:])
        self.bar.set_style(style)
        self.bar.set_range(style.lo, style.hi, shown.scale, shown.answer.unit)

    @Slot(bool)
    def peek(self, on: bool) -> None:
        """Show the raw picture for as long as this is on."""
        self._peeking = on
        self._show_or_hide()

    def mark(self, value: float | None) -> None:
        """Mark a value on the colour bar."""
        self.bar.set_marker(value)

    def _show_or_hide(self, *_: object) -> None:
        visible = self._state.overlay_visible and not self._peeking
        self.canvas.set_overlay_visible(visible)

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
