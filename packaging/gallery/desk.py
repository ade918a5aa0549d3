"""The real window, driven from scene to scene and photographed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from vitviewer.maps.state import ViewState
from vitviewer.qt.controller import Controller
from vitviewer.qt.looks import theme
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow

PATIENCE_S = 180.0


class Desk:
    """One window for all scenes, since a model is loaded once for many of them.

    Parameters
    ----------
    application : QApplication
    """

    def __init__(self, application: QApplication) -> None:
        self.application = application
        self.controller = Controller()
        self.window = MainWindow(self.controller, Settings(), remember_layout=False)
        self.window.show()
        self.wait(lambda: self.window.stage is not None)

    # --- what a scene does ------------------------------------------------------------

    def look(self, name: str, size: tuple[int, int]) -> None:
        """Take a theme and a size of the window."""
        theme.apply(self.application, name)
        self.window.resize(*size)
        self.settle()

    def reset(self) -> None:
        """Bring docks, sections and choices back to what they are at first."""
        self.window.reset_layout()
        fresh = ViewState()
        for name in fresh.to_dict():
            setattr(self.controller.state, name, getattr(fresh, name))
        if self.controller.model is not None:
            self.controller.state.fit_to(self.controller.model)
        self.window.notice.clear()
        self.settle()

    def load(self, model: str) -> None:
        """Load a model, unless it is the one that is loaded."""
        if self.controller.model is None or self.controller.model.source != model:
            self.controller.load_model(model)
            self.wait(lambda: self._is_loaded(model))

    def open(self, paths: Sequence[Path | str]) -> None:
        """Open pictures, and wait for the first one's map."""
        names = [str(path) for path in paths]
        self.controller.open(names)
        self.wait(lambda: self._shows(Path(names[0])))

    def open_folder(self, folder: Path) -> None:
        """Open all pictures of a folder, and wait for the first one's map."""
        self.controller.open([str(folder)])
        first = min(folder.iterdir()).name
        self.wait(lambda: self._shows(Path(first)))
        self.wait(lambda: not self.window.around.strip.thumbnails.is_busy)

    def choose(self, **choices: object) -> None:
        """Set fields of the view state, and wait for what they bring."""
        for name, value in choices.items():
            setattr(self.controller.state, name, value)
        self.settle()

    # --- photographs ------------------------------------------------------------------

    def picture(self, *over: QWidget) -> QPixmap:
        """Return the window as it looks, with windows of its own laid over it."""
        self.settle()
        shot = self.window.grab()
        with QPainter(shot) as painter:
            for widget in over:
                origin = self.window.mapToGlobal(QPoint())
                painter.drawPixmap(widget.mapToGlobal(QPoint()) - origin, widget.grab())
        return shot

    # --- waiting ----------------------------------------------------------------------

    def wait(self, ready: Callable[[], bool]) -> None:
        """Run the event loop until something is so, and a little longer."""
        start = time.monotonic()
        while not ready():
            self.application.processEvents()
            time.sleep(0.01)
            if time.monotonic() - start > PATIENCE_S:
                sys.exit("The window never got there.")
        for _ in range(20):
            self.application.processEvents()
            time.sleep(0.01)

    def settle(self) -> None:
        """Wait until nothing is running or about to be painted."""
        self.wait(lambda: not self.controller.asker.worker.is_busy)

    def _is_loaded(self, model: str) -> bool:
        facts = self.controller.model
        busy = self.controller.asker.worker.is_busy
        return facts is not None and facts.source == model and not busy

    def _shows(self, path: Path) -> bool:
        picture = self.controller.picture
        named = picture is not None and picture.name == path.name
        return named and self.controller.shown is not None
