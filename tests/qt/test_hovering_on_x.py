"""Asking follows a real pointer, and ends when a real key, focus or grab says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from queue import Queue

import pytest

from tests.qt import x_kit
from tests.qt.window_kit import save_picture

PROGRAM = """
import json, sys
from PySide6.QtCore import QTimer
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow

application = make_application()
controller = Controller()
window = MainWindow(controller, Settings(), remember_layout=False)
places = {}

def tell(shown):
    if shown is None:
        return
    if not places:
        geometry, canvas = shown.explanation.geometry, window.stage.canvas
        for row in range(geometry.rows):
            for col in range(geometry.cols):
                x, y, w, h = geometry.patch_rect(row, col)
                spot = canvas.to_viewport(x + w / 2, y + h / 2)
                spot = canvas.viewport().mapToGlobal(spot)
                places[f"{row},{col}"] = [spot.x(), spot.y()]
        print(json.dumps({"window": int(window.winId()), "places": places}), flush=True)
    print(json.dumps(shown.title), flush=True)

def tell_of_menu(words):
    print(json.dumps(words), flush=True)

def begin():
    for menu in window.menu_shells:
        later = lambda: QTimer.singleShot(0, lambda: tell_of_menu("menu is open"))
        menu.aboutToShow.connect(later)
        menu.aboutToHide.connect(lambda: tell_of_menu("menu is closed"))
    controller.shown_changed.connect(tell)
    controller.load_model(sys.argv[1])
    controller.open_path(sys.argv[2])

window.furnished.connect(begin)
window.move(0, 0)
window.show()
application.exec()
window.stop(30_000)
"""
CHOSEN, SHIFT = "attention from the class token", "Shift_L"
_PATIENCE_S = 60


class Program:
    """The program on a display, and what its title says."""

    def __init__(self, display: str, hands: x_kit.Hands, *words: str) -> None:
        self.hands = hands
        self._titles: Queue[str] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words],
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        begun = self._titles.get(timeout=120)
        self.window, self._places = begun["window"], begun["places"]
        self.wait_for(CHOSEN)

    def _read(self) -> None:
        for line in self._process.stdout:
            self._titles.put(json.loads(line))

    def wait_for(self, *parts: str) -> None:
        """Wait until some words have been told, in any order."""
        left = set(parts)
        while left:
            told = self._titles.get(timeout=_PATIENCE_S)
            left = {part for part in left if part not in told}

    def is_silent(self) -> bool:
        """Tell whether the title has said nothing new."""
        return self._titles.empty()

    def to(self, row: int, col: int) -> None:
        """Move the pointer onto a patch."""
        self.hands.move(*self._places[f"{row},{col}"])

    def hover(self, row: int, col: int) -> None:
        """Hold Shift, move onto a patch, and wait for its map."""
        self.hands.key(SHIFT, True)
        self.to(row, col)
        self.wait_for(f"from patch ({row}, {col})")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def program(tiny_vit, tmp_path, chelsea):
    if reason := x_kit.missing():
        pytest.skip(reason)
    picture = save_picture(tmp_path, "cat.png", chelsea)
    with x_kit.x_server() as display:
        hands = x_kit.Hands(display)
        program = Program(display, hands, str(tiny_vit), str(picture))
        try:
            hands.focus(program.window)
            yield program
        finally:
            program.end()
            hands.close()


def test_a_real_pointer_and_keyboard(program):
    hands = program.hands
    program.to(1, 1)
    hands.key(SHIFT, True)  # while the pointer rests
    program.wait_for("from patch (1, 1)")
    program.to(2, 2)
    program.wait_for("from patch (2, 2)")
    hands.key(SHIFT, False)
    program.wait_for(CHOSEN)

    program.hover(0, 1)
    hands.focus(None)
    program.wait_for(CHOSEN)
    hands.key(SHIFT, False)
    hands.focus(program.window)

    program.hover(1, 0)
    hands.grab_keyboard(True)
    hands.key(SHIFT, False)  # which the program is not told of
    program.wait_for(CHOSEN)
    hands.grab_keyboard(False)

    hands.tap("h")
    program.to(3, 3)
    program.wait_for("from patch (3, 3)")
    hands.key("Alt_L", True)
    hands.tap("f")
    program.wait_for(CHOSEN, "menu is open")
    hands.key("Alt_L", False)
    hands.tap("Escape")
    program.wait_for("menu is closed")
    program.to(3, 2)
    program.wait_for("from patch (3, 2)")
    hands.move(2, 2)
    program.wait_for(CHOSEN)

    program.to(0, 0)
    program.wait_for("from patch (0, 0)")
    hands.click()
    program.to(2, 1)
    program.wait_for("from patch (2, 1)")
    hands.tap("h")
    program.wait_for("from patch (0, 0)")
    assert program.is_silent()
