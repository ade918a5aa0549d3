"""Odd pictures dropped on the real window: right pixels or a notice, and it stays live.

The window opens files where `tests/pictures/test_corpus.py` has a child process do it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from PySide6.QtCore import QMimeData, QObject, Slot

from tests import withstand
from tests.corpus.pictures import SUBJECTS
from tests.corpus.pictures.verdict import wrong_picture, wrong_sentence
from tests.qt.test_many_pictures import LONGEST_GAP_S, Heartbeat
from tests.qt.window_kit import close_viewer, make_viewer

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links, FIFOs and pipes are those of Unix"
)


class Outcome(QObject):
    """What the window last had to say: a picture, or a notice."""

    def __init__(self, controller) -> None:
        super().__init__()
        self.picture, self.words = None, ""
        controller.picture_changed.connect(self._on_picture)
        controller.noticed.connect(self._on_notice)

    def forget(self) -> None:
        self.picture, self.words = None, ""

    @property
    def is_there(self) -> bool:
        return self.picture is not None or bool(self.words)

    @Slot(object)
    def _on_picture(self, picture) -> None:
        self.picture = picture

    @Slot(str)
    def _on_notice(self, words: str) -> None:
        self.words = words


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


def give(viewer, source: str) -> None:
    """Drop a file as a file manager does, by its URL; type anything else."""
    if not os.path.lexists(source):
        viewer.controller.open([source])
        return
    mime = QMimeData()
    url = "file://" + quote(os.fsencode(os.path.abspath(source)))
    mime.setData("text/uri-list", url.encode())
    viewer.drop_mime(mime)


def opening_gap(viewer, outcome: Outcome, source: str) -> float:
    """Open a source, and return the window's longest silence meanwhile, in seconds."""
    outcome.forget()
    heart = Heartbeat()
    give(viewer, source)
    viewer.qtbot.waitUntil(lambda: outcome.is_there)
    return heart.longest


def faults(made, outcome) -> list[str]:
    """Say what is not as it should be of what the window made of a picture."""
    if outcome.words:
        return list(wrong_sentence(made, outcome.words))
    picture = outcome.picture
    result = {
        **{"name": picture.name, "notes": picture.notes, "size": picture.size},
        **{"pixels": picture.pixels},
    }
    return list(wrong_picture(made, result))


def is_for_others(made) -> bool:
    """Tell whether root reads it all the same, or the window lists it as a folder."""
    unreadable = made.refused == "permissions" and os.geteuid() == 0
    return unreadable or os.path.isdir(made.source)


# Bombs take as long as all other subjects together.
TRIED = [
    pytest.param(subject, marks=[pytest.mark.long] if subject == "bombs" else [])
    for subject in SUBJECTS
]


@pytest.mark.parametrize("subject", TRIED)
def test_odd_pictures_in_the_window(viewer, tmp_path, subject):
    outcome, wrong, longest, tried = Outcome(viewer.controller), {}, 0.0, 0
    for n, case in enumerate(SUBJECTS[subject]):
        folder = Path(tmp_path, str(n))
        folder.mkdir()
        made = case.make(folder)
        if is_for_others(made):
            continue
        gap = opening_gap(viewer, outcome, made.source)
        if gap > LONGEST_GAP_S:  # the machine may have been busy with other things
            gap = opening_gap(viewer, outcome, made.source)
        longest, tried = max(longest, gap), tried + 1
        found = faults(made, outcome)
        if found:
            wrong[case.name] = found
        said = " ".join(outcome.words.split())
        assert viewer.window.notice.label.text().startswith(said[:60])
    viewer.controller.step(-len(SUBJECTS[subject]))
    withstand.record(
        "pictures in the window",
        tried=tried,
        expected=tried - len(wrong),
        worst_s=longest,
    )
    assert not wrong
    assert longest <= LONGEST_GAP_S
