"""The line over the canvas: for long work, as far as that is; it moves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer, QPoint
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tests.qt.window_kit import grab
from vitviewer.jobs import Progress
from vitviewer.qt.looks import roles
from vitviewer.qt.widgets.progress_line import ProgressLine


@pytest.fixture
def line(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.inner = QWidget()
    QVBoxLayout(parent).addWidget(parent.inner)
    parent.resize(400, 200)
    line = ProgressLine(parent)
    with qtbot.waitExposed(parent):
        parent.show()
    line.held = parent
    return line


def filled(line) -> np.ndarray:
    """Return which columns are filled."""
    wanted = roles.color("accent").getRgb()[:3]
    return (np.abs(grab(line)[0].astype(int) - wanted) < 8).all(-1)


def test_it_comes_for_long_work_alone_and_moves_nothing(qtbot, line):
    parent = line.parentWidget()
    before = parent.inner.geometry()
    waited = QElapsedTimer()
    waited.start()
    line.show_activity("Working")
    assert not line.isVisible()
    qtbot.waitUntil(line.isVisible)
    assert waited.elapsed() >= 450  # a timer may be a little early
    assert (line.pos(), line.height(), line.width()) == (QPoint(), 2, 400)
    assert parent.inner.geometry() == before
    assert parent.childAt(200, 1) is not line
    parent.resize(500, 200)
    assert line.width() == 500
    line.show_activity("")
    assert not line.isVisible()


def test_work_that_ends_before_shows_nothing(qtbot, line):
    line.show_activity("Working")
    line.show_activity("")
    waited = QElapsedTimer()
    waited.start()
    qtbot.waitUntil(lambda: line.isVisible() or waited.elapsed() > 700)
    assert not line.isVisible()


@pytest.mark.parametrize(("done", "total"), [(1, 4), (2, 4), (4, 4), (9, 4)])
def test_it_is_filled_as_far_as_the_work_is(qtbot, line, done, total):
    line.show_activity("Working")
    qtbot.waitUntil(line.isVisible)
    line.show_progress(Progress(done, total, None))
    line.show_activity(f"Working {done} of {total}")
    assert abs(filled(line).mean() - min(done / total, 1)) < 0.01
    assert filled(line)[0]


def test_it_runs_along_while_nobody_knows_how_far_it_is(qtbot, line):
    line.show_activity("Working")
    qtbot.waitUntil(line.isVisible)
    seen = set()

    def moved() -> bool:
        seen.add(filled(line).tobytes())
        return len(seen) > 5

    qtbot.waitUntil(moved)
    line.show_progress(Progress(0, 0, None))
    assert line.share is None


def test_it_stands_still_where_nothing_is_to_move(qtbot, line):
    line.set_moves(False)
    line.show_activity("Working")
    qtbot.waitUntil(line.isVisible)
    waited = QElapsedTimer()
    waited.start()
    seen = set()

    def looked() -> bool:
        seen.add(filled(line).tobytes())
        return waited.elapsed() > 300

    qtbot.waitUntil(looked)
    assert len(seen) == 1
    assert filled(line).all()


def test_other_work_does_not_take_over_how_far_the_last_was(qtbot, line):
    line.show_activity("Working")
    qtbot.waitUntil(line.isVisible)
    line.show_progress(Progress(3, 4, 1.0))
    line.show_activity("Working 3 of 4")
    assert line.share == 0.75
    line.show_activity("Other work")
    assert line.share is None
