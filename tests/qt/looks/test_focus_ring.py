"""The keyboard's focus has a ring round it that can be seen; a click's has none."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.qt.looks import roles, theme
from vitviewer.qt.looks.focus_ring import Ring, outermost


class Custom(QWidget):
    """A control that paints itself and knows nothing of rings."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(20)


KINDS = {
    "button": lambda: QPushButton("Button"),
    "tool button": QToolButton,
    "check box": lambda: QCheckBox("Check"),
    "slider": lambda: QSlider(Qt.Orientation.Horizontal),
    "field": QLineEdit,
    "combo box": QComboBox,
    "editable combo box": lambda: editable(),
    "number": QSpinBox,
    "custom": Custom,
}


def editable() -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    return box


@pytest.fixture(params=theme.THEMES, autouse=True)
def app(request, qapp):
    theme.apply(qapp, request.param)
    yield qapp
    theme.apply(qapp, "system")


@pytest.fixture
def form(qtbot):
    """A window with one control of each kind, below a button that has the focus."""
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.setSpacing(12)
    window.first = QPushButton("First")
    for widget in (window.first, *(make() for make in KINDS.values())):
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column.addWidget(widget)
    with qtbot.waitActive(window):
        window.show()
    window.first.setFocus()
    return window


def shown_rings(window: QWidget) -> list[Ring]:
    return [ring for ring in window.findChildren(Ring) if ring.isVisible()]


def ring_pixels(window: QWidget, widget: QWidget) -> np.ndarray:
    """Return which pixels within 5 px of a widget have the colour of rings."""
    place = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
    place = place.adjusted(-5, -5, 5, 5) & window.rect()
    pixels = grab(window)[
        place.top() : place.bottom() + 1, place.left() : place.right() + 1
    ]
    return (np.abs(pixels.astype(int) - roles.color("link").getRgb()[:3]) < 8).all(-1)


def has_ring(window: QWidget, widget: QWidget) -> bool:
    """Whether there is a ring on all four sides of a widget."""
    found = ring_pixels(window, widget)
    quarter_x, quarter_y = found.shape[1] // 4, found.shape[0] // 4
    middle_x = slice(quarter_x, -quarter_x or None)
    middle_y = slice(quarter_y, -quarter_y or None)
    sides = (found[:6, middle_x].T, found[-6:, middle_x].T)
    sides += (found[middle_y, :6], found[middle_y, -6:])
    return all(side.any(axis=1).mean() > 0.9 for side in sides)


def test_tab_shows_a_ring_round_each_control_in_turn(qtbot, form):
    seen = []
    for _ in KINDS:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        widget = outermost(QApplication.focusWidget())
        seen.append(type(widget).__name__)
        qtbot.waitUntil(lambda widget=widget: has_ring(form, widget))
        assert len(shown_rings(form)) == 1
    assert len(seen) == len(KINDS)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert len(shown_rings(form)) == 1


@pytest.mark.parametrize("at", range(len(KINDS)), ids=KINDS)
def test_a_click_shows_none(qtbot, form, at):
    widget = form.layout().itemAt(at + 1).widget()
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center())
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    assert shown_rings(form) == []
    assert not ring_pixels(form, widget)[:3].any()


def test_the_ring_goes_when_the_mouse_takes_over(qtbot, form):
    qtbot.keyClick(form.first, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    assert has_ring(form, focused)
    qtbot.mouseClick(focused, Qt.MouseButton.LeftButton)
    assert shown_rings(form) == []
    qtbot.keyClick(focused, Qt.Key.Key_Tab)
    qtbot.mouseClick(form.first, Qt.MouseButton.LeftButton)
    assert shown_rings(form) == []


def test_focus_that_the_program_sets_has_none(qtbot, form):
    form.layout().itemAt(3).widget().setFocus()
    assert shown_rings(form) == []


def test_the_ring_follows_what_it_is_round(qtbot, form):
    qtbot.keyClick(form.first, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    form.resize(form.width() + 150, form.height() + 60)
    qtbot.waitUntil(lambda: has_ring(form, focused))
    focused.hide()
    assert not any(ring.target is focused for ring in shown_rings(form))


def test_the_ring_comes_back_with_the_window(qtbot, form):
    qtbot.keyClick(form.first, Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    other = QWidget()
    qtbot.addWidget(other)
    with qtbot.waitActive(other):
        other.show()
        other.activateWindow()
    assert shown_rings(form) == []
    form.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is focused)
    assert has_ring(form, focused)


def test_a_ring_is_whole_at_the_windows_edge_and_where_it_is_scrolled(qtbot):
    window, inner, area = QWidget(), QWidget(), QScrollArea()
    qtbot.addWidget(window)
    column, rows = QVBoxLayout(window), QVBoxLayout(inner)
    for layout in (column, rows):
        layout.setContentsMargins(0, 0, 0, 0)
    first = QPushButton("At the edge")
    column.addWidget(first)
    many = [QPushButton(str(n)) for n in range(20)]
    for button in many:
        rows.addWidget(button)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    column.addWidget(area)
    window.resize(240, 300)
    with qtbot.waitActive(window):
        window.show()
    many[-1].setFocus()
    qtbot.keyClick(many[-1], Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is first
    (ring,) = shown_rings(window)
    assert window.rect().contains(ring.geometry())
    assert ring.geometry().contains(first.geometry())
    qtbot.keyClick(first, Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is many[-1]
    (ring,) = shown_rings(window)
    around = area.geometry().adjusted(-4, -4, 4, 4)
    assert around.contains(ring.geometry())
    area.verticalScrollBar().setValue(0)
    assert shown_rings(window) == []


def test_everything_in_the_window_that_takes_tab_has_a_ring(
    app, qtbot, tiny_vit, tmp_path, chelsea
):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    window = viewer.window
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is viewer.canvas)
    seen: list[QWidget] = []
    for _ in range(60):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        (ring,) = shown_rings(window)
        assert ring.target is outermost(widget)
        pixels = grab(window)
        place = ring.geometry()
        for x in (place.left() + place.width() // 2,):
            for y in (place.top(), place.bottom()):
                close = pixels[y, x].astype(int) - roles.color("link").getRgb()[:3]
                assert np.abs(close).max() < 8, widget
    close_viewer(viewer)
    assert len(seen) > 5
