"""The tools in the titles of the docks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from vitviewer.qt.widgets.bindings import follow
from vitviewer.qt.widgets.tool_button import ToolButton

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState
    from vitviewer.qt.panels.panels import Panels

_SIDE = 20


def map_tools(state: ViewState, panels: Panels) -> list[QWidget]:
    """Return the tools of *Map*: an eye for the overlay, and what is wanted less."""
    return [_eye(state), _more(state, panels)]


def _eye(state: ViewState) -> QWidget:
    eye = ToolButton("eye", "Show or hide the map (O)", side=_SIDE)

    def show(on: bool) -> None:
        eye.set_icon("eye" if on else "eye-slash")

    def flip() -> None:
        state.overlay_visible = not state.overlay_visible

    eye.clicked.connect(flip)
    follow(eye, state, "overlay_visible", show)
    return eye


def _more(state: ViewState, panels: Panels) -> QWidget:
    button = ToolButton("dots-three", "More for the map", side=_SIDE, role="quiet")
    menu = QMenu(button)
    mean = menu.addAction("&Mean over layers")
    mean.setCheckable(True)
    mean.triggered.connect(panels.map.toggle_mean_over_layers)

    def show(first: int | None) -> None:
        mean.setChecked(first is not None)

    follow(button, state, "first_layer", show)
    menu.addAction("&Range of this map", panels.map.follow_the_map)
    menu.addAction("&Back to what the model reads", panels.reset_query)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
