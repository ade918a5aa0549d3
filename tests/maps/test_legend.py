"""The colour bar's numbers and colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.painting import style
from vitviewer.geometry import Geometry
from vitviewer.maps.colormaps import FLAT_INDEX, lookup_table
from vitviewer.maps.compose import compose
from vitviewer.maps.legend import bar_pixels, percent, position, ticks
from vitviewer.maps.state import Alpha, Interpolation

VIRIDIS = style(Interpolation.NEAREST, opacity=1.0, colormap="bids:viridis")


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.0, 0.05, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (0.00013, 0.0175, [0.00013, 0.005, 0.01, 0.015, 0.0175]),
        (-0.3, 0.31, [-0.3, -0.2, 0, 0.2, 0.31]),
        (0.95, 1.0, [0.95, 0.96, 0.97, 0.98, 0.99, 1.0]),
    ],
)
def test_ticks_are_the_ends_and_round_values_between(lo, hi, expected):
    np.testing.assert_allclose(ticks(lo, hi), expected, atol=1e-12)


def test_ticks_keep_their_distance_over_many_ranges():
    rng = np.random.default_rng(0)
    for exponent in range(-9, 3):
        for lo, width in rng.random((50, 2)):
            hi = (lo + width + 0.01) * 10.0**exponent
            low = lo * 10.0**exponent
            places = [position(value, low, hi) for value in ticks(low, hi)]
            assert (places[0], places[-1]) == (0.0, 1.0)
            assert 2 <= len(places) <= 7
            assert min(np.diff(places)) > 0.05


@pytest.mark.parametrize("value", [0.0, 0.005, -1.0])
def test_range_without_contrast_is_one_value(value):
    assert ticks(value, value) == [value]
    assert position(value, value, value) == 0.5


def test_position_stays_on_the_bar():
    assert position(-1.0, 0.0, 2.0) == 0.0
    assert position(0.5, 0.0, 2.0) == 0.25
    assert position(3.0, 0.0, 2.0) == 1.0


@pytest.mark.parametrize(
    ("value", "span", "text"),
    [
        (0.0, 1.0, "0 %"),
        (0.5, 1.0, "50 %"),
        (0.012, 0.05, "1.2 %"),
        (0.0175, 0.0174, "1.75 %"),
        (0.2, 0.6, "20 %"),
        (0.0000123, 0.00002, "0.00123 %"),
        (0.00512, 0.0, "0.51 %"),
        (1e-12, 1e-12, "0.000000 %"),
    ],
)
def test_percent_has_the_digits_that_the_scale_calls_for(value, span, text):
    assert percent(value, span) == text


def test_neighbouring_ticks_read_differently():
    for lo, hi in ((0.0, 0.05), (0.1, 0.1003), (0.0, 1e-5), (0.004, 0.9)):
        numbers = [percent(value, hi - lo) for value in ticks(lo, hi)]
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("alpha", list(Alpha))
@pytest.mark.parametrize("opacity", [1.0, 0.85, 0.0])
def test_bar_is_what_the_map_looks_like_over_middle_grey(alpha, opacity):
    chosen = replace(VIRIDIS, alpha=alpha, opacity=opacity)
    values = np.linspace(0, 1, 256, dtype=np.float32)[None]
    under = np.full((1, 256, 3), 128, np.uint8)
    geometry = Geometry((256, 1), (256, 1), (0, 0), (256, 1), (1, 1))
    shown = compose(under, values, geometry, chosen)
    bar = bar_pixels(chosen)
    assert bar.shape == (1, 256, 3)
    assert np.abs(bar.astype(int) - shown).max() <= 1


def test_bar_of_signed_values_is_grey_in_its_middle_and_differs_at_its_ends():
    chosen = replace(VIRIDIS, alpha=Alpha.RISING, colormap="ember-and-ice", signed=True)
    bar = bar_pixels(replace(chosen, lo=-1.0))[0].astype(int)
    assert np.abs(bar[127:129] - 128).max() <= 1
    assert bar[-1, 0] - bar[-1, 2] > 100  # warm speaks for
    assert bar[0, 2] - bar[0, 0] > 100  # cool against


def test_bar_of_a_flat_map_has_the_color_that_the_map_is_drawn_in():
    bar = bar_pixels(replace(VIRIDIS, lo=0.5, hi=0.5))
    assert np.all(bar == lookup_table("bids:viridis")[FLAT_INDEX, :3])
