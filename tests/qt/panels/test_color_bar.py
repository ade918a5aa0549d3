"""The colour bar: its pixels and words, and its ends, which can be dragged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics

from tests.qt.window_kit import grab
from vitviewer.maps.legend import bar_pixels
from vitviewer.maps.state import Interpolation
from vitviewer.maps.style import OverlayStyle
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.panels.color_bar import ColorBar

LEFT = Qt.MouseButton.LeftButton
STYLE = OverlayStyle("bids:viridis", 1.0, Interpolation.NEAREST, 0.0, 0.02)


@pytest.fixture
def bar(qtbot):
    bar = ColorBar()
    bar.setStyleSheet("background: #222222")
    qtbot.addWidget(bar)
    bar.resize(272, bar.sizeHint().height())
    bar.show_range(STYLE, "this map")
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def middle(bar) -> int:
    """Return a row of pixels within the gradient."""
    return QFontMetrics(font("small")).height() + 4 + 6 + 6


def gradient(bar) -> np.ndarray:
    """Return the row of pixels through the middle of the gradient."""
    return grab(bar)[middle(bar)].astype(int)


def table(style=STYLE) -> np.ndarray:
    return bar_pixels(replace(style, opacity=1.0))[0, :, :3].astype(int)


@pytest.mark.parametrize("width", [160, 272, 448])
def test_gradient_runs_through_the_whole_table_from_left_to_right(bar, width):
    bar.resize(width, bar.height())
    at = np.linspace(0, 255, width).round().astype(int)
    shown, wanted = gradient(bar), table()[at]
    assert np.abs(shown - wanted)[2:-2].max() <= 8
    for end, there in ((shown[2], table()[:6]), (shown[-3], table()[-6:])):
        assert np.abs(there - end).max(axis=1).min() <= 4


def test_the_opacity_does_not_change_it(bar):
    before = gradient(bar)
    bar.show_range(replace(STYLE, opacity=0.2), "this map")
    np.testing.assert_array_equal(gradient(bar), before)


def test_another_colormap_is_shown(bar):
    before = gradient(bar)
    bar.show_range(replace(STYLE, colormap="matlab:gray"), "this map")
    assert np.abs(gradient(bar) - before).max() > 50


@pytest.mark.parametrize(("value", "part"), [(0.005, 0.25), (0.015, 0.75), (9.0, 1.0)])
def test_marker_points_at_the_value(bar, value, part):
    plain = grab(bar)
    bar.set_marker(value)
    columns = np.flatnonzero((grab(bar) != plain).any(axis=(0, 2)))
    left, right = max(part * 272 - 4, 0), min(part * 272 + 4, 271)
    assert abs(columns[0] - left) <= 1.5
    assert abs(columns[-1] - right) <= 1.5
    bar.set_marker(None)
    np.testing.assert_array_equal(grab(bar), plain)


def test_numbers_change_with_the_range_and_the_height_does_not(bar):
    plain, height = grab(bar), bar.sizeHint().height()
    bar.show_range(replace(STYLE, hi=0.0213), "layer 12")
    assert (grab(bar)[middle(bar) + 8 :] != plain[middle(bar) + 8 :]).any()
    for style in (None, replace(STYLE, hi=1e-9), replace(STYLE, lo=-1.0, hi=1.0)):
        bar.show_range(style, "a scale with a very long name indeed" * 3, "logits")
        assert bar.sizeHint().height() == bar.minimumSizeHint().height() == height
        grab(bar)


def test_bar_says_its_range_in_words(bar):
    assert bar.accessibleName() == "Colour bar"
    words = "Share of the attention, 0 % to 2.00 %, this map"
    assert bar.accessibleDescription() == words
    bar.show_range(replace(STYLE, lo=-3.0, hi=3.0), "this map", "logits")
    assert bar.accessibleDescription() == "Logits, -3 to 3, this map"
    bar.show_range(None)
    assert bar.accessibleDescription() == ""
    assert bar.toolTip() == ""


def test_an_empty_bar_is_a_groove(bar):
    bar.show_range(None)
    groove = color("line").getRgb()[:3]
    assert (np.abs(gradient(bar)[2:-2] - groove) <= 1).all()
    assert len(np.unique(grab(bar)[: middle(bar) - 8].reshape(-1, 3), axis=0)) == 1


def caption_width(bar, caption: str) -> int:
    """Return how wide the words at the right of the caption are."""
    bar.show_range(STYLE, caption)
    line = grab(bar)[: QFontMetrics(font("small")).height(), 150:].astype(int)
    marked = np.flatnonzero((np.abs(line - line[0, 0]) > 40).any(axis=(0, 2)))
    return int(marked[-1] - marked[0])


def test_markup_is_drawn_letter_by_letter(bar):
    plain = caption_width(bar, "i")
    assert caption_width(bar, "<b>i</b>") > plain + 20
    assert caption_width(bar, "&lt;") > plain + 8


# --- dragging -------------------------------------------------------------------------


@pytest.fixture
def drawn(bar):
    """The ranges that a bar was drawn to; each one is shown, as the panel does."""
    ranges = []

    def show(lo: float, hi: float) -> None:
        ranges.append((lo, hi))
        bar.show_range(replace(bar.style_shown, lo=lo, hi=hi), "fixed")

    bar.dragged.connect(show)
    return ranges


def drag(qtbot, bar, start: int, *stops: int) -> None:
    at = middle(bar)
    qtbot.mousePress(bar, LEFT, pos=QPoint(start, at))
    for stop in stops:
        qtbot.mouseMove(bar, QPoint(stop, at))
    qtbot.mouseRelease(bar, LEFT, pos=QPoint(stops[-1], at))


def test_each_end_follows_the_pointer(qtbot, bar, drawn):
    drag(qtbot, bar, 271, 200, 136)
    assert drawn[-1] == pytest.approx((0.0, 0.01), abs=1e-4)
    bar.show_range(STYLE, "this map")
    drag(qtbot, bar, 0, 30, 68)
    assert drawn[-1] == pytest.approx((0.005, 0.02), abs=1e-4)


def test_an_end_can_be_drawn_beyond_but_not_past_the_other(qtbot, bar, drawn):
    drag(qtbot, bar, 271, 408)
    assert drawn[-1] == pytest.approx((0.0, 0.03), abs=2e-4)
    bar.show_range(STYLE, "this map")
    drag(qtbot, bar, 271, -500)
    lo, hi = drawn[-1]
    assert lo == 0.0
    assert 0 < hi < 0.001


def test_a_signed_range_stays_about_zero(qtbot, bar, drawn):
    bar.show_range(replace(STYLE, lo=-2.0, hi=2.0), "this map", "logits")
    drag(qtbot, bar, 271, 204)
    assert drawn[-1] == pytest.approx((-1.0, 1.0), abs=0.02)


def test_what_is_no_end_is_not_held(qtbot, bar, drawn):
    drag(qtbot, bar, 136, 200)
    bar.show_range(replace(STYLE, lo=0.01, hi=0.01), "this map")  # no contrast
    drag(qtbot, bar, 0, 100)
    bar.show_range(None)
    drag(qtbot, bar, 271, 100)
    assert drawn == []


def test_a_double_click_lets_the_range_follow_the_map(qtbot, bar):
    with qtbot.waitSignal(bar.reset):
        qtbot.mouseDClick(bar, LEFT, pos=QPoint(100, middle(bar)))
