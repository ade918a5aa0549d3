"""Colours and the full-resolution overlay, against plain loops in float64."""

from __future__ import annotations

from dataclasses import replace
from math import floor

import cmap
import numpy as np
import pytest

from tests.painting import (
    GEOMETRIES,
    cropped,
    hot_patch,
    padded,
    painted_box,
    squashed,
    style,
)
from vitviewer.geometry import Geometry
from vitviewer.maps import compose as render
from vitviewer.maps.colormaps import COLORMAPS, DIVERGING, lookup_table
from vitviewer.maps.colors import colors
from vitviewer.maps.compose import DIMMED, compose
from vitviewer.maps.state import Alpha, Interpolation
from vitviewer.maps.style import is_flat

SMOOTH, NEAREST = Interpolation.SMOOTH, Interpolation.NEAREST


def whole(width: int, height: int, rows: int, cols: int) -> Geometry:
    """Return a geometry whose patches cover the whole picture."""
    size = (cols * 16, rows * 16)
    return Geometry((width, height), size, (0, 0), size, (16, 16))


def bilinear(values: np.ndarray, row: float, col: float) -> float:
    """Interpolate one point, in patch units, the long way round."""
    rows, cols = values.shape
    y = min(max(row - 0.5, 0.0), rows - 1.0)
    x = min(max(col - 0.5, 0.0), cols - 1.0)
    top, left = floor(y), floor(x)
    bottom, right = min(top + 1, rows - 1), min(left + 1, cols - 1)
    fy, fx = y - top, x - left
    upper = (1 - fx) * float(values[top, left]) + fx * float(values[top, right])
    lower = (1 - fx) * float(values[bottom, left]) + fx * float(values[bottom, right])
    return (1 - fy) * upper + fy * lower


def composed_slowly(pixels, values, geometry, chosen) -> np.ndarray:
    """Compose the seen pixels one by one in float64; the others are left at -1."""
    table = cmap.Colormap(chosen.colormap).lut(256)
    result = np.full(pixels.shape, -1.0)
    left, top, grid_width, grid_height = geometry.grid_rect
    for y, x in np.ndindex(pixels.shape[:2]):
        col = (x + 0.5 - left) / grid_width * geometry.cols
        row = (y + 0.5 - top) / grid_height * geometry.rows
        if not (0 <= row < geometry.rows and 0 <= col < geometry.cols):
            continue
        if chosen.interpolation is SMOOTH:
            value = bilinear(values, row, col)
        else:
            value = float(values[floor(row), floor(col)])
        share = min(max((value - chosen.lo) / (chosen.hi - chosen.lo), 0.0), 1.0)
        color = table[round(share * 255)][:3] * 255
        alpha = chosen.opacity
        result[y, x] = alpha * color + (1 - alpha) * pixels[y, x]
    return result


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize("geometry", GEOMETRIES[:5], ids=str)
def test_compose_agrees_with_a_plain_loop(geometry, interpolation):
    rng = np.random.default_rng(3)
    width, height = geometry.picture_size
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    values = rng.random((geometry.rows, geometry.cols), dtype=np.float32)
    chosen = style(interpolation, lo=0.1, hi=0.9)
    expected = composed_slowly(pixels, values, geometry, chosen)
    seen = expected[..., 0] >= 0
    got = compose(pixels, values, geometry, chosen)
    # Rounding the value to one of 256 colours may fall the other way by one step.
    assert np.abs(got - expected)[seen].max() < 4.0
    assert np.abs(got - expected)[seen].mean() < 0.3


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_hot_patch_covers_exactly_its_rectangle(geometry):
    width, height = geometry.picture_size
    pixels = np.full((height, width, 3), 90, dtype=np.uint8)
    chosen = style(NEAREST)
    cold = compose(pixels, hot_patch(geometry, None), geometry, chosen)
    for patch in ((0, 0), (geometry.rows // 2, 1), (geometry.rows - 1, 2)):
        hot = compose(pixels, hot_patch(geometry, patch), geometry, chosen)
        box = painted_box(hot, cold)
        x, y, w, h = geometry.patch_rect(*patch)
        x0, y0, x1, y1 = geometry.seen
        clipped = (max(x, x0), max(y, y0), min(x + w, x1), min(y + h, y1))
        if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
            assert box is None
        else:
            np.testing.assert_allclose(box, clipped, atol=0.5 + 1e-6)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_smooth_map_peaks_at_the_centre_of_its_patch(geometry):
    width, height = geometry.picture_size
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    patch = (geometry.rows // 2, geometry.cols // 2)
    values = hot_patch(geometry, patch)
    got = compose(pixels, values, geometry, style(SMOOTH, colormap="matlab:gray"))
    x0, y0, x1, y1 = (round(edge) for edge in geometry.seen)
    light = np.zeros((height, width))
    light[y0:y1, x0:x1] = got[y0:y1, x0:x1, 0]
    peak = np.argwhere(light == light.max()).mean(axis=0) + 0.5
    x, y, w, h = geometry.patch_rect(*patch)
    np.testing.assert_allclose(peak, (y + h / 2, x + w / 2), atol=1.0)


@pytest.mark.parametrize("opacity", [0.0, 0.3, 0.6, 1.0])
def test_blending_is_plain_alpha(chelsea, opacity):
    height, width, _ = chelsea.shape
    values = np.ones((2, 2), dtype=np.float32)
    chosen = style(NEAREST, opacity=opacity)
    got = compose(chelsea, values, whole(width, height, 2, 2), chosen)
    *color, alpha = lookup_table(chosen.colormap, opacity)[255].astype(float)
    exact = alpha / 255 * np.array(color) + (1 - alpha / 255) * chelsea
    assert np.abs(got - exact).max() <= 0.5 + 1e-9
    assert abs(alpha / 255 - opacity) <= 0.5 / 255


def test_unseen_pixels_are_dimmed_and_hatched():
    geometry = Geometry((400, 200), (448, 224), (112, 0), (224, 224), (16, 16))
    pixels = np.full((200, 400, 3), 100, dtype=np.uint8)
    got = compose(pixels, np.ones((14, 14), np.float32), geometry, style(NEAREST))
    unseen = np.concatenate([got[:, :100], got[:, 300:]], axis=1)[..., 0]
    dark = round(100 * DIMMED)
    assert set(np.unique(unseen)) == {dark, unseen.max()}
    assert dark < unseen.max() < 150
    assert 0.05 < (unseen != dark).mean() < 0.3
    assert np.all(got[:, 100:300] == got[0, 100])


def test_picture_and_arguments_are_left_alone(chelsea):
    height, width, _ = chelsea.shape
    before, values = chelsea.copy(), np.eye(4, dtype=np.float32)
    compose(chelsea, values, whole(width, height, 4, 4), style(SMOOTH))
    np.testing.assert_array_equal(chelsea, before)
    np.testing.assert_array_equal(values, np.eye(4))


def test_geometry_of_another_picture_or_map_is_refused():
    pixels = np.zeros((30, 40, 3), dtype=np.uint8)
    values = np.zeros((2, 2), dtype=np.float32)
    with pytest.raises(ValueError, match="40 × 30 pixels"):
        compose(pixels, values, whole(30, 40, 2, 2), style(NEAREST))
    with pytest.raises(ValueError, match="patches"):
        compose(pixels, values, whole(40, 30, 3, 2), style(NEAREST))


def test_strips_leave_no_seam():
    geometry = whole(2048, 1100, 3, 5)
    pixels = np.full((1100, 2048, 3), 80, dtype=np.uint8)
    values = np.arange(15, dtype=np.float32).reshape(3, 5)
    got = compose(pixels, values, geometry, style(SMOOTH, hi=14.0)).astype(int)
    assert np.abs(np.diff(got, axis=0)).max() <= 3


def test_screen_colors_are_the_table_s():
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    table = lookup_table("bids:viridis", 0.5)
    got = colors(values, style(NEAREST, colormap="bids:viridis", opacity=0.5))
    np.testing.assert_array_equal(got, table[np.rint(values * 255).astype(int)])


@pytest.mark.parametrize(("rows", "cols", "factor"), [(14, 14, 16), (37, 50, 5)])
def test_smooth_screen_colors_come_from_interpolated_values(rows, cols, factor):
    values = np.random.default_rng(0).random((rows, cols), dtype=np.float32)
    got = colors(values, style(SMOOTH, colormap="matlab:gray", opacity=1.0))
    assert got.shape == (rows * factor, cols * factor, 4)
    for y, x in ((0, 0), (7, 3), (got.shape[0] - 1, got.shape[1] // 2)):
        value = bilinear(values, (y + 0.5) / factor, (x + 0.5) / factor)
        assert abs(got[y, x, 0] - 255 * value) <= 1.0


def test_huge_grid_is_not_enlarged_for_the_screen():
    values = np.zeros((300, 400), dtype=np.float32)
    assert colors(values, style(SMOOTH)).shape == (300, 400, 4)


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize("value", [0.0, 1 / 197, -3.0])
def test_map_without_contrast_is_drawn_flat(interpolation, value):
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((14, 14)) * abs(value) * 1e-7
    values = (value + noise).astype(np.float32)
    lo, hi = float(values.min()), float(values.max())
    got = colors(values, style(interpolation, lo=lo, hi=hi))
    assert is_flat(lo, hi)
    assert len(np.unique(got.reshape(-1, 4), axis=0)) == 1


def test_range_upside_down_or_unknown_is_flat():
    assert is_flat(1.0, 0.5)
    assert is_flat(float("nan"), float("nan"))
    assert not is_flat(0.0, 1e-30)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_value_that_is_no_number_is_transparent(bad):
    values = np.full((4, 4), 0.5, dtype=np.float32)
    values[1, 2] = bad
    alpha = colors(values, style(NEAREST))[..., 3]
    assert np.argwhere(alpha == 0).tolist() == [[1, 2]]
    smooth = colors(values, style(SMOOTH))[..., 3]
    factor = smooth.shape[0] // 4
    assert np.all(smooth[factor : 2 * factor, 2 * factor : 3 * factor] == 0)
    assert smooth[-1, 0] > 0
    pixels = np.full((40, 40, 3), 77, dtype=np.uint8)
    got = compose(pixels, values, whole(40, 40, 4, 4), style(NEAREST))
    assert np.all(got[10:20, 20:30] == 77)
    assert np.all(got[:10] != 77)


def test_values_beyond_the_range_get_the_end_colors():
    values = np.array([[-5.0, 0.0, 1.0, 9e9]], dtype=np.float32)
    first, second, third, last = colors(values, style(NEAREST))[0]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(third, last)


def test_fading_table_rises_from_transparent():
    table = lookup_table("bids:inferno", 0.8, Alpha.LINEAR)
    assert table[0, 3] == 0
    assert table[255, 3] == round(0.8 * 255)
    assert np.all(np.diff(table[:, 3].astype(int)) >= 0)
    plain = lookup_table("bids:inferno", 0.8)
    np.testing.assert_array_equal(table[:, :3], plain[:, :3])
    assert not plain.flags.writeable


@pytest.mark.parametrize("name", [*COLORMAPS, *DIVERGING])
@pytest.mark.filterwarnings("error")
def test_every_colormap_resolves_without_a_warning(name):
    lookup_table.cache_clear()
    table = lookup_table(name, 1.0)
    assert table.shape == (256, 4)
    assert np.all(table[:, 3] == 255)
    assert len(np.unique(table, axis=0)) > 100


ODD_SIZES = [
    (37, 91),
    (224, 224),
    (451, 300),
    (1000, 33),
    (7, 5),
    (33, 1000),
    (223, 225),
    (1, 1),
    (640, 427),
    (15, 16),
]


@pytest.mark.parametrize("kind", [squashed, cropped, padded])
@pytest.mark.parametrize("size", ODD_SIZES, ids=str)
def test_hot_patch_lies_within_a_pixel_whatever_the_picture(size, kind):
    geometry = kind(*size)
    width, height = size
    pixels = np.full((height, width, 3), 90, dtype=np.uint8)
    cold = compose(pixels, hot_patch(geometry, None), geometry, style(NEAREST))
    found = 0
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    middle = geometry.patch_at(width / 2, height / 2)
    for row, col in [*corners, middle]:
        patch = row % geometry.rows, col % geometry.cols
        x, y, w, h = geometry.patch_rect(*patch)
        hot = compose(pixels, hot_patch(geometry, patch), geometry, style(NEAREST))
        box = painted_box(hot, cold)
        wholly_inside = x >= 0 and y >= 0 and x + w <= width and y + h <= height
        if wholly_inside and min(w, h) > 1.0:
            assert box is not None
        if box is not None:
            found += 1
            expected = (max(x, 0), max(y, 0), min(x + w, width), min(y + h, height))
            np.testing.assert_allclose(box, expected, atol=1.0)
    assert found >= 1


def exact_colors(value: float, chosen) -> list[np.ndarray]:
    """Return the colour of a value; two where it is too near the middle to say."""
    table = lookup_table(chosen.colormap, chosen.opacity, chosen.alpha).astype(float)
    step = (value - chosen.lo) / (chosen.hi - chosen.lo) * 255.0
    near = {round(min(max(step + d, 0.0), 255.0)) for d in (-1e-3, 1e-3)}
    return [table[index] for index in near]


@pytest.mark.parametrize("alpha", list(Alpha))
@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize(
    "geometry",
    [
        whole(23, 17, 3, 5),
        Geometry((31, 19), (64, 48), (9, 5), (48, 32), (16, 16)),
        Geometry((13, 29), (26, 58), (-19, -3), (64, 64), (16, 16)),
    ],
    ids=["whole", "cropped", "padded"],
)
def test_every_seen_pixel_is_exact(geometry, interpolation, alpha):
    rng = np.random.default_rng(8)
    width, height = geometry.picture_size
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    values = rng.random((geometry.rows, geometry.cols), dtype=np.float32)
    chosen = replace(style(interpolation, lo=0.15, hi=0.8, opacity=0.7), alpha=alpha)
    got = compose(pixels, values, geometry, chosen)
    left, top, grid_width, grid_height = geometry.grid_rect
    seen = 0
    for y, x in np.ndindex(height, width):
        col = (x + 0.5 - left) / grid_width * geometry.cols
        row = (y + 0.5 - top) / grid_height * geometry.rows
        if not (0 <= row < geometry.rows and 0 <= col < geometry.cols):
            assert np.all(np.abs(got[y, x] - DIMMED * pixels[y, x]) <= 70 + 0.5)
            continue
        seen += 1
        value = float(values[floor(row), floor(col)])
        if interpolation is SMOOTH:
            value = bilinear(values, row, col)
        exact = []
        for *color, alpha in exact_colors(value, chosen):
            share = alpha / 255.0
            exact.append(share * np.array(color) + (1.0 - share) * pixels[y, x])
        assert min(np.abs(got[y, x] - e).max() for e in exact) <= 0.5 + 1e-9
    assert seen > 0.2 * width * height


def test_highest_value_gets_the_last_color_and_the_lowest_the_first():
    pixels = np.full((20, 40, 3), 90, dtype=np.uint8)
    values = np.array([[0.0, 1.0]], dtype=np.float32)
    chosen = style(NEAREST, opacity=1.0)
    got = compose(pixels, values, whole(40, 20, 1, 2), chosen)
    table = cmap.Colormap("bids:inferno").lut(256)[:, :3] * 255
    assert np.all(got[:, :20] == np.rint(table[0]))
    assert np.all(got[:, 20:] == np.rint(table[255]))


def test_fading_leaves_the_picture_at_the_lowest_value(chelsea):
    values = np.array([[0.2, 0.2, 0.9]], dtype=np.float32)
    chosen = replace(style(NEAREST, lo=0.2, hi=0.9), alpha=Alpha.LINEAR)
    got = compose(chelsea[:30, :90], values, whole(90, 30, 1, 3), chosen)
    np.testing.assert_array_equal(got[:, :60], chelsea[:30, :60])
    assert (got[:, 60:] != chelsea[:30, 60:90]).any(axis=-1).all()


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
def test_constant_map_lays_one_color_on_the_picture(interpolation):
    pixels = np.full((30, 50, 3), 90, dtype=np.uint8)
    values = np.full((3, 5), 0.0051, dtype=np.float32)
    chosen = style(interpolation, lo=0.0051, hi=0.0051)
    got = compose(pixels, values, whole(50, 30, 3, 5), chosen)
    assert len(np.unique(got.reshape(-1, 3), axis=0)) == 1


def test_no_opacity_leaves_what_was_seen_untouched(chelsea):
    geometry = cropped(451, 300)
    values = np.random.default_rng(2).random((16, 16), dtype=np.float32)
    got = compose(chelsea, values, geometry, style(SMOOTH, opacity=0.0))
    x0, _, x1, _ = geometry.seen
    seen = slice(round(x0), round(x1))
    np.testing.assert_array_equal(got[:, seen], chelsea[:, seen])
    assert got[:, : round(x0)].mean() < 0.75 * chelsea[:, : round(x0)].mean()


@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize("strip", [1, 451 * 7, 5000])
def test_strips_change_nothing(chelsea, monkeypatch, strip, interpolation):
    geometry = Geometry((451, 300), (336, 224), (50, 10), (224, 200), (16, 16))
    values = np.random.default_rng(2).random((12, 14), dtype=np.float32)
    at_once = compose(chelsea, values, geometry, style(interpolation))
    monkeypatch.setattr(render, "_STRIP_PIXELS", strip)
    in_strips = compose(chelsea, values, geometry, style(interpolation))
    np.testing.assert_array_equal(in_strips, at_once)
