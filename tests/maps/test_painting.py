"""How a map lies on its picture: the formulas, by themselves, in float64."""

from __future__ import annotations

from math import floor

import cmap
import numpy as np
import pytest
from PIL import Image

from tests.painting import GEOMETRIES, cropped, squashed
from vitviewer.geometry import Geometry
from vitviewer.maps.colormaps import (
    COLORMAPS,
    DIVERGING,
    DIVERGING_GROUPS,
    GROUPS,
    is_diverging,
    known_colormap,
    lookup_table,
)
from vitviewer.maps.compose import DIMMED, compose
from vitviewer.maps.presets import FIELDS, PRESETS, known_preset, preset_of, use
from vitviewer.maps.state import Alpha, Interpolation, Photograph, ViewState
from vitviewer.maps.style import OverlayStyle
from vitviewer.pictures.grey import grey_of, grey_sizes, muted
from vitviewer.pictures.pyramid import smaller_sizes

SMOOTH, NEAREST = Interpolation.SMOOTH, Interpolation.NEAREST
EMBER = cmap.Colormap("bids:inferno")
MANAGUA = cmap.Colormap("crameri:managua")


def sampled(values: np.ndarray, row: float, col: float, smooth: bool) -> float:
    """Return the value at a place in patches, the long way round."""
    if not smooth:
        return float(values[floor(row), floor(col)])
    rows, cols = values.shape
    y, x = (min(max(p - 0.5, 0.0), n - 1.0) for p, n in ((row, rows), (col, cols)))
    total = 0.0
    for i, j in np.ndindex(2, 2):
        at = min(floor(y) + i, rows - 1), min(floor(x) + j, cols - 1)
        weight = abs(1 - i - (y - floor(y))) * abs(1 - j - (x - floor(x)))
        total += weight * float(values[at])
    return total


def ember(pixel: np.ndarray, value: float, lo: float, hi: float) -> np.ndarray:
    """Lay one value on one pixel as the paper has it."""
    v = min(max((value - lo) / (hi - lo), 0.0), 1.0)
    a = 0.85 * (3 * v**2 - 2 * v**3)
    color = EMBER(np.array([0.3 + 0.7 * v]))[0, :3] * 255
    return (1 - a) * turned_down(pixel) + a * color


def for_and_against(pixel: np.ndarray, value: float, hi: float) -> np.ndarray:
    """Lay one signed value on one pixel: warm for, cool against."""
    v = min(max(value / hi, -1.0), 1.0)
    u = abs(v)
    a = 0.85 * (3 * u**2 - 2 * u**3)
    place = 0.32 * (1 - u) if v >= 0 else 0.68 + 0.32 * u
    color = MANAGUA(np.array([place]))[0, :3] * 255
    return (1 - a) * turned_down(pixel) + a * color


def turned_down(pixel: np.ndarray) -> np.ndarray:
    grey = 0.2126 * pixel[0] + 0.7152 * pixel[1] + 0.0722 * pixel[2]
    return grey + 0.3 * (pixel - grey)


def painted(interpolation, lo, hi, signed=False) -> OverlayStyle:
    """Return the default style, as `resolve` makes it."""
    view = ViewState()
    colormap = view.signed_colormap if signed else view.colormap
    rest = (view.alpha, view.photograph, signed)
    return OverlayStyle(colormap, view.opacity, interpolation, lo, hi, *rest)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("interpolation", [SMOOTH, NEAREST])
@pytest.mark.parametrize("geometry", GEOMETRIES[:5], ids=str)
def test_default_is_the_formula(geometry, interpolation, signed):
    rng = np.random.default_rng(5)
    width, height = geometry.picture_size
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    values = rng.random((geometry.rows, geometry.cols), dtype=np.float32)
    values = 2 * values - 1 if signed else values
    lo, hi = (-0.8, 0.8) if signed else (0.15, 0.9)
    chosen = painted(interpolation, lo, hi, signed)
    got = compose(pixels, values, geometry, chosen)
    left, top, grid_width, grid_height = geometry.grid_rect
    errors = []
    for y, x in np.ndindex(height, width):
        col = (x + 0.5 - left) / grid_width * geometry.cols
        row = (y + 0.5 - top) / grid_height * geometry.rows
        pixel = pixels[y, x].astype(float)
        if not (0 <= row < geometry.rows and 0 <= col < geometry.cols):
            dark = DIMMED * turned_down(pixel)  # or that under the hatch
            assert np.all(got[y, x] >= dark - 2)
            assert np.all(got[y, x] <= dark + 70 + 2)
            continue
        value = sampled(values, row, col, interpolation is SMOOTH)
        exact = (
            for_and_against(pixel, value, hi) if signed else ember(pixel, value, lo, hi)
        )
        errors.append(np.abs(got[y, x] - exact).max())
    # Both tables have 256 colours: half a step of each, where they change fastest.
    assert max(errors) < 5.0
    assert np.mean(errors) < 0.8


@pytest.mark.parametrize("alpha", list(Alpha))
def test_alpha_of_the_table_is_its_formula(alpha):
    v = np.linspace(0, 1, 256)
    u = np.abs(2 * v - 1)
    formula = {
        Alpha.UNIFORM: lambda v: np.ones_like(v),
        Alpha.LINEAR: lambda v: v,
        Alpha.RISING: lambda v: 3 * v**2 - 2 * v**3,
    }[alpha]
    table = lookup_table("ember", 0.85, alpha)
    assert np.abs(table[:, 3] - 255 * 0.85 * formula(v)).max() <= 0.5 + 1e-9
    table = lookup_table("ember-and-ice", 0.85, alpha, signed=True)
    assert np.abs(table[:, 3] - 255 * 0.85 * formula(u)).max() <= 0.5 + 1e-9


def test_grey_is_the_weighted_sum_of_every_color():
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    pixels = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 52, 3)
    grey = grey_of(pixels)
    exact = pixels @ np.array([0.2126, 0.7152, 0.0722])
    assert np.abs(grey - exact).max() <= 0.5 + 1e-4
    quiet = muted(pixels)
    assert np.abs(quiet - (0.3 * pixels + 0.7 * grey[..., None])).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("size", [(1, 1), (1100, 1030), (255, 3), (2, 700)])
def test_grey_has_the_sizes_of_the_picture(size):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    smaller = smaller_sizes(pixels)
    greys = grey_sizes(pixels, smaller)
    assert [g.shape for g in greys] == [s.shape[:2] for s in (pixels, *smaller)]
    for grey, level in zip(greys[1:], smaller, strict=True):
        exact = grey_of(np.array(level[..., 2::-1])).astype(int)
        assert np.abs(grey - exact).max() <= 2  # each size is rounded once more
    assert all(grey.flags.c_contiguous for grey in greys)


def test_picture_that_has_no_color_is_not_changed_by_muting():
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    np.testing.assert_array_equal(muted(grey), grey)


def test_muting_agrees_with_pillow_s_own_blend(chelsea):
    grey = Image.fromarray(np.repeat(grey_of(chelsea)[..., None], 3, axis=2))
    blended = Image.blend(grey, Image.fromarray(chelsea), 0.3)
    assert np.abs(muted(chelsea).astype(int) - np.asarray(blended)).max() <= 1


def test_low_values_leave_the_muted_picture(chelsea):
    geometry = squashed(451, 300)
    values = np.zeros((geometry.rows, geometry.cols), np.float32)
    values[7, 7] = 1.0
    got = compose(chelsea, values, geometry, painted(NEAREST, 0.0, 1.0))
    x, y, w, h = geometry.patch_rect(7, 7)
    rest = np.ones((300, 451), bool)
    rest[floor(y) : floor(y + h) + 2, floor(x) : floor(x + w) + 2] = False
    np.testing.assert_array_equal(got[rest], muted(chelsea)[rest])


def test_what_was_not_seen_is_muted_before_it_is_dimmed(chelsea):
    geometry = cropped(451, 300)
    values = np.ones((geometry.rows, geometry.cols), np.float32)
    own = compose(chelsea, values, geometry, painted(NEAREST, 0.0, 1.0))
    other = compose(muted(chelsea), values, geometry, as_is(painted(NEAREST, 0.0, 1.0)))
    np.testing.assert_array_equal(own, other)


def as_is(style: OverlayStyle) -> OverlayStyle:
    rest = (style.colormap, style.opacity, style.interpolation, style.lo, style.hi)
    return OverlayStyle(*rest, style.alpha, Photograph.AS_IS, style.signed)


def test_bands_change_nothing_of_a_muted_picture(chelsea, monkeypatch):
    geometry = Geometry((451, 300), (336, 224), (50, 10), (224, 200), (16, 16))
    values = np.random.default_rng(2).random((12, 14), dtype=np.float32)
    at_once = compose(chelsea, values, geometry, painted(SMOOTH, 0.0, 1.0))
    monkeypatch.setattr("vitviewer.maps.compose._STRIP_PIXELS", 451 * 7)
    in_bands = compose(chelsea, values, geometry, painted(SMOOTH, 0.0, 1.0))
    np.testing.assert_array_equal(in_bands, at_once)


# --- colormaps and presets ------------------------------------------------------------


def test_every_colormap_is_in_one_group_and_of_its_kind():
    for groups, names in ((GROUPS, COLORMAPS), (DIVERGING_GROUPS, DIVERGING)):
        grouped = [name for group in groups.values() for name in group]
        assert sorted(grouped) == sorted(names)
        assert len(set(names.values())) == len(names)
    assert next(iter(COLORMAPS)) == "ember"
    assert list(COLORMAPS)[-1] == "google:turbo"
    assert not any(map(is_diverging, COLORMAPS))
    assert all(map(is_diverging, DIVERGING))


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_colormaps_are_warm_for_what_speaks_for(name):
    table = lookup_table(name).astype(int)
    low, high = table[40], table[215]
    assert high[0] - high[2] > low[0] - low[2] + 60


@pytest.mark.parametrize("name", ["rainbowish", "", "ember-signed", "EMBER "])
def test_a_colormap_that_there_is_not_is_refused_in_words(name):
    with pytest.raises(ValueError, match="not a colormap; some are ember"):
        known_colormap(name)


def test_presets_name_colormaps_that_are_offered():
    for preset in PRESETS.values():
        assert preset.colormap in COLORMAPS
        assert preset.signed_colormap in DIVERGING
        assert set(preset.choices) == set(FIELDS)
    with pytest.raises(ValueError, match="ember, viridis, notebook"):
        known_preset("seurat")


def test_a_new_view_follows_the_first_preset():
    assert preset_of(ViewState()) is next(iter(PRESETS.values()))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_again_until_one_choice_differs(name):
    state = ViewState()
    use(PRESETS[name], state)
    assert preset_of(state) is PRESETS[name]
    state.opacity = 0.31
    assert preset_of(state) is None


def test_notebook_preset_is_plain_alpha_over_the_picture_itself(chelsea):
    state = ViewState()
    use(PRESETS["notebook"], state)
    assert (state.colormap, state.opacity) == ("bids:magma", 0.7)
    assert state.alpha is Alpha.UNIFORM
    assert state.photograph is Photograph.AS_IS
