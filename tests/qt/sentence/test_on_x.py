"""The sentence under real keys and a real pointer, whose grabs a popup has to share."""

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
import json
import sys

from PySide6.QtCore import QTimer

from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application
from vitviewer.qt.sentence.bar import SentenceBar
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow

application = make_application()
controller = Controller()
window = MainWindow(controller, Settings(), remember_layout=False)

def tell(words):
    print(json.dumps(words), flush=True)

def places(bar):
    return {
        name: [p.x(), p.y()]
        for name, part in bar.row.parts.items()
        if part.isVisible()
        for p in [part.mapToGlobal(part.rect().center())]
    }

def follow(bar, known={}):
    popup = bar.popup
    words = f"{popup.accessibleName()} open" if popup is not None else "closed"
    if popup is not None and popup.search.text():
        words += " for " + popup.search.text()
    words += ", canvas" if window.stage.canvas.hasFocus() else ""
    if known.get("words") != words:
        known["words"] = words
        tell(words)

def begin():
    bar = window.findChild(SentenceBar)
    if bar is None:
        bar = SentenceBar(controller)
        window.addToolBar(bar)
        bar.left.connect(window.focus_canvas)
    def on_shown(shown):
        if shown is not None:
            tell({"window": int(window.winId()), "places": places(bar)})
            tell(shown.title)
    controller.shown_changed.connect(on_shown)
    timer = QTimer(bar)
    timer.timeout.connect(lambda: follow(bar))
    timer.start(20)
    controller.load_model(sys.argv[1])
    controller.open_path(sys.argv[2])

window.furnished.connect(begin)
window.move(0, 0)
window.show()
application.exec()
window.stop(30_000)
"""
_PATIENCE_S = 60


class Program:
    """The program on a display, and what it tells of its sentence."""

    def __init__(self, display: str, hands: x_kit.Hands, *words: str) -> None:
        self.hands = hands
        self.places: dict[str, list[int]] = {}
        self.window = 0
        self._told: Queue = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words],
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._told.put(json.loads(line))

    def wait_for(self, words: str, patience: float = _PATIENCE_S) -> None:
        """Wait until some words have been told, and note where parts are."""
        while True:
            told = self._told.get(timeout=patience)
            if isinstance(told, dict):
                self.window, self.places = told["window"], told["places"]
            elif words in told:
                return

    def press(self, *names: str) -> None:
        """Press keys together."""
        for name in names:
            self.hands.key(name, True)
        for name in reversed(names):
            self.hands.key(name, False)

    def click(self, part: str) -> None:
        """Move onto a part and click it."""
        self.hands.move(*self.places[part])
        self.hands.click()

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
            program.wait_for("attention from the class token", 120)
            hands.focus(program.window)
            yield program
        finally:
            program.end()
            hands.close()


def test_keys_reach_all_of_it(program):
    program.press("Control_L", "l")
    program.press("Right")
    program.press("Down")
    program.wait_for("Methods open")
    for letter in "roll":
        program.press(letter)
    program.wait_for("for roll")
    program.press("Return")
    program.wait_for("rollout from the class token")
    program.press("Control_L", "l")
    program.press("space")
    program.wait_for("Models open")
    program.press("Escape")
    program.wait_for("closed, canvas")
    program.press("Alt_L", "Left")
    program.wait_for("attention from the class token")


def test_clicks_open_one_list_and_close_it(program):
    program.click("method")
    program.wait_for("Methods open")
    program.click("method")
    program.wait_for("closed")
    program.click("query")
    program.wait_for("Tokens open")
    program.click("method")  # which closes the one and opens the other
    program.wait_for("Methods open")
    program.press("Escape")
    program.wait_for("closed, canvas")
