"""What is around the picture, filled and joined once the window has been painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget

from vitviewer.qt.filmstrip.strip import Filmstrip
from vitviewer.qt.panels.panels import Panels
from vitviewer.qt.sentence.bar import SentenceBar
from vitviewer.qt.sentence.telling import Telling
from vitviewer.qt.wall.wall import Wall
from vitviewer.qt.widgets.passing import pass_drops_on
from vitviewer.qt.window.docks import finish_docks
from vitviewer.qt.window.tab_order import order_tabs
from vitviewer.qt.window.toggles import Toggles

if TYPE_CHECKING:
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.window.dock_frame import DockFrame

_TOP = Qt.ToolBarArea.TopToolBarArea


class Around(QObject):
    """Sentence, panels, wall and filmstrip of a window, tied to each other.

    Parameters
    ----------
    window : QMainWindow
    shell : QToolBar
        What keeps the sentence's place.
    controller : Controller
    docks : mapping
        By their titles; they are filled.
    status : QWidget
        The status bar, which gives way where the picture is shown alone.
    """

    left = Signal()
    """A control has done its part: the focus is the canvas's again."""
    trust_wanted = Signal()

    def __init__(
        self,
        window: QMainWindow,
        shell: QToolBar,
        controller: Controller,
        docks: dict[str, DockFrame],
        status: QWidget,
    ) -> None:
        super().__init__(window)
        self._docks = docks
        self.panels = Panels(controller, window)
        self.wall = Wall(controller)
        self.strip = Filmstrip(controller)
        self.sentence = SentenceBar(controller)
        Telling(controller, self.sentence, window)
        window.removeToolBar(shell)
        shell.deleteLater()
        window.addToolBar(_TOP, self.sentence)
        for title, widget in self.by_title().items():
            pass_drops_on(widget)
            docks[title].setWidget(widget)
        finish_docks(docks, controller.state, self.panels, self.wall)
        self.toggles = Toggles(window, docks, [status, self.sentence])
        for action in self.toggles.docks:
            self.sentence.add_tool(action)
        self._wants_strip = True
        self.toggles.pictures_wanted.connect(self._on_strip_wanted)
        self.strip.count_changed.connect(self.show_strip)
        self._connect()
        self.show_strip()

    def by_title(self) -> dict[str, QWidget]:
        """Return what stands in the docks, by their titles."""
        return {**self.panels.by_title(), "Pictures": self.strip, "Wall": self.wall}

    def order_tabs(self, canvas: QWidget) -> None:
        """Let Tab go through the window as one reads it."""
        titles = [dock.titleBarWidget() for dock in self._docks.values()]
        filled = [dock.widget() for dock in self._docks.values()]
        pairs = [part for pair in zip(titles, filled, strict=True) for part in pair]
        order_tabs([self.sentence, canvas, *pairs])

    def stop(self, timeout_ms: int) -> bool:
        """End what works in threads; False if one would not stop in time."""
        stopped = [self.strip.stop(timeout_ms), self.panels.stop(timeout_ms)]
        return all(stopped)

    def _connect(self) -> None:
        sentence, panels = self.sentence, self.panels
        sentence.models_wanted.connect(panels.open_picker)
        sentence.folder_wanted.connect(panels.open_model_folder)
        sentence.trust_wanted.connect(self.trust_wanted)
        sentence.layer_wanted.connect(self._go_to_layers)
        sentence.click_query_wanted.connect(self.left)
        sentence.left.connect(self.left)

    @Slot(bool)
    def _go_to_layers(self, over_several: bool) -> None:
        """Go to the layer's slider; or average over the layers up to this one."""
        dock, panel = self._docks["Map"], self.panels.map
        dock.show()
        dock.raise_()
        if over_several:
            panel.toggle_mean_over_layers()
        panel.layer.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(bool)
    def _on_strip_wanted(self, on: bool) -> None:
        self._wants_strip = on

    @Slot()
    def show_strip(self, *_: object) -> None:
        """Show the filmstrip where there are several pictures, unless it was shut."""
        self.toggles.show_pictures(self._wants_strip and self.strip.worth_showing)
