"""Start the program again and again, and close it at seeded moments.

Run as ``python -m tests.qt.exits FOLDER MODEL SEED COUNT``; each line of its output
tells of one close: the moment, the exit status, the seconds of a processor until the
program ended, and whether it had to leave a thread behind.
"""

from __future__ import annotations

import json
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from tests.qt.hub_kit import FakeHub
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window
from vitviewer.queries import Query

MOMENTS = ("start", "furnish", "picture", "load", "pass", "shown", "look")
MOMENTS += ("export", "download")


@dataclass
class Plan:
    """When to close: at which moment, and how long after it."""

    moment: str
    delay_ms: int
    closed_at: float = 0.0


class Closer(QObject):
    """Close the window at the planned moment."""

    def __init__(self, window: main_window.MainWindow, plan: Plan, out: Path) -> None:
        super().__init__(window)
        self._window, self._plan, self._out = window, plan, out
        self._reached = False
        controller = window.controller
        window.furnished.connect(self._on_furnished)
        controller.picture_changed.connect(self._on_picture)
        controller.activity_changed.connect(self._on_activity)
        controller.shown_changed.connect(self._on_shown)
        if plan.moment == "start":
            self._close_soon()

    @Slot()
    def _on_furnished(self) -> None:
        if self._plan.moment == "furnish":
            self._close_soon()
        elif self._plan.moment == "download":
            self._window.panels.open_picker()
            picker = self._window.panels.picker
            picker.hub.planned.connect(picker.pane.download_wanted)
            picker.hub.progressed.connect(self._close_soon)
            picker._ask("org/large")

    @Slot()
    def _on_picture(self) -> None:
        if self._plan.moment == "picture":
            self._close_soon()

    @Slot(str)
    def _on_activity(self, words: str) -> None:
        starts = {"load": ("Waking", "Loading"), "pass": "Running", "look": "Computing"}
        if words.startswith(starts.get(self._plan.moment, "never")):
            self._close_soon()

    @Slot(object)
    def _on_shown(self, shown: object) -> None:
        if shown is None or self._reached:
            return
        state = self._window.controller.state
        if self._plan.moment == "shown":
            self._close_soon()
        elif self._plan.moment == "look":
            state.query, state.method = Query.patch(1, 1), "rollout"
        elif self._plan.moment == "export":
            self._window.exporter.save_side_by_side(str(self._out / "figure.png"))
            self._close_soon()

    @Slot()
    def _close_soon(self) -> None:
        if not self._reached:
            self._reached = True
            QTimer.singleShot(self._plan.delay_ms, self._close)

    @Slot()
    def _close(self) -> None:
        self._plan.closed_at = process_time()
        QApplication.closeAllWindows()
        box = self._window.stage and self._window.leaving.box
        if box and self._plan.moment == "download":  # an export is waited for
            box.quit.click()


def tell(plan: Plan, code: int, left_behind: bool) -> None:
    """Print what became of one close."""
    seconds = process_time() - plan.closed_at
    print(json.dumps([plan.moment, code, seconds, left_behind]), flush=True)


def close_once(pictures: Path, model: str, plan: Plan) -> None:
    """Start the program, and close it as planned."""

    class Window(main_window.MainWindow):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            Closer(self, plan, pictures)

    def hard_exit(code: int, leave: Any = os._exit) -> None:
        tell(plan, code, True)
        leave(code)

    with pytest.MonkeyPatch.context() as patch:
        FakeHub(patch)
        patch.setattr(app, "MainWindow", Window)
        patch.setattr(os, "_exit", hard_exit)
        code = app.run([str(pictures)], model)
    tell(plan, code, False)


def main(pictures: str, model: str, seed: str, count: str) -> int:
    """Close the program so many times; the first moment follows from the seed."""
    dice = random.Random(int(seed))
    moments = list(MOMENTS)
    dice.shuffle(moments)
    if int(seed) == 0:
        moments.sort(key=lambda moment: moment != "load")  # torch is being imported
    for n in range(int(count)):
        delay = dice.choice((0, 0, 1, 5, 20, 100))
        close_once(Path(pictures), model, Plan(moments[n % len(moments)], delay))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
