"""Quitting waits for what would be lost, and loses nothing unasked."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from threading import Event

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.qt.hub_kit import FakeHub, list_two_models, start_download
from tests.qt.real_desk import desktop_tests, open_desk, open_window, wait_until
from tests.qt.window_kit import close_viewer, make_viewer, save_picture

PATIENCE_S = 60


class SlowDisk:
    """A disk that brings nothing to its end until it is released, or that fails then.

    Exports end by a sync, which waits here in the exporter's thread.
    """

    def __init__(self, monkeypatch) -> None:
        self.reached, self.release = Event(), Event()
        self.error = 0
        self._sync = os.fsync
        monkeypatch.setattr(os, "fsync", self._wait)

    def _wait(self, descriptor: int) -> None:
        self.reached.set()
        assert self.release.wait(PATIENCE_S)
        if self.error:
            raise OSError(self.error, os.strerror(self.error))
        self._sync(descriptor)


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def disk(monkeypatch, viewer):
    disk = SlowDisk(monkeypatch)
    yield disk
    disk.error = 0
    disk.release.set()
    viewer.qtbot.waitUntil(lambda: not viewer.window.exporter.is_busy)


def quit_by_key(viewer) -> None:
    viewer.press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def parts_in(folder) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


def test_quitting_waits_for_what_is_saved_and_copied(viewer, disk, tmp_path):
    window, names = viewer.window, ("one.png", "two.png")
    QGuiApplication.clipboard().clear()
    window.exporter.save_overlay(str(tmp_path / "one.png"))
    window.exporter.save_side_by_side(str(tmp_path / "two.png"))
    window.exporter.copy_overlay()
    viewer.qtbot.waitUntil(disk.reached.is_set)
    quit_by_key(viewer)
    assert window.isVisible()
    assert window.leaving.box.isVisible()
    assert "Saving one.png" in window.leaving.box.words.text()
    assert not any((tmp_path / name).exists() for name in names)
    disk.release.set()
    viewer.qtbot.waitUntil(lambda: not window.isVisible())
    for name in names:
        with Image.open(tmp_path / name) as written:
            written.load()
    assert not QGuiApplication.clipboard().image().isNull()
    assert not parts_in(tmp_path)


def test_the_window_stays_where_saving_failed(viewer, disk, tmp_path):
    """Or else the sentence would be gone with it."""
    disk.error = errno.ENOSPC
    viewer.window.exporter.save_overlay(str(tmp_path / "shot.png"))
    viewer.qtbot.waitUntil(disk.reached.is_set)
    quit_by_key(viewer)
    disk.release.set()
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    assert "No space left" in viewer.window.notice.label.text()
    QTest.qWait(0)
    assert viewer.window.isVisible()
    assert viewer.window.leaving.box is None
    assert not parts_in(tmp_path)


def test_one_may_stay(viewer, disk, tmp_path):
    viewer.window.exporter.save_overlay(str(tmp_path / "shot.png"))
    viewer.qtbot.waitUntil(disk.reached.is_set)
    quit_by_key(viewer)
    viewer.window.leaving.box.stay.click()
    disk.release.set()
    viewer.qtbot.waitUntil((tmp_path / "shot.png").exists)
    viewer.qtbot.waitUntil(lambda: not viewer.window.exporter.is_busy)
    assert viewer.window.isVisible()
    assert viewer.window.leaving.box is None


@pytest.fixture
def large(viewer, tmp_path, astronaut):
    """A picture whose export takes a while, and what it would replace."""
    large = np.tile(astronaut, (8, 8, 1))
    viewer.open(save_picture(tmp_path, "large.png", large))
    older = tmp_path / "shot.png"
    older.write_bytes(b"older")
    return older


@pytest.mark.parametrize("way", ["save_overlay", "save_side_by_side"])
def test_progress_is_shown_and_cancel_leaves_nothing(viewer, large, way):
    status = viewer.window.status.export
    getattr(viewer.window.exporter, way)(str(large))
    viewer.qtbot.waitUntil(lambda: "%" in status.label.text())
    assert "Saving shot.png" in status.label.text()
    assert status.cancel.isVisible()
    status.cancel.click()
    assert not viewer.window.exporter.is_busy
    assert not status.isVisible()
    viewer.qtbot.waitUntil(lambda: not viewer.window.exporter._worker.is_busy)
    assert large.read_bytes() == b"older"
    assert not parts_in(large.parent)
    viewer.window.close()
    assert not viewer.window.isVisible()


def test_one_may_insist(viewer, large):
    viewer.window.exporter.save_overlay(str(large))
    viewer.window.close()
    assert viewer.window.isVisible()
    viewer.window.leaving.box.quit.click()
    assert not viewer.window.isVisible()
    assert viewer.window.stop(60_000)
    assert large.read_bytes() == b"older"
    assert not parts_in(large.parent)


def test_a_download_is_waited_for_too(qtbot, monkeypatch):
    list_two_models(monkeypatch)
    hub = FakeHub(monkeypatch)
    viewer = make_viewer(qtbot, None)
    panels = viewer.window.panels
    panels.open_picker()
    start_download(qtbot, panels.picker, hub)
    viewer.window.close()
    box = viewer.window.leaving.box
    assert "123 MB of 346 MB" in box.words.text()
    assert "kept" in box.words.text()
    assert not hub.was_cancelled.is_set()
    hub.finish.set()
    qtbot.waitUntil(lambda: not viewer.window.isVisible())
    assert not hub.was_cancelled.is_set()
    close_viewer(viewer)


def test_a_download_that_fails_keeps_the_window(qtbot, monkeypatch):
    list_two_models(monkeypatch)
    hub = FakeHub(monkeypatch)
    hub.download_error = "The hub cannot be reached."
    viewer = make_viewer(qtbot, None)
    picker = (viewer.window.panels.open_picker(), viewer.window.panels.picker)[1]
    start_download(qtbot, picker, hub)
    viewer.window.close()
    hub.finish.set()
    qtbot.waitUntil(picker.pane.again.isVisible)
    assert viewer.window.isVisible()
    assert viewer.window.leaving.box is None
    close_viewer(viewer)


SIGNALLED = """
import os, signal, sys
from PySide6.QtCore import QTimer
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window

class Window(main_window.MainWindow):
    def furnish(self):
        super().furnish()
        self.controller.shown_changed.connect(self.export)

    def export(self, shown):
        if shown is not None and not self.exporter.is_busy:
            self.exporter.save_side_by_side(sys.argv[3])
            os.kill(os.getpid(), int(sys.argv[4]))

app.MainWindow = Window
sys.exit(app.run([sys.argv[1]], sys.argv[2]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_what_is_saved(tiny_vit, tmp_path, astronaut, number):
    picture = save_picture(tmp_path, "large.png", np.tile(astronaut, (4, 4, 1)))
    target = tmp_path / "figure.png"
    words = [str(word) for word in (picture, tiny_vit, target, int(number))]
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 128 + number
    told = "vitviewer: finishing what is not saved yet; once more ends it at once\n"
    assert done.stderr == told
    with Image.open(target) as written:
        written.load()


SLOW_SESSION = """
import sys, threading
from vitviewer.qt.lifecycle import app, session_keeper

def never(*_):
    threading.Event().wait()

class Window(app.MainWindow):
    def furnish(self):
        super().furnish()
        self.controller.shown_changed.connect(lambda shown: shown and self.close())

session_keeper.write_session = never
app.CLOSING_MS, app.MainWindow = 300, Window
sys.exit(app.run([sys.argv[1]], sys.argv[2]))
"""


def test_a_session_that_cannot_be_saved_is_said(tiny_vit, tmp_path, chelsea):
    """A disk that hangs holds up the end for a moment only, but not in silence."""
    words = [str(save_picture(tmp_path, "cat.png", chelsea)), str(tiny_vit)]
    done = subprocess.run(
        [sys.executable, "-c", SLOW_SESSION, *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = "vitviewer: what was open could not be saved: the disk does not answer\n"
    assert (done.returncode, done.stderr) == (0, told)


@desktop_tests
def test_saving_and_quitting_by_hand(tiny_vit, tmp_path, astronaut):
    """Ctrl+S, Return, Ctrl+Q, as fast as keys can be sent."""
    picture = save_picture(tmp_path, "large.png", np.tile(astronaut, (8, 8, 1)))
    with open_desk(tmp_path) as desk, open_window(desk, tiny_vit, picture) as shown:
        shown.ask(f"setattr(window.settings, 'folder', {str(tmp_path)!r})")
        desk.do("key", "ctrl+s")
        title = "--name", "^Export$"
        desk.do("search", "--sync", "--onlyvisible", *title, "windowactivate", "--sync")
        desk.do("key", "Return")
        desk.do("key", "ctrl+q")
        target = tmp_path / "large-overlay.png"
        wait_until(lambda: shown.process.poll() is not None, "the end")
        assert shown.process.returncode == 0
        with Image.open(target) as written:
            assert written.size == (4096, 4096)
            written.load()
        assert not parts_in(tmp_path)
