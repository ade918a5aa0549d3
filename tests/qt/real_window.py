"""The real window in a process of its own, on a real display; it answers questions.

Run as ``python -m tests.qt.real_window [MODEL] [PICTURE ...]`` on a display with a
window manager. Each line that it reads is a Python expression about ``window``,
``state``, ``app`` and ``QtWidgets``; what it comes to is printed as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QPoint, QSocketNotifier
from PySide6.QtWidgets import QWidget

from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application
from vitviewer.qt.looks import theme
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow


def place(widget: QWidget, across: float = 0.5, down: float = 0.5) -> list[int]:
    """Return where a point of a widget is on the screen."""
    size = widget.size()
    inside = QPoint(int(size.width() * across), int(size.height() * down))
    point = widget.mapToGlobal(inside)
    return [point.x(), point.y()]


def focused() -> str:
    """Name what has the focus."""
    widget = QtWidgets.QApplication.focusWidget()
    if widget is None:
        return ""
    return widget.accessibleName() or type(widget).__name__


class Answering(QtCore.QObject):
    """Reads expressions from standard input and prints what they come to."""

    def __init__(self, names: dict[str, object]) -> None:
        super().__init__()
        self._names = names
        self._rest = b""
        read = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(sys.stdin.fileno(), read, self)
        self._notifier.activated.connect(self._on_input)

    def _on_input(self) -> None:
        data = os.read(sys.stdin.fileno(), 65_536)
        if not data:
            QtWidgets.QApplication.exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                answer = eval(line, self._names)
                print(json.dumps({"answer": answer}, default=str), flush=True)
            except Exception as error:
                print(json.dumps({"error": repr(error)}), flush=True)


def main(words: list[str]) -> int:
    """Open the window as the program does, and answer until the end of the input."""
    app = make_application()
    settings = Settings()
    theme.apply(app, settings.theme)
    controller = Controller()
    window = MainWindow(controller, settings)
    names = {
        "app": app,
        "window": window,
        "state": controller.state,
        "place": place,
        "focused": focused,
        "Path": Path,
        "QtCore": QtCore,
        "QtGui": QtGui,
        "QtWidgets": QtWidgets,
    }
    answering = Answering(names)
    if words[1:]:
        window.furnished.connect(lambda: controller.open(words[1:]))
    if words and words[0]:
        window.furnished.connect(lambda: controller.load_model(words[0]))
    window.show()
    code = app.exec()
    del answering
    window.stop(30_000)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
