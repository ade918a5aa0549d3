"""The colour bar's pixels and words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vitviewer.qt.canvas.color_bar import ColorBar

from tests.painting import style
from tests.qt.window_kit import grab
from vitviewer.maps.colormaps import FLAT_INDEX, lookup_table
from vitviewer.maps.state import Alpha, Interpolation

FULL = style(Interpolation.SMOOTH, opacity=1.0, colormap="bids:viridis")


@pytest.fixture
def bar(qtbot):
    bar = ColorBar()
    qtbot.addWidget(bar)
    bar.resize(bar.width(), 400)
    bar.set_style(FULL)
    bar.set_range(0.0, 0.02, "this map")
    bar.show()
    return bar


def gradient(pixels: np.ndarray) -> np.ndarray:
    """Return the column of pixels through the middle of the gradient."""
    column = pixels[:, 22].astype(int)
    paper = column[0]
    inside = np.flatnonzero(np.abs(column - paper).sum(axis=-1) > 6)
    inside = inside[inside > 28]  # below the caption
    return column[inside[0] : inside[-1] + 1]


def test_gradient_runs_through_the_whole_table(bar):
    column = gradient(grab(bar))
    table = lookup_table("bids:viridis", 1.0)[::-1, :3].astype(int)
    at = np.linspace(0, 255, len(column)).round().astype(int)
    assert len(column) > 330
    assert np.abs(column - table[at]).max() <= 6


def test_flat_map_has_a_flat_bar(bar):
    bar.set_range(0.005, 0.005, "this map")
    column = gradient(grab(bar))
    flat = lookup_table("bids:viridis", 1.0)[FLAT_INDEX, :3]
    assert np.abs(column - flat).max() <= 1
    bar.set_range(0.0, 0.005, "this map")
    assert len(np.unique(gradient(grab(bar)), axis=0)) > 100


def test_bar_that_rises_is_middle_grey_at_the_bottom(bar):
    bar.set_style(replace(FULL, alpha=Alpha.RISING))
    column = gradient(grab(bar))
    assert np.abs(column[-10:] - 128).max() <= 3
    assert np.abs(column[2] - lookup_table("bids:viridis")[255, :3]).max() < 12


def test_marker_points_at_the_value(bar):
    plain = grab(bar)
    for value, part in ((0.005, 0.25), (0.015, 0.75), (9.0, 1.0)):
        bar.set_marker(value)
        rows = np.flatnonzero((grab(bar) != plain)[:, :14].any(axis=(1, 2)))
        top = 400 - 12 - len(gradient(plain))
        height = 388 - part * (388 - top)
        assert abs((rows[0] + rows[-1]) / 2 - height) <= 2.0
    bar.set_marker(None)
    np.testing.assert_array_equal(grab(bar), plain)


def test_numbers_change_with_the_range_and_the_width_does_not(bar):
    plain, width = grab(bar), bar.width()
    bar.set_range(0.0, 0.0213, "layer 12")
    assert (grab(bar)[:, 40:] != plain[:, 40:]).any()
    bar.set_range(0.0, 1e-9, "a scale with a very long name indeed")
    assert bar.width() == width == grab(bar).shape[1]


def test_bar_says_its_range_in_words(bar):
    assert bar.accessibleName() == "Colour bar"
    assert bar.accessibleDescription() == "this map: 0 % to 2.00 %"
    bar.set_range(0.0, 0.0, "")
    assert bar.accessibleDescription() == ""
    assert len(np.unique(grab(bar).reshape(-1, 3), axis=0)) == 1


def test_caption_is_not_read_as_html(bar):
    bar.set_range(0.0, 0.02, "<b>x</b>")
    rich = grab(bar)
    bar.set_range(0.0, 0.02, "x")
    assert (grab(bar)[:24] != rich[:24]).any()


@pytest.mark.parametrize("height", [120, 400, 641])
def test_last_color_is_on_top_and_the_first_at_the_bottom(bar, height):
    bar.resize(bar.width(), height)
    column = gradient(grab(bar))
    table = lookup_table("bids:viridis", 1.0)[:, :3].astype(int)
    share = -(-256 // len(column))  # so many colours share a pixel
    assert np.abs(column[0] - table[-share:]).max(axis=1).min() <= 1
    assert np.abs(column[-1] - table[:share]).max(axis=1).min() <= 1


def test_layout_cannot_change_the_width(bar):
    assert bar.minimumWidth() == bar.maximumWidth() == bar.sizeHint().width()


def caption_width(bar, caption: str) -> int:
    bar.set_range(0.0, 0.02, caption)
    pixels = grab(bar)[: 4 + bar.fontMetrics().height()].astype(int)
    marked = np.flatnonzero((np.abs(pixels - pixels[0, 0]) > 40).any(axis=(0, 2)))
    return int(marked[-1] - marked[0])


def test_markup_is_drawn_letter_by_letter(bar):
    plain = caption_width(bar, "i")
    assert caption_width(bar, "<b>i</b>") > plain + 20
    assert caption_width(bar, "&lt;") > plain + 8
