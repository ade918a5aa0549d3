"""What is around the picture, filled and joined once the window has been painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QToolBar, QWidget

from vitviewer.qt.filmstrip.strip import Filmstrip
from vitviewer.qt.panels.docks import Panels
from vitviewer.qt.sentence.bar import SentenceBar
from vitviewer.qt.wall.wall import Wall
from vitviewer.qt.widgets.passing import pass_drops_on
from vitviewer.qt.window.docks import finish_docks
from vitviewer.qt.window.toggles import Toggles
from vitviewer.qt.window.wall_export import connect_export

if TYPE_CHECKING:
    from vitviewer.qt.window.main_window import MainWindow

_TOP = Qt.ToolBarArea.TopToolBarArea


class Around(QObject):
    """Sentence, panels, wall and filmstrip of a window, tied to each other.

    Parameters
    ----------
    window : MainWindow
    shell : QToolBar
        What keeps the sentence's place.
    """

    def __init__(self, window: MainWindow, shell: QToolBar) -> None:
        super().__init__(window)
        self._window = window
        controller = window.controller
        self.panels = Panels(controller, window)
        self.wall = Wall(controller)
        self.strip = Filmstrip(controller)
        self.sentence = SentenceBar(controller)
        window.removeToolBar(shell)
        shell.deleteLater()
        window.addToolBar(_TOP, self.sentence)
        self._fill_docks()
        around: list[QWidget] = [window.status, self.sentence]
        self.toggles = Toggles(window, window.docks, around)
        for action in self.toggles.docks:
            self.sentence.add_tool(action)
        self._wants_strip = True
        self.toggles.pictures_wanted.connect(self._on_strip_wanted)
        self.strip.count_changed.connect(self._show_strip)
        window.layout_keeper.restored.connect(self._show_strip)
        self._connect()
        self._show_strip()

    def stop(self, timeout_ms: int) -> bool:
        """End what works in threads; False if one would not stop in time."""
        stopped = [self.strip.stop(timeout_ms), self.panels.stop(timeout_ms)]
        return all(stopped)

    def _fill_docks(self) -> None:
        window = self._window
        filling: dict[str, QWidget] = {
            **self.panels.by_title(),
            "Pictures": self.strip,
            "Wall": self.wall,
        }
        for title, widget in filling.items():
            pass_drops_on(widget)
            window.docks[title].setWidget(widget)
            window.docks[title].installEventFilter(window.keys)  # it may float
        for panel in self.panels.by_title().values():
            window.fields.watch(panel)
        finish_docks(window.docks, window.controller.state, self.panels, self.wall)

    def _connect(self) -> None:
        window = self._window
        connect_export(self.wall, window, window.settings, lambda: window.exporter)
        window, sentence, panels = self._window, self.sentence, self.panels
        sentence.models_wanted.connect(panels.open_picker)
        sentence.folder_wanted.connect(panels.open_model_folder)
        sentence.trust_wanted.connect(window.show_trust)
        sentence.layer_wanted.connect(self._go_to_layers)
        sentence.click_query_wanted.connect(window.focus_canvas)
        sentence.left.connect(window.focus_canvas)
        panels.dropped.connect(window.dropped)

    @Slot(bool)
    def _go_to_layers(self, over_several: bool) -> None:
        """Go to the layer's slider; or average over the layers up to this one."""
        dock, panel = self._window.docks["Map"], self.panels.map
        dock.show()
        dock.raise_()
        if over_several:
            panel.toggle_mean_over_layers()
        panel.layer.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(bool)
    def _on_strip_wanted(self, on: bool) -> None:
        self._wants_strip = on

    @Slot()
    def _show_strip(self, *_: object) -> None:
        """Show the filmstrip where there are several pictures, unless it was shut."""
        self.toggles.show_pictures(self._wants_strip and self.strip.worth_showing)
