"""What stands in the wall's title bar: its scale, the table, and export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from vitviewer.maps.tiles import TileScale
from vitviewer.qt.looks.roles import font
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.qt.widgets.tool_button import ToolButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vitviewer.qt.wall.wall import Wall

_SIDE = 20
_SCALES = {TileScale.TILE: "each tile", TileScale.SHARED: "shared"}
_SCALE_HINT = (
    "Whether each tile's colours span its own values, or all tiles' the same ones, so "
    "that strong heads stand out"
)
_FILES = {"png": "As a &picture (PNG)…", "npz": "As &data (NPZ)…"}


def make_controls(wall: Wall) -> list[QWidget]:
    """Return the controls from left to right."""
    return [_scale(wall), _table(wall), _export(wall)]


def _scale(wall: Wall) -> QWidget:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setFont(font("small"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    set_tooltip(button, _SCALE_HINT)
    menu = QMenu(button)
    group = QActionGroup(menu)

    def choose(scale: TileScale) -> None:
        wall.set_scale(scale)
        button.setText(f"Scale: {_SCALES[scale]}")
        button.setAccessibleName(f"Scale of the wall: {_SCALES[scale]}, opens a list")

    for scale, words in _SCALES.items():
        action = menu.addAction(words[0].upper() + words[1:])
        action.setCheckable(True)
        action.setChecked(scale is wall.scale)
        action.triggered.connect(partial(_ignoring, choose, scale))
        group.addAction(action)
    button.setMenu(menu)
    choose(wall.scale)
    return button


def _table(wall: Wall) -> QWidget:
    button = ToolButton("rows", "As a table: layers down, heads across", side=_SIDE)
    button.setCheckable(True)
    button.toggled.connect(wall.set_table)
    return button


def _export(wall: Wall) -> QWidget:
    button = ToolButton("export", "Export the wall", side=_SIDE)
    menu = QMenu(button)
    for kind, words in _FILES.items():
        action = menu.addAction(words)
        action.triggered.connect(partial(_ignoring, wall.export_asked.emit, kind))
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button


def _ignoring(call: object, value: object, _checked: bool = False) -> None:
    """Leave out what a signal says of the action."""
    call(value)  # type: ignore[operator]
