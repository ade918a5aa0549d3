"""The first painted window against importing everything first, as a notebook would.

Each start is a process of its own; the two kinds take turns. A third kind runs on to
the explained sample and reports the event loop's largest gaps on the way: while the
window is furnished, once, and after that, while torch is imported and the model runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median

ROUNDS = 5

_FIRST_PAINT = """
import os, sys, time
{imports}
from vitviewer.qt.lifecycle import app

class Timed(app.MainWindow):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.centre.widget(0).painted.connect(self.report)

    def report(self):
        print(time.time(), flush=True)
        os._exit(0)

app.MainWindow = Timed
app.run([])
"""

_EVERYTHING = """
import torch, pyqtgraph
from transformers import AutoImageProcessor, ViTForImageClassification
import vitviewer.models.loading, vitviewer.qt.canvas.stage
import vitviewer.qt.panels.panels, vitviewer.qt.window.menus
"""

_WHOLE_START = """
import os, time
from PySide6.QtCore import QTimer
from vitviewer.qt.lifecycle import app

class Watched(app.MainWindow):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.last, self.gaps = time.perf_counter(), [0.0, 0.0]
        self.pulse = QTimer(self)
        self.pulse.timeout.connect(self.beat)
        self.pulse.start(10)
        self.controller.picture_changed.connect(self.on_picture)
        self.controller.shown_changed.connect(self.on_shown)
        self.picture_at = 0.0

    def beat(self):
        now = time.perf_counter()
        n = int(self.picture_at > 0)
        self.gaps[n], self.last = max(self.gaps[n], now - self.last), now

    def on_picture(self, picture):
        self.picture_at = time.time()

    def on_shown(self, shown):
        if shown is not None:
            self.beat()
            print(self.picture_at, time.time(), *self.gaps, flush=True)
            os._exit(0)

app.MainWindow = Watched
app.run([])
"""


def main(_argv: Sequence[str] = ()) -> None:
    """Print medians in seconds and their ratio."""
    lazy, eager, whole = [], [], []
    for _ in range(ROUNDS):
        lazy.append(start(_FIRST_PAINT.format(imports=""))[0])
        eager.append(start(_FIRST_PAINT.format(imports=_EVERYTHING))[0])
        whole.append(start(_WHOLE_START))
    ratio = median(eager) / median(lazy)
    print(f"  first painted window            {median(lazy):6.2f} s")
    print(f"  ... everything imported first   {median(eager):6.2f} s   × {ratio:.1f}")
    print(f"  sample picture shown            {median(w[0] for w in whole):6.2f} s")
    print(f"  sample picture explained        {median(w[1] for w in whole):6.2f} s")
    furnishing, waking = (median(w[n] for w in whole) for n in (2, 3))
    print(f"  largest gap, window furnished   {furnishing:6.2f} s")
    print(f"  ... torch imported, model run   {waking:6.2f} s")


def start(script: str) -> list[float]:
    """Run a script; return its times since the process was started, then its gaps."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    begin = time.time()
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    moments = [float(word) for word in done.stdout.split()]
    return [moment - begin if moment > begin else moment for moment in moments]
