"""Closing in the midst of anything exits cleanly."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from vitviewer.qt import controller
from vitviewer.qt.lifecycle import app

application = app.make_application()

class Closer(controller.Controller):
    '''Close the window at the moment the argument names.'''
    def __init__(self, **options):
        super().__init__(**options)
        moment = sys.argv[1]
        self.activity_changed.connect(self.on_activity)
        self.shown_changed.connect(self.on_shown)
        self.picture_changed.connect(self.on_picture)
        self.moment = moment

    def quit(self):
        application.closeAllWindows()

    def on_activity(self, words):
        if words.startswith(self.moment):
            self.quit()

    def on_shown(self, shown):
        if self.moment == "shown" and shown is not None:
            self.quit()

    def on_picture(self, picture):
        if self.moment == "picture":
            self.quit()

app.Controller = Closer
sys.exit(app.run([sys.argv[2]], sys.argv[3]))
"""


@pytest.mark.parametrize("moment", ["picture", "Waking", "Running", "shown"])
def test_closing_at_any_moment_exits_with_status_0(moment, tiny_vit, tmp_path, chelsea):
    from tests.qt.window_kit import save_picture

    picture = save_picture(tmp_path, "cat.png", chelsea)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, moment, str(picture), str(tiny_vit)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
