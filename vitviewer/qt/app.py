"""Start-up order: paint the window, furnish it, show a picture, then wake the model."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from vitviewer.qt import messages, theme
from vitviewer.qt.controller import Controller
from vitviewer.qt.crash import report_exceptions
from vitviewer.qt.main_window import MainWindow
from vitviewer.qt.settings import Settings
from vitviewer.samples import DEFAULT_MODEL, samples

CLOSING_MS = 3000


def run(
    pictures: list[str],
    model: str | None = None,
    headless: bool = False,
    out: Path | None = None,
) -> int:
    """Open the program and return its exit status.

    Parameters
    ----------
    pictures : list of str
        Files, folders or URLs; a bundled sample if empty.
    model : str, optional
        A bundled name, a folder or a hub id.
    headless : bool
        Explain the pictures in a window that no screen shows, write what it shows to
        ``out``, and end.
    out : Path, optional
        Where a headless run writes; ``out`` in the current folder by default.
    """
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = make_application()
    settings = Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(Controller(), settings, remember_layout=not headless)
    report_exceptions(window.controller.noticed.emit)
    opening = Opening(window, pictures, model)
    window.furnished.connect(opening.begin)
    if headless:
        from vitviewer.qt.headless import HeadlessRun

        HeadlessRun(window, out or Path("out"))
    window.show()
    code = app.exec()
    leave(window, code)
    return code


def make_application() -> QApplication:
    """Return the QApplication, made and named if there is none yet."""
    # Ctrl+C in the terminal ends the program; Python's own handler never gets a turn
    # while Qt's event loop waits.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    logging.basicConfig(level=logging.WARNING, format="vitviewer: %(message)s")
    messages.install()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    QGuiApplication.setDesktopFileName("io.github.vitviewer.vitviewer")
    app.setApplicationName("vitviewer")
    app.setApplicationDisplayName("")
    return app


class Opening(QObject):
    """The first picture, then the model: imports stall nothing that is awaited."""

    def __init__(
        self, window: MainWindow, pictures: list[str], model: str | None
    ) -> None:
        super().__init__(window)
        self._controller = window.controller
        self._model = model or DEFAULT_MODEL
        self._pictures = pictures or first_sample(self._model)
        self._woken = False

    @Slot()
    def begin(self) -> None:
        """Open the pictures; what comes of it wakes the model."""
        self._controller.picture_changed.connect(self.wake)
        self._controller.noticed.connect(self.wake)
        if self._controller.picture is not None or not self._pictures:
            self.wake()  # something was dropped while the window was being furnished
        else:
            self._controller.open(self._pictures)

    @Slot()
    def wake(self) -> None:
        """Load the model, once."""
        if not self._woken:
            self._woken = True
            self._controller.load_model(self._model)


def first_sample(model: str) -> list[str]:
    """Return the sample that shows a bundled model best, else the first of all."""
    shelf = samples()
    fitting = [sample for sample in shelf if sample.model == model] or shelf
    return [str(fitting[0].path)] if fitting else []


def leave(window: MainWindow, code: int) -> None:
    """End the threads; if one hangs in native code, leave without it."""
    exporter_done = window.menus is None or window.menus.actions.exporter.close()
    if window.controller.close(CLOSING_MS) and exporter_done:
        return
    window.settings.sync()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
