"""Start-up order: paint the window, furnish it, show a picture, then wake the model."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from vitviewer.models.sources import DEFAULT_MODEL
from vitviewer.pictures.samples import samples
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle import messages
from vitviewer.qt.lifecycle.crash_file import CrashFile
from vitviewer.qt.lifecycle.garbage import Collector
from vitviewer.qt.lifecycle.interrupt import obey_signals, status_of
from vitviewer.qt.lifecycle.restoring import Opening, take_session
from vitviewer.qt.lifecycle.session_keeper import SessionKeeper
from vitviewer.qt.looks import theme
from vitviewer.qt.settings import Settings
from vitviewer.qt.unexpected import report_exceptions
from vitviewer.qt.window.main_window import MainWindow
from vitviewer.queries import Precision
from vitviewer.system.process import import_for_good, prepare_window, spare_imports

log = logging.getLogger(__name__)

CLOSING_MS = 3000


def run(
    pictures: list[str],
    model: str | None = None,
    headless: bool = False,
    out: Path | None = None,
    precision: Precision = Precision.PUBLISHED,
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
    precision : Precision
        In which the model runs at first.
    """
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # What fails is printed in one line there, and not logged besides.
    app = make_application(logging.ERROR if headless else logging.WARNING)
    crash_file = CrashFile(cache_folder())
    report = "" if headless else crash_file.take_earlier()
    crash_file.watch()
    collector = Collector(app)  # before there is a worker
    window = make_window(app, remember_layout=not headless)
    window.controller.state.precision = precision
    session_path = window.settings.path.with_name("session.json")
    keeper = None if headless else SessionKeeper(window.controller, session_path)
    named = bool(pictures) or model is not None
    # What brought the program down the last time is not opened again.
    fresh = headless or named or bool(report)
    session = None if fresh else take_session(session_path)
    opening = Opening(window, pictures or first_sample(model), model, session)
    # What it is built of stays as well: the longest pause before the first map is
    # 0.18 s so, and was 0.26.
    window.furnished.connect(spare_imports)
    window.furnished.connect(opening.begin)
    if headless:
        from vitviewer.qt.lifecycle.headless import HeadlessRun

        HeadlessRun(window, out or Path("out"))
    if report:
        window.offer_report(report)
    window.show()
    code = app.exec() or status_of(app)
    collector.stop()
    ended = keeper is None or keeper.close(CLOSING_MS)
    if not ended:
        log.warning("what was open could not be saved: the disk does not answer")
    crash_file.end()
    leave(window, code, ended)
    return code


def make_application(level: int = logging.WARNING) -> QApplication:
    """Prepare the process, and return its QApplication, made if there is none yet."""
    prepare_window()
    logging.basicConfig(level=level, format="vitviewer: %(message)s")
    messages.install()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    QGuiApplication.setDesktopFileName("io.github.vitviewer.vitviewer")
    app.setApplicationName("vitviewer")
    app.setApplicationDisplayName("")
    obey_signals(app)
    return app


def make_window(app: QApplication, remember_layout: bool) -> MainWindow:
    """Return the window, with the user's settings; it reports what is unforeseen."""
    settings = Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(Controller(wake=wake), settings, remember_layout)
    report_exceptions(Reporter(window).reported.emit)
    return window


@cache
def wake() -> None:
    """Import torch and what loads models, once, for as long as the program runs."""
    with import_for_good(), suppress(Exception):  # the engine tries again, and tells
        import vitviewer.models.loading  # noqa: F401


def cache_folder() -> Path:
    """Return the folder for what may be lost."""
    place = QStandardPaths.StandardLocation.GenericCacheLocation
    return Path(QStandardPaths.writableLocation(place), "vitviewer")


class Reporter(QObject):
    """Brings word of an exception from any thread, and out of painting, to a notice."""

    reported = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        queued = Qt.ConnectionType.QueuedConnection
        self.reported.connect(window.controller.noticed, queued)


def first_sample(model: str | None) -> list[str]:
    """Return the sample that shows a bundled model best, else the first of all."""
    model = model or DEFAULT_MODEL
    shelf = samples()
    fitting = [sample for sample in shelf if sample.model == model] or shelf
    return [str(fitting[0].path)] if fitting else []


def leave(window: MainWindow, code: int, ended: bool = True) -> None:
    """End the threads; if one hangs in native code, leave without it.

    ``ended`` is False if one is known to hang.
    """
    # What Qt would close later, when Python has ended, would ask filters of ours.
    for widget in QApplication.topLevelWidgets():
        widget.hide()
    if window.stop(CLOSING_MS) and ended:
        return
    window.settings.sync()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
