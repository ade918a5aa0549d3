"""Closing ends the strip's thread, whatever it is doing."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.picture_factory import noise

SCRIPT = """
import sys
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget
from vitviewer.qt.filmstrip.strip import Filmstrip
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window

application = app.make_application()

class Window(main_window.MainWindow):
    '''Close at the moment the argument names.'''
    def __init__(self, *args):
        super().__init__(*args)
        self.strip = Filmstrip(self.controller)
        dock = QDockWidget("Pictures")
        dock.setObjectName("pictures")
        dock.setWidget(self.strip)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        moments = {
            "started": self.strip.thumbnails.worker.started_job,
            "made": self.strip.thumbnails.made,
            "idle": self.strip.thumbnails.worker.idle,
        }
        moments[sys.argv[1]].connect(self.on_moment)

    def on_moment(self, *_):
        if len(self.controller.playlist) > 1:
            application.closeAllWindows()

    def stop(self, timeout_ms):
        stopped = self.strip.stop(timeout_ms)
        return super().stop(timeout_ms) and stopped

app.MainWindow = Window
sys.exit(app.run([sys.argv[2]], sys.argv[3]))
"""


@pytest.fixture
def photographs(tmp_path):
    """Some pictures that take their time: noise does not compress."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for n in range(6):
        image = Image.fromarray(noise(1500, 2000, seed=n))
        image.save(folder / f"{n}.png", compress_level=1)
    return folder


@pytest.mark.parametrize("moment", ["started", "made", "idle"])
def test_the_program_exits_with_status_0(moment, tiny_vit, photographs):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, moment, str(photographs), str(tiny_vit)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_in_the_making_is_given_up(film, photographs):
    film.open(photographs)
    thumbnails = film.strip.thumbnails
    film.qtbot.waitUntil(lambda: len(thumbnails) > 0)
    assert film.strip.stop(30_000)
    assert not thumbnails.worker.isRunning()
    made = len(thumbnails)
    film.viewer.controller.step(3)
    film.strip.verticalScrollBar().setValue(50)
    film.qtbot.waitUntil(lambda: not film.viewer.controller.opener.worker.is_busy)
    assert not thumbnails.worker.isRunning()
    assert len(thumbnails) <= made + 1  # one may have been on its way


def test_a_strip_without_pictures_has_no_thread(film):
    assert not film.strip.thumbnails.worker.isRunning()
    assert film.strip.stop(1000)


def test_a_hidden_strip_makes_nothing(film, photographs):
    film.dock.hide()
    film.open(photographs)
    film.qtbot.waitUntil(lambda: not film.viewer.controller.opener.worker.is_busy)
    assert len(film.strip.thumbnails) == 0
    assert not film.strip.thumbnails.worker.isRunning()
    film.dock.show()
    film.wait_for_all()
    shown = np.unique(film.pixels(film.cell(0)).reshape(-1, 3), axis=0)
    assert len(shown) > 100
