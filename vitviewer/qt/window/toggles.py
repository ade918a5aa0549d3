"""What of the window is shown: pictures, wall, panels, or the picture alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from vitviewer.qt.looks.icons import icon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QWidget

    from vitviewer.qt.window.dock_frame import DockFrame

_PANELS = ("Map", "Details")


class Toggles(QObject):
    """Checkable actions that show and hide what is around the picture.

    Parameters
    ----------
    window : QMainWindow
    docks : mapping
        By their titles.
    around : list of QWidget
        What else gives way where the picture is shown alone.
    """

    pictures_wanted = Signal(bool)
    """The filmstrip was asked for, or closed, by hand."""

    def __init__(
        self,
        window: QMainWindow,
        docks: Mapping[str, DockFrame],
        around: list[QWidget],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._around = around
        self._hidden: list[QWidget] = []
        self.pictures = self._action("&Pictures", "film-strip", "Ctrl+1")
        self.wall = self._action("&Wall of heads", "squares-four", "Ctrl+2")
        self.panels = self._action("P&anels", "sliders-horizontal", "Ctrl+3")
        self.alone = self._action("Pictu&re only", "", "F9")
        self.pictures.toggled.connect(docks["Pictures"].setVisible)
        self.pictures.triggered.connect(self.pictures_wanted)
        self.wall.toggled.connect(docks["Wall"].setVisible)
        self.panels.triggered.connect(self._show_panels)
        self.alone.toggled.connect(self._show_alone)
        for dock in docks.values():
            dock.visibilityChanged.connect(self._follow)
        docks["Pictures"].closed.connect(lambda: self.pictures_wanted.emit(False))
        self._follow()

    @property
    def docks(self) -> list[QAction]:
        """The actions that show and hide docks."""
        return [self.pictures, self.wall, self.panels]

    def show_pictures(self, on: bool) -> None:
        """Show or hide the filmstrip, not by hand."""
        self.pictures.setChecked(on)

    def _action(self, text: str, picture: str, key: str) -> QAction:
        action = QAction(text, self._window)
        action.setCheckable(True)
        action.setShortcut(QKeySequence(key))
        if picture:
            action.setIcon(icon(picture))
            action.setIconVisibleInMenu(False)
        return action

    def _follow(self, *_: object) -> None:
        """Bring the actions to what is shown; a dock behind a tab counts as shown."""
        if self._hidden:
            return
        shown = {title: not dock.isHidden() for title, dock in self._docks.items()}
        self.pictures.setChecked(shown["Pictures"])
        self.wall.setChecked(shown["Wall"])
        self.panels.setChecked(any(shown[title] for title in _PANELS))

    def _show_panels(self, on: bool) -> None:
        for title in _PANELS:
            self._docks[title].setVisible(on)

    def _show_alone(self, on: bool) -> None:
        """Hide all that is around the picture, and bring just that back."""
        menu_bar = self._window.menuBar()
        # Hidden, its shortcuts would not work.
        menu_bar.setMaximumHeight(0 if on else 16_777_215)
        for action in self.docks:
            action.setEnabled(not on)
        if on:
            every = [*self._docks.values(), *self._around]
            self._hidden = [widget for widget in every if not widget.isHidden()]
            for widget in self._hidden:
                widget.hide()
            return
        hidden, self._hidden = self._hidden, []
        for widget in hidden:
            widget.show()
        self._follow()
