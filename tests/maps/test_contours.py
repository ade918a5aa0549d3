"""Contours: the lines hold a quarter and a half of a map's sum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data, measure

from tests.painting import cropped, squashed, style
from vitviewer.geometry import Geometry
from vitviewer.maps.compose import compose
from vitviewer.maps.contours import contours_of, level_lines
from vitviewer.maps.drawing import LinePainter
from vitviewer.maps.state import Alpha, Interpolation, Photograph
from vitviewer.maps.style import OverlayStyle
from vitviewer.pictures.grey import muted

CONTOURS = Interpolation.CONTOURS
LINES = style(CONTOURS)
SIGNED = OverlayStyle(
    "ember-and-ice", 0.85, CONTOURS, -1.0, 1.0, Alpha.RISING, Photograph.MUTED, True
)


def soft(rows: int, cols: int, seed: int) -> np.ndarray:
    """Return a map with a few hills."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols]
    total = np.zeros((rows, cols))
    for height, r, c in rng.random((5, 3)):
        near = ((y - r * rows) / rows) ** 2 + ((x - c * cols) / cols) ** 2
        total += height * np.exp(-30 * near)
    return total.astype(np.float32)


def field(values: np.ndarray, finer: int) -> np.ndarray:
    """Resize a map bilinearly, by Pillow."""
    rows, cols = values.shape
    size = (cols * finer, rows * finer)
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def inside(lines, shape: tuple[int, int], finer: int) -> np.ndarray:
    """Say which samples lie inside an odd number of closed lines, by Pillow."""
    rows, cols = shape
    result = np.zeros((rows * finer, cols * finer), bool)
    for line in lines:
        mask = Image.new("1", (cols * finer, rows * finer))
        ImageDraw.Draw(mask).polygon(((line * finer) - 0.5).ravel().tolist(), fill=1)
        result ^= np.asarray(mask)
    return result


MAPS = {
    "square": soft(14, 14, 0),
    "oblong": soft(9, 21, 1),
    "one row": soft(1, 17, 2),
    "huge grid": soft(40, 60, 3),
    "noise": np.random.default_rng(4).random((14, 14), dtype=np.float32),
    "one patch": np.eye(7, dtype=np.float32)[:, ::-1] * np.eye(7, dtype=np.float32),
    "at the edge": np.outer(np.arange(14) ** 2, np.ones(14)).astype(np.float32),
}


@pytest.mark.parametrize("name", MAPS)
def test_lines_enclose_a_half_and_a_quarter_of_the_sum(name):
    values = MAPS[name]
    finer = max(24, 600 // max(values.shape))
    fine = field(values, finer).astype(np.float64)
    half, quarter = contours_of(values, LINES)
    for contour, share in ((half, 0.5), (quarter, 0.25)):
        held = fine[inside(contour.lines, values.shape, finer)].sum() / fine.sum()
        assert held == pytest.approx(share, abs=0.015)
    assert quarter.width > half.width


@pytest.mark.parametrize("name", MAPS)
def test_what_is_inside_is_higher_than_what_is_outside(name):
    values, finer = MAPS[name], 24
    fine = field(values, finer)
    for contour in contours_of(values, LINES):
        within = inside(contour.lines, values.shape, finer)
        step = np.abs(np.diff(fine, axis=1)).max() + np.abs(np.diff(fine, axis=0)).max(
            initial=0.0
        )
        assert fine[within].min() >= fine[~within].max() - 3 * step


def test_signed_lines_hold_the_amounts_and_tell_the_signs_apart():
    values = soft(14, 14, 5) - soft(14, 14, 6)
    fine = field(values, 24).astype(np.float64)
    contours = contours_of(values, SIGNED)
    assert len(contours) == 4
    for pair, share in ((contours[:2], 0.5), (contours[2:], 0.25)):
        within = [inside(c.lines, values.shape, 24) for c in pair]
        held = np.abs(fine)[within[0] | within[1]].sum() / np.abs(fine).sum()
        assert held == pytest.approx(share, abs=0.015)
        assert (fine[within[0]] > 0).mean() > 0.99
        assert (fine[within[1]] < 0).mean() > 0.99
        red, blue = pair[0].color, pair[1].color
        assert red[0] > red[2]
        assert blue[2] > blue[0]


@pytest.mark.parametrize("name", ["square", "noise", "oblong"])
def test_lines_lie_where_skimage_has_them(name):
    values = MAPS[name]
    fine = field(values, 8).astype(np.float64)
    level = float(np.quantile(fine, 0.8))
    ours = np.concatenate(level_lines(fine, level, values.shape))
    interior = ((ours > 0.1) & (ours < np.array(values.shape[::-1]) - 0.1)).all(axis=1)
    theirs = np.concatenate(measure.find_contours(fine, level))[:, ::-1]
    theirs = (theirs + 0.5) / 8
    for point in ours[interior]:
        assert np.abs(theirs - point).max(axis=1).min() < 1e-6


def test_lines_are_closed_and_stay_on_the_map():
    for values in MAPS.values():
        rows, cols = values.shape
        for contour in contours_of(values, LINES):
            for line in contour.lines:
                np.testing.assert_array_equal(line[0], line[-1])
                assert line.min() >= 0.0
                assert np.all(line.max(axis=0) <= (cols, rows))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1 / 197, -3.0, np.nan])
def test_map_without_contrast_has_no_lines(value):
    assert contours_of(np.full((14, 14), value, np.float32), LINES) == ()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_value_that_is_no_number_counts_as_nothing(bad):
    values = soft(14, 14, 0)
    values[2, 3] = 0.0
    expected = contours_of(values, LINES)
    values[2, 3] = bad
    for got, same in zip(contours_of(values, LINES), expected, strict=True):
        for line, other in zip(got.lines, same.lines, strict=True):
            np.testing.assert_array_equal(line, other)


# --- in exports -----------------------------------------------------------------------


def distances(line: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return how far each pixel's centre is from a line, by every segment of it."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    best = np.full(shape, np.inf)
    for (x0, y0), (x1, y1) in pairwise(line):
        dx, dy = x1 - x0, y1 - y0
        t = ((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-12)
        t = np.clip(t, 0, 1)
        best = np.minimum(best, np.hypot(x - x0 - t * dx, y - y0 - t * dy))
    return best


@pytest.mark.parametrize("size", [(224, 224), (400, 260)])
def test_export_s_lines_are_as_wide_as_they_say(size):
    geometry = squashed(*size)
    pixels = np.full((size[1], size[0], 3), 120, np.uint8)
    values = soft(14, 14, 0)
    got = compose(pixels, values, geometry, style(CONTOURS, opacity=1.0)).astype(int)
    by = np.array([size[0] / 14, size[1] / 14])
    half, quarter = contours_of(values, LINES)
    away = np.full(got.shape[:2], np.inf)
    for contour in (half, quarter):
        for line in contour.lines:
            away = np.minimum(
                away, distances(line * by, away.shape) - contour.width / 2
            )
    assert np.all(got[away > 1.0 + 0.9] == 120)
    core = got[away < -0.6]
    assert len(core) > 20
    assert np.abs(core - quarter.color).max() <= 40
    casing = got[(away > 0.4) & (away < 0.6)]
    assert casing.mean() < 100


def test_lines_grow_with_a_large_picture():
    values = soft(14, 14, 0)
    shares = []
    for side in (300, 1200, 2400):
        pixels = np.full((side, side, 3), 120, np.uint8)
        got = compose(pixels, values, squashed(side, side), LINES)
        shares.append(np.abs(got.astype(int) - 120).mean())
    assert shares[0] > shares[1]
    assert shares[2] == pytest.approx(shares[1], rel=0.1)


def test_nothing_but_lines_is_painted_on_the_muted_picture():
    photo = data.chelsea()
    geometry = cropped(451, 300)
    values = soft(16, 16, 1)
    got = compose(photo, values, geometry, style(CONTOURS, photograph=Photograph.MUTED))
    x0, y0, x1, y1 = (round(edge) for edge in geometry.seen)
    seen = got[y0:y1, x0:x1], muted(photo)[y0:y1, x0:x1]
    assert 0.5 < (seen[0] == seen[1]).all(axis=-1).mean() < 0.97


@pytest.mark.parametrize("strip", [1, 451 * 7, 5000])
def test_bands_leave_the_lines_whole(monkeypatch, strip):
    photo = data.chelsea()
    geometry = Geometry((451, 300), (336, 224), (50, 10), (224, 200), (16, 16))
    values = soft(12, 14, 2)
    at_once = compose(photo, values, geometry, LINES).astype(int)
    monkeypatch.setattr("vitviewer.maps.compose._STRIP_PIXELS", strip)
    in_bands = compose(photo, values, geometry, LINES)
    assert np.abs(in_bands - at_once).max() <= 1


def test_opacity_zero_draws_nothing():
    photo = data.chelsea()
    painter = LinePainter(contours_of(soft(14, 14, 0), LINES), squashed(451, 300), 0.0)
    drawn = photo.copy()
    painter.draw(drawn, 0, 0)
    np.testing.assert_array_equal(drawn, photo)
