"""Each test gets fresh settings and patience, and has to end the threads it starts."""

from __future__ import annotations

import gc
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QSettings, QThread
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from vitviewer.qt.lifecycle.garbage import Collector

_ENDING_MS = 30_000
_PATIENCE_MS = 60_000
_WAITS = ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive")


@pytest.fixture
def qtbot(qapp, request):
    """Drive widgets, with patience."""
    return patient_bot(request)


def patient_bot(request) -> QtBot:
    """Wait a minute for what may take its time on a busy machine."""
    bot = QtBot(request)
    for name in _WAITS:
        setattr(bot, name, partial(getattr(bot, name), timeout=_PATIENCE_MS))
    return bot


@pytest.fixture(autouse=True)
def fresh_settings(tmp_path_factory):
    """Keep what one test's window remembers from the next, and from the user's."""
    folder = str(tmp_path_factory.mktemp("settings"))
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def no_garbage_left(qapp):
    """Collect garbage in this thread alone, as the program does.

    What a test's window leaves is freed here, not in the next test's worker, and its
    widgets with it: a change of theme visits each there is, 300 to a window.
    """
    collector = Collector(qapp)
    before = set(qapp.topLevelWidgets())
    yield
    collector.stop()
    for widget in set(qapp.topLevelWidgets()) - before:
        widget.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_clipboard_left(qapp):
    """Empty the clipboard: offscreen, Qt would free it when Python has ended."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(autouse=True)
def no_thread_left(monkeypatch):
    """Fail a test that leaves a QThread running: Qt aborts when one is destroyed.

    Listed first by pytest, it is torn down last, after the test's own fixtures.
    """
    started: list[QThread] = []
    start = QThread.start

    def start_and_note(thread: QThread, *args) -> None:
        started.append(thread)
        start(thread, *args)

    monkeypatch.setattr(QThread, "start", start_and_note)
    yield
    left = [thread for thread in started if isValid(thread) and thread.isRunning()]
    for thread in left:
        thread.quit()
        thread.wait(_ENDING_MS)
    assert not left, f"left running: {left}"
