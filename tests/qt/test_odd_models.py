"""Odd models shown: in the real window, one after the other, and without a screen.

`tests/models/test_corpus.py` loads them; here a picture goes through each, is painted
in every panel, asked about, and closed, with no exception and no crash.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Slot

from tests import picking
from tests.corpus.models import SUBJECTS
from tests.corpus.models.case import Case
from tests.corpus.models.sound import make_sound
from tests.forking import Forks
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.trust import Verdict, overall

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links, FIFOs and forks are those of Unix"
)
#: Of these there is no map on white: `tests/models/test_corpus.py` runs noise.
ON_WHITE = {"float16, overflow on white"}
OPENABLE = [
    (subject, case)
    for subject, cases in SUBJECTS.items()
    for case in cases
    if case.refused in ("", ".")
]
ALWAYS = ("not finite", "oblong")
SOME_LABELS = ("a number", "a megabyte in one label", "a regression of five")


def is_picked(subject: str, case: Case) -> bool:
    """Tell whether a short run shows a case too."""
    shown = subject in ALWAYS or case.name in SOME_LABELS
    return shown or picking.is_picked(f"{subject}: {case.name}")


def overflows(case: Case) -> bool:
    """Tell whether there is nothing to show of a white picture."""
    return case.name in ON_WHITE or case.checks.get("Activations") == "red"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return make_sound(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def white(tmp_path_factory):
    pixels = np.full((40, 50, 3), 255, np.uint8)
    return save_picture(tmp_path_factory.mktemp("pictures"), "white.png", pixels)


@pytest.fixture
def viewer(qtbot, white):
    viewer = make_viewer(qtbot, None)
    viewer.drop(white)
    viewer.qtbot.waitUntil(lambda: viewer.controller.picture is not None)
    yield viewer
    close_viewer(viewer)


class Outcome(QObject):
    """What the window last had to say of a model."""

    def __init__(self, controller) -> None:
        super().__init__()
        self.words, self._controller = "", controller
        controller.noticed.connect(self._on_notice)

    @property
    def is_there(self) -> bool:
        return bool(self.words) or self._controller.shown is not None

    @Slot(str)
    def _on_notice(self, words: str) -> None:
        self.words = words


def made(case: Case, sound, folder: Path) -> Path:
    """Return the odd folder of a case."""
    shutil.copytree(sound[case.base], folder)
    case.damage(folder)
    return folder


def use(viewer) -> None:
    """Look at a model in every way, and have all of the window painted."""
    window, state = viewer.window, viewer.state
    state.layer = 0
    window.show_trust()
    grab(window)
    if viewer.controller.shown is not None:
        viewer.click_patch(0, 0)
        viewer.qtbot.mouseMove(viewer.canvas.viewport(), viewer.canvas.rect().center())
        state.show_input = not state.show_input
    viewer.press(Qt.Key.Key_Up)
    for title in window.panels.details.sections:
        window.panels.details.reveal(title)
        grab(window)


def faults(viewer, case: Case, words: str):
    """Say what is wrong of what the window made of a model and a white picture."""
    controller, panel = viewer.controller, viewer.window.panels.prediction
    if re.search("unexpected|report", words):
        yield words
    amounts = [value for _, value in panel.bars.entries]
    if not np.isfinite(amounts).all():
        yield f"predicts {amounts}"
    if not overflows(case):
        if controller.shown is None and not (case.refused and words):
            yield f"shows nothing: {words}"
        return
    if controller.shown is not None or controller.explanation is not None:
        yield "shows a map"
    if panel.bars.entries:
        yield "predicts"
    if overall(viewer.window.panels.trust._checks or ()) is not Verdict.RED:
        yield "is not red"
    if not re.search("overflows in (b?float|float32)|not finite", words):
        yield words


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
def test_odd_models_in_the_window(viewer, sound, tmp_path, whole):
    outcome, wrong = Outcome(viewer.controller), {}
    for n, (subject, case) in enumerate(OPENABLE):
        if is_picked(subject, case) is whole:
            continue
        folder = made(case, sound, tmp_path / str(n))
        viewer.controller._clear()
        outcome.words = ""
        viewer.controller.load_model(str(folder))
        viewer.qtbot.waitUntil(lambda: outcome.is_there)
        found = list(faults(viewer, case, outcome.words))
        use(viewer)
        if found:
            wrong[case.name] = found
    assert not wrong


@pytest.fixture(scope="module")
def forks(tmp_path_factory):
    forks = Forks(tmp_path_factory.mktemp("home"))
    yield forks
    forks.close()


@pytest.mark.corpus
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{s}: {case.name}".encode("ascii", "replace").decode())
        for s, case in OPENABLE
    ],
)
def test_an_odd_model_without_a_screen(case, sound, forks, white, tmp_path):
    folder = made(case, sound, tmp_path / "model")
    out, maps = tmp_path / "out", tmp_path / "maps"
    shown = forks.run("--headless", white, "--model", folder, "--out", out)
    written = forks.run("export", white, "--model", folder, "--out", maps)
    for done, file in (
        (shown, out / "white-overlay.png"),
        (written, maps / "white.png"),
    ):
        told = (done.status, done.out, done.err)
        assert done.status in (0, 1), told
        assert not re.search("Traceback|uncaught|report it", done.err), told
        assert file.exists() is (done.status == 0), told
        assert done.status == 0 or done.err.strip(), told
        if not case.refused:
            assert done.status == int(overflows(case)), told
