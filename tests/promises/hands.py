"""Hands for the real window outside of pytest: keys, clicks, and waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.qt.window_kit import Viewer
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window

_PATIENCE_S = 240
_POLL_MS = 5


class Bot:
    """The few of pytest-qt's helpers that `Viewer` asks for."""

    keyClick = staticmethod(QTest.keyClick)  # noqa: N815
    mouseClick = staticmethod(QTest.mouseClick)  # noqa: N815

    def waitUntil(self, is_so: Callable[[], bool], timeout: float = 0.0) -> None:
        """Let the program go on until something is so; ``timeout`` is not heeded."""
        until = time.monotonic() + _PATIENCE_S
        while not is_so():
            if time.monotonic() > until:
                raise TimeoutError(f"waited in vain at line {_line_of(is_so)}")
            _go_on()


def _go_on() -> None:
    """Run the event loop a little; `QTest.qWait` would keep other threads waiting."""
    loop = QEventLoop()
    QTimer.singleShot(_POLL_MS, loop.quit)
    loop.exec()


def _line_of(call: Callable[[], bool]) -> str:
    code = call.__code__
    return f"{code.co_firstlineno} of {code.co_filename}"


class Driver(QObject):
    """Do something with the window as soon as it is furnished, then close it."""

    def __init__(
        self, window: main_window.MainWindow, use: Callable[[Viewer], None]
    ) -> None:
        super().__init__(window)
        self._viewer = Viewer(window, window.controller, Bot())
        self._use = use
        window.furnished.connect(self._begin_soon)

    @Slot()
    def _begin_soon(self) -> None:
        QTimer.singleShot(0, self._begin)

    @Slot()
    def _begin(self) -> None:
        try:
            self._use(self._viewer)
        except BaseException as error:
            _failures.append(error)
        QApplication.closeAllWindows()


_failures: list[BaseException] = []


def start(use: Callable[[Viewer], None], *pictures: str) -> None:
    """Start the program, use its window, and close it; raise what went wrong."""

    class Window(main_window.MainWindow):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            Driver(self, use)

    real = app.MainWindow
    app.MainWindow = Window  # type: ignore[misc]
    try:
        code = app.run(list(pictures))
    finally:
        app.MainWindow = real  # type: ignore[misc]
    if _failures:
        raise _failures.pop()
    assert code == 0, code


def settle(viewer: Viewer) -> None:
    """Wait until no worker has anything to do."""
    controller = viewer.controller
    workers = (
        controller.asker.worker,
        controller.opener.worker,
        viewer.window.exporter._worker,
    )

    def is_idle() -> bool:
        return not any(worker.is_busy for worker in workers)

    viewer.qtbot.waitUntil(is_idle)
    QApplication.processEvents()
