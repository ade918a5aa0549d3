"""A notice lies over the canvas: it moves nothing and takes only its own place."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.qt.looks import roles, theme
from vitviewer.qt.window.notice_bar import NoticeBar, Offer

SHORT = "“scan 0113.tif” ends after 41 % of its pixels; the rest is missing."
LONG = " ".join([SHORT] * 5)
WORD = "/a/very/long/path" * 20


@pytest.fixture(autouse=True)
def dark(qapp):
    theme.apply(qapp, "dark")
    yield
    theme.apply(qapp, "system")


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


def places(viewer) -> list:
    """Return where everything is but the notice."""
    notice = viewer.window.notice
    return [
        (widget, widget.geometry())
        for widget in viewer.window.findChildren(QWidget)
        if widget.isVisible() and not (widget is notice or notice.isAncestorOf(widget))
    ]


@pytest.mark.parametrize("sentence", [SHORT, LONG, WORD], ids=len)
def test_nothing_moves_when_it_comes_and_goes(viewer, sentence):
    viewer.qtbot.waitUntil(lambda: not viewer.window.status.engine.cancel.isVisible())
    before = places(viewer)
    transform = viewer.canvas.transform()
    viewer.controller.noticed.emit(sentence)
    notice = viewer.window.notice
    assert notice.isVisible()
    QApplication.processEvents()
    assert places(viewer) == before
    notice.hide()
    QApplication.processEvents()
    assert places(viewer) == before
    assert viewer.canvas.transform() == transform


@pytest.mark.parametrize("sentence", [SHORT, LONG, WORD], ids=len)
@pytest.mark.parametrize("width", [700, 1000])
def test_it_is_8_px_from_the_edges_and_as_high_as_its_words(qtbot, sentence, width):
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(width, 500)
    notice = NoticeBar(parent)
    with qtbot.waitExposed(parent):
        parent.show()
    offers = (Offer("Copy details", print), Offer("Show what is there", print))
    notice.show_notice(sentence, *offers)
    place = notice.geometry()
    assert (place.left(), place.top(), place.width()) == (8, 8, width - 16)
    label = notice.label
    assert label.height() >= label.heightForWidth(label.width())
    room = max(label.heightForWidth(label.width()), notice.button.height())
    assert place.height() <= room + 10
    parent.resize(width + 200, 500)
    assert notice.width() == width + 184


def test_a_wheel_and_the_pointer_below_it_are_the_canvas_own(viewer):
    window, canvas = viewer.window, viewer.canvas
    viewer.controller.noticed.emit(SHORT)
    notice = window.notice
    below = notice.mapTo(window, QPoint(notice.width() // 2, notice.height() + 3))
    assert canvas.isAncestorOf(window.childAt(below))
    inside = notice.mapTo(window, QPoint(4, notice.height() // 2))
    assert window.childAt(inside) is notice
    scale = canvas.transform().m11()
    for widget, is_zoomed in ((notice, False), (canvas.viewport(), True)):
        turn_wheel(widget)
        assert (canvas.transform().m11() != scale) == is_zoomed


def turn_wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_it_goes_with_its_picture_unless_it_offers_something(viewer, tmp_path, chelsea):
    notice = viewer.window.notice
    viewer.controller.noticed.emit(SHORT)
    viewer.open(save_picture(tmp_path, "second.png", chelsea[::-1].copy()))
    assert not notice.isVisible()
    notice.show_notice(SHORT, Offer("Show", print))
    viewer.open(save_picture(tmp_path, "third.png", chelsea[:, ::-1].copy()))
    assert notice.isVisible()


def test_two_offers_do_what_they_say(qtbot):
    parent, done = QWidget(), []
    qtbot.addWidget(parent)
    notice = NoticeBar(parent)
    parent.show()
    offers = [Offer(n, lambda n=n: done.append(n)) for n in ("one", "two", "three")]
    notice.show_notice(SHORT, *offers)
    assert (notice.button.text(), notice.second.text()) == ("one", "two")
    notice.button.click()
    notice.second.click()
    assert done == ["one", "two"]
    notice.show_notice(SHORT, None)
    assert not notice.button.isVisible()
    assert not notice.second.isVisible()


def test_it_is_in_the_colours_of_notices(viewer):
    viewer.controller.noticed.emit(SHORT)
    pixels = grab(viewer.window.notice)
    for role, least in (("notice", 0.7), ("on_notice", 0.002), ("warn", 0.001)):
        wanted = roles.color(role).getRgb()[:3]
        found = (np.abs(pixels.astype(int) - wanted) < 10).all(-1).mean()
        assert found > least, (role, found)


def test_it_is_announced(viewer, monkeypatch):
    told = []
    update = QAccessible.updateAccessibility
    monkeypatch.setattr(
        QAccessible,
        "updateAccessibility",
        lambda event: (told.append(event.message()), update(event)),
    )
    viewer.window.notice.show_notice(SHORT)
    assert told == [SHORT]
