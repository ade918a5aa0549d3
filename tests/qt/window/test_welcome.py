"""The empty window invites; its samples open with the models they were made for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.qt.controller import Controller
from vitviewer.qt.looks import roles, theme
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.centre import Centre
from vitviewer.qt.window.main_window import MainWindow
from vitviewer.qt.window.welcome import Welcome


@pytest.fixture(autouse=True)
def dark(qapp):
    theme.apply(qapp, "dark")
    yield
    theme.apply(qapp, "system")


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    viewer.welcome = viewer.window.findChild(Welcome)
    viewer.centre = viewer.window.findChild(Centre)
    yield viewer
    close_viewer(viewer)


def sample(viewer, file: str):
    return next(b for b in viewer.welcome.samples if b.sample.path.name == file)


def test_samples_are_read_after_the_first_frame(qtbot):
    window = MainWindow(Controller(), Settings(), remember_layout=False)
    welcome = window.findChild(Welcome)
    read = []
    welcome.painted.connect(
        lambda: read.append([button.has_picture for button in welcome.samples])
    )
    with qtbot.waitSignal(window.furnished):
        window.show()
    assert read[0] == [False] * 5
    qtbot.waitUntil(lambda: all(button.has_picture for button in welcome.samples))
    window.close()
    assert window.stop(30_000)


def test_each_sample_shows_its_picture(viewer):
    viewer.qtbot.waitUntil(lambda: all(b.has_picture for b in viewer.welcome.samples))
    shown = [grab(button)[:88].astype(float) for button in viewer.welcome.samples]
    for i, one in enumerate(shown):
        assert one.std() > 10
        for other in shown[:i]:
            assert one.shape != other.shape or np.abs(one - other).max() > 50


FILES = {
    "star-and-triangle.png": "shapes",
    "ring.png": "shapes",
    "heart-with-mark.png": "shapes-shortcut",
    "heart-without-mark.png": "shapes-shortcut",
}


@pytest.mark.parametrize("file", FILES)
def test_a_sample_opens_with_the_model_that_it_was_made_for(viewer, file):
    viewer.qtbot.mouseClick(sample(viewer, file), Qt.MouseButton.LeftButton)
    viewer.wait_for_map(file)
    assert viewer.controller.model.source == FILES[file]
    assert viewer.controller.picture.name == file


def test_a_model_that_is_there_is_not_loaded_again(viewer):
    viewer.controller.load_model("shapes")
    viewer.qtbot.waitUntil(lambda: viewer.controller.model is not None)
    before = viewer.controller.model
    viewer.qtbot.mouseClick(sample(viewer, "ring.png"), Qt.MouseButton.LeftButton)
    viewer.wait_for_map("ring.png")
    assert viewer.controller.model is before


def test_all_of_it_is_reached_by_the_keyboard_and_named(viewer):
    buttons = viewer.welcome.findChildren(QAbstractButton)
    names = [button.accessibleName() for button in buttons]
    assert {"Open", "Paste", "Sample, ring", "Sample, with the mark"} <= set(names)
    assert all(names)
    assert len(set(names)) == len(names) == 7
    seen = set()
    viewer.welcome.open.setFocus()
    for _ in range(7):
        seen.add(QApplication.focusWidget())
        viewer.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert seen == set(buttons)
    button = sample(viewer, "ring.png")
    button.setFocus()
    viewer.qtbot.keyClick(button, Qt.Key.Key_Space)
    viewer.wait_for_map("ring.png")


def test_paste_opens_what_is_on_the_clipboard(viewer, tmp_path, chelsea):
    mime = QMimeData()
    path = save_picture(tmp_path, "cat.png", chelsea)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(mime)
    viewer.qtbot.mouseClick(viewer.welcome.paste, Qt.MouseButton.LeftButton)
    viewer.qtbot.waitUntil(lambda: viewer.controller.picture is not None)
    assert viewer.controller.picture.name == "cat.png"


def frame_share(viewer) -> float:
    """Return how much of the canvas' edge has the colour of links."""
    pixels = grab(viewer.centre).astype(int)
    edge = np.concatenate([pixels[:2].reshape(-1, 3), pixels[-2:].reshape(-1, 3)])
    return float((np.abs(edge - roles.color("link").getRgb()[:3]) < 8).all(-1).mean())


def drag_in(viewer, mime: QMimeData) -> None:
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(50, 50), copy, mime, left, none)
    QApplication.sendEvent(viewer.window, event)


def test_a_drag_frames_the_canvas_until_it_leaves_or_drops(viewer, tmp_path, chelsea):
    mime = QMimeData()
    path = save_picture(tmp_path, "cat.png", chelsea)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    assert frame_share(viewer) == 0
    drag_in(viewer, mime)
    assert frame_share(viewer) > 0.99
    QApplication.sendEvent(viewer.window, QDragLeaveEvent())
    assert frame_share(viewer) == 0
    drag_in(viewer, mime)
    viewer.drop_mime(mime)
    assert frame_share(viewer) == 0


def test_what_cannot_be_opened_gets_no_frame(viewer):
    mime = QMimeData()
    mime.setData("application/x-unknown", b"1")
    drag_in(viewer, mime)
    assert frame_share(viewer) == 0


def test_nothing_moves_while_something_is_dragged(viewer):
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    before = [w.geometry() for w in viewer.welcome.findChildren(QAbstractButton)]
    drag_in(viewer, mime)
    after = [w.geometry() for w in viewer.welcome.findChildren(QAbstractButton)]
    assert before == after
    middle = viewer.centre.rect().center()
    assert viewer.centre.childAt(middle) is not viewer.centre.drop_frame
