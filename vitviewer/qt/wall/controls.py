"""What stands in the wall's title bar: its scale, the table, and export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from vitviewer.maps.tiles import TileScale
from vitviewer.qt.looks.roles import font
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.qt.widgets.tool_button import ToolButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

_SIDE = 20
_SCALES = {TileScale.TILE: "each tile", TileScale.SHARED: "shared"}
_SCALE_HINT = (
    "Whether each tile's colours span its own values, or all tiles' the same ones, so "
    "that strong heads stand out"
)
_FILES = {"png": "As a &picture (PNG)…", "npz": "As &data (NPZ)…"}


def make_controls(
    set_scale: Callable[[TileScale], None],
    set_table: Callable[[bool], None],
    export: SignalInstance,
) -> list[QWidget]:
    """Return the controls from left to right; they call what is given."""
    return [_scale(set_scale), _table(set_table), _export(export)]


def _scale(set_scale: Callable[[TileScale], None]) -> QWidget:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setObjectName("tool")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setFont(font("small"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    set_tooltip(button, _SCALE_HINT)
    menu = QMenu(button)
    group = QActionGroup(menu)

    def choose(scale: TileScale) -> None:
        set_scale(scale)
        name(scale)

    def name(scale: TileScale) -> None:
        button.setText(f"Scale: {_SCALES[scale]} ▾")
        button.setAccessibleName(f"Scale of the wall: {_SCALES[scale]}, opens a list")

    for scale, words in _SCALES.items():
        action = menu.addAction(words[0].upper() + words[1:])
        action.setCheckable(True)
        action.setChecked(scale is TileScale.TILE)
        action.triggered.connect(partial(_ignoring, choose, scale))
        group.addAction(action)
    button.setMenu(menu)
    name(TileScale.TILE)
    return button


def _table(set_table: Callable[[bool], None]) -> QWidget:
    button = ToolButton("rows", "As a table: layers down, heads across", side=_SIDE)
    button.setCheckable(True)
    button.toggled.connect(set_table)
    return button


def _export(export: SignalInstance) -> QWidget:
    button = ToolButton("export", "Export the wall", side=_SIDE)
    menu = QMenu(button)
    for kind, words in _FILES.items():
        action = menu.addAction(words)
        action.triggered.connect(partial(_ignoring, export.emit, kind))
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button


def _ignoring(
    call: Callable[[Any], object], value: object, _checked: bool = False
) -> None:
    """Leave out what a signal says of the action."""
    call(value)
