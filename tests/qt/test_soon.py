"""What is due once comes before the painting; a step of a scrub paints the map once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel

from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.qt.soon import Soon
from vitviewer.queries import Fusion


class Counter(QObject):
    """Count the events of one kind that an object gets."""

    def __init__(self, watched: QObject, kind: QEvent.Type) -> None:
        super().__init__()
        self.count = 0
        self._kind = kind
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == self._kind
        return False


def test_many_asks_are_one_call(qapp):
    calls: list[int] = []
    parent = QObject()
    soon = Soon(lambda: calls.append(1), parent)
    for _ in range(3):
        soon.ask("whatever an event tells")
    assert calls == []
    QCoreApplication.processEvents()
    assert calls == [1]
    soon.ask()
    QCoreApplication.processEvents()
    assert calls == [1, 1]


def test_what_is_withdrawn_is_not_called(qapp):
    calls: list[int] = []
    parent = QObject()
    soon = Soon(lambda: calls.append(1), parent)
    soon.ask()
    soon.withdraw()
    QCoreApplication.processEvents()
    assert calls == []


def test_it_comes_before_the_painting_that_is_due(qtbot):
    label = QLabel("before")
    qtbot.addWidget(label)
    label.show()
    qtbot.waitExposed(label)
    QCoreApplication.processEvents()
    painted = Counter(label, QEvent.Type.Paint)
    soon = Soon(lambda: label.setText("after"), label)
    label.setText("soon")
    soon.ask()
    for _ in range(3):
        QCoreApplication.processEvents()
    assert painted.count == 1
    assert label.text() == "after"


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Right])
def test_a_step_paints_the_map_once_and_lays_out_nothing(
    viewer, tmp_path, chelsea, key
):
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    painted = Counter(viewer.canvas.viewport(), QEvent.Type.Paint)
    layouts = Counter(viewer.window, QEvent.Type.LayoutRequest)
    viewer.state.fusion = Fusion.HEAD
    for _ in range(5):
        QCoreApplication.processEvents()
    painted.count = layouts.count = 0
    before = viewer.controller.shown
    step(viewer, key)
    for _ in range(5):
        QCoreApplication.processEvents()
    assert viewer.controller.shown is not before
    assert (painted.count, layouts.count) == (1, 0)


def step(viewer, key) -> None:
    """Press a key as the window system does: by an event that is waited for."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.postEvent(viewer.canvas, event)
