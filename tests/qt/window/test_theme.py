"""A theme that is chosen looks like one that the program was started in."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from tests.qt.looks.contrast import TEXT, contrast_in
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.qt.looks import theme


@pytest.fixture
def app(qapp):
    """The application, which looks afterwards as it did before."""
    yield qapp
    theme.apply(qapp, "system")


@pytest.fixture
def cat(tmp_path, chelsea):
    return save_picture(tmp_path, "cat.png", chelsea)


def opened(qtbot, model, cat, notice=""):
    viewer = make_viewer(qtbot, model)
    viewer.open(cat)
    viewer.qtbot.waitUntil(lambda: not viewer.window.status.engine.cancel.isVisible())
    if notice:
        viewer.controller.noticed.emit(notice)
    return viewer


def contrast(widget: QWidget) -> float:
    """Return the contrast of a widget's words and the ground that they are on."""
    window = widget.window()
    seen = widget.visibleRegion().boundingRect()
    corner = widget.mapTo(window, seen.topLeft())
    rows, columns = (
        slice(start, start + length)
        for start, length in (
            (corner.y(), seen.height()),
            (corner.x(), seen.width()),
        )
    )
    return contrast_in(grab(window)[rows, columns])


def is_seen(widget: QWidget) -> bool:
    seen = widget.visibleRegion().boundingRect()
    return seen.height() > widget.fontMetrics().ascent() and seen.width() > 4


def settled(viewer) -> np.ndarray:
    """Return the window's pixels when nothing in it changes any more.

    How long the model took is another number each time.
    """
    viewer.window.status.place.setText("")
    viewer.qtbot.waitUntil(
        lambda: np.array_equal(grab(viewer.window), grab(viewer.window))
    )
    return grab(viewer.window)


NOTICES = {"none": "", "a notice": "That is neither a picture nor a file."}


@pytest.mark.parametrize("notice", NOTICES)
@pytest.mark.parametrize("switches", [1, 2, 3])
def test_a_window_after_switching_is_one_started_so(
    app, qtbot, tiny_vit, cat, switches, notice
):
    last = ("dark", "light")[switches % 2]
    theme.apply(app, last)
    started = opened(qtbot, tiny_vit, cat, NOTICES[notice])
    wanted = settled(started)
    close_viewer(started)
    theme.apply(app, "dark")
    switched = opened(qtbot, tiny_vit, cat, NOTICES[notice])
    for n in range(switches):
        switched.window.menus.actions.choose_theme(("light", "dark")[n % 2])
    got = settled(switched)
    close_viewer(switched)
    assert got.shape == wanted.shape
    where = np.argwhere((got != wanted).any(axis=2))
    assert not len(where), (where.min(axis=0), where.max(axis=0))


@pytest.mark.parametrize("last", theme.THEMES)
def test_every_text_can_be_read_after_switching(app, qtbot, tiny_vit, cat, last):
    theme.apply(app, next(t for t in theme.THEMES if t != last))
    viewer = opened(qtbot, tiny_vit, cat, NOTICES["a notice"])
    viewer.window.menus.actions.choose_theme(last)
    settled(viewer)
    texts = [
        w
        for kind in (QLabel, QLineEdit, QAbstractButton)
        for w in viewer.window.findChildren(kind)
        if w.isEnabled() and w.text().strip(" –") and is_seen(w)
    ]
    assert len(texts) > 20
    faint = {w.text(): contrast(w) for w in texts if contrast(w) < TEXT}
    close_viewer(viewer)
    assert faint == {}
