"""How the canvas paints: muted, rising, signed and in contours, as exports do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.maps.test_contours import soft
from tests.painting import cropped, squashed
from tests.qt.canvas_kit import grey, make_view, show, shown
from vitviewer.maps.compose import compose
from vitviewer.maps.contours import contours_of
from vitviewer.maps.presets import PRESETS
from vitviewer.maps.state import Interpolation, Photograph
from vitviewer.maps.style import OverlayStyle
from vitviewer.pictures.grey import grey_of, muted

SMOOTH, NEAREST = Interpolation.SMOOTH, Interpolation.NEAREST
CONTOURS = Interpolation.CONTOURS


def look(preset: str, interpolation: Interpolation, signed: bool = False):
    """Return a preset's style for values from 0 to 1, or from -1 to 1."""
    chosen = PRESETS[preset]
    colormap = chosen.signed_colormap if signed else chosen.colormap
    rest = (chosen.alpha, chosen.photograph, signed)
    lo = -1.0 if signed else 0.0
    return OverlayStyle(colormap, chosen.opacity, interpolation, lo, 1.0, *rest)


EMBER = look("ember", SMOOTH)


@pytest.fixture
def view(qtbot):
    return make_view(qtbot)


def both(view, pixels, geometry, values, chosen):
    """Return what screen and export make of the seen part, pixel for pixel."""
    view.set_picture(pixels)
    view.set_geometry(geometry)
    view.set_map(values, chosen)
    view.zoom_to_actual()
    x0, y0, x1, y1 = (round(edge) for edge in geometry.seen)
    corner = view.to_viewport(x0, y0)
    screen = shown(view)[corner.y() :, corner.x() :][: y1 - y0, : x1 - x0]
    return screen.astype(int), compose(pixels, values, geometry, chosen)[y0:y1, x0:x1]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("interpolation", list(Interpolation))
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("geometry", [squashed(331, 333), cropped(400, 311)], ids=str)
def test_screen_and_export_agree(
    view, chelsea, geometry, preset, interpolation, signed
):
    width, height = geometry.picture_size
    pixels = np.resize(chelsea, (height, width, 3))
    values = soft(geometry.rows, geometry.cols, 0)
    values = 2 * values - 1 if signed else values
    chosen = look(preset, interpolation, signed)
    screen, export = both(view, pixels, geometry, values, chosen)
    difference = np.abs(screen - export).max(axis=-1)
    assert np.median(difference) <= 2
    if interpolation is CONTOURS:  # two ways to smooth the edge of a line
        assert (difference > 2).mean() < 0.12
        assert (difference > 60).mean() < 0.01
    else:
        assert (difference > 6).mean() < 0.04


def test_picture_is_muted_as_exactly_as_eight_bits_have_it(view, chelsea):
    geometry = squashed(451, 300)
    screen, export = both(view, chelsea, geometry, np.zeros((14, 14)), EMBER)
    np.testing.assert_array_equal(export, muted(chelsea))
    assert np.abs(screen - export).max() <= 2


def test_grey_that_comes_with_the_picture_is_what_is_painted(view, chelsea):
    white = np.full(chelsea.shape[:2], 255, np.uint8)
    view.set_picture(chelsea, (), (white,))
    view.set_geometry(squashed(451, 300))
    view.set_map(np.zeros((14, 14), np.float32), EMBER)
    view.zoom_to_actual()
    corner = view.to_viewport(0, 0)
    screen = shown(view)[corner.y() :, corner.x() :][:300, :451].astype(int)
    assert np.abs(screen - (0.3 * chelsea + 0.7 * 255)).max() <= 2


def test_large_picture_is_muted_from_its_small_sizes(view):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    pixels = coarse.repeat(60, axis=0).repeat(60, axis=1)  # 2400 × 1800
    view.set_picture(pixels)
    bare = shown(view)
    view.set_geometry(squashed(2400, 1800))
    view.set_map(np.zeros((14, 14), np.float32), EMBER)
    assert np.abs(shown(view).astype(int) - picture_muted(view, bare)).max() <= 3


def picture_muted(view, bare: np.ndarray) -> np.ndarray:
    """Mute what the screen shows of the picture, and leave what is around it."""
    result = bare.copy()
    left, right = view.to_viewport(0, 0), view.to_viewport(*view_size(view))
    place = slice(left.y(), right.y()), slice(left.x(), right.x())
    result[place] = muted(np.ascontiguousarray(bare[place]))
    return result


def view_size(view) -> tuple[float, float]:
    return view._size.width(), view._size.height()


# --- when it is muted -----------------------------------------------------------------


def test_photograph_has_its_own_colors_without_a_map(view, chelsea):
    view.set_picture(chelsea)
    bare = shown(view)
    view.set_map(soft(14, 14, 0), EMBER)  # as yet nobody knows where
    np.testing.assert_array_equal(shown(view), bare)
    view.set_geometry(squashed(451, 300))
    assert (shown(view) != bare).any()
    view.clear_map()
    np.testing.assert_array_equal(shown(view), bare)


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_photograph_has_its_own_colors_while_the_overlay_is_off(
    view, chelsea, interpolation
):
    view.set_picture(chelsea)
    bare = shown(view)
    view.set_geometry(cropped(451, 300))
    view.set_map(soft(16, 16, 0), replace(EMBER, interpolation=interpolation))
    covered = shown(view)
    view.set_overlay_visible(False)
    np.testing.assert_array_equal(shown(view), bare)
    view.set_overlay_visible(True)
    np.testing.assert_array_equal(shown(view), covered)


@pytest.mark.parametrize(
    "style",
    [
        replace(EMBER, photograph=Photograph.AS_IS, opacity=0.0),
        replace(EMBER, opacity=0.0),  # nothing is on it
    ],
    ids=["as it is", "muted under no map"],
)
def test_photograph_has_its_own_colors_under_a_map_of_no_opacity(view, chelsea, style):
    screen, export = both(view, chelsea, squashed(451, 300), soft(14, 14, 0), style)
    np.testing.assert_array_equal(screen, chelsea)
    np.testing.assert_array_equal(export, chelsea)


def test_what_the_model_saw_is_never_muted(view):
    geometry = squashed(224, 224)
    show(view, geometry, None, EMBER, grey(geometry, 40))
    seen = np.zeros((224, 224, 3), np.uint8)
    seen[..., 0], seen[..., 1] = 200, 30
    view.set_input(seen)
    view.show_input(True)
    view.zoom_to_actual()
    corner = view.to_viewport(0, 0)
    screen = shown(view)[corner.y() :, corner.x() :][:224, :224]
    assert np.abs(screen.astype(int) - seen).max() <= 1


def test_a_scrub_of_a_muted_picture_paints_from_the_cache(view, chelsea):
    geometry = squashed(451, 300)
    show(view, geometry, None, EMBER, chelsea)
    before = shown(view)
    # Grey that only a second painting of the picture would show.
    grey_now = grey_of(np.full_like(chelsea, 255))
    view._picture._greys = [(grey_now, view._picture._greys[0][1])]
    view._picture._levels = []
    view.set_map(soft(14, 14, 1), EMBER)
    assert (shown(view) != before).any()
    view.set_map(np.zeros((14, 14), np.float32), EMBER)
    np.testing.assert_array_equal(shown(view), before)


# --- contours -------------------------------------------------------------------------


def test_lines_keep_their_width_at_any_zoom(view):
    geometry = squashed(700, 700)
    values = np.tile(np.arange(14, dtype=np.float32), (14, 1))  # lines from top down
    show(view, geometry, None, EMBER, grey(geometry, 120))
    lines = replace(EMBER, interpolation=CONTOURS, opacity=1.0)
    view.set_map(values, lines)
    color = np.array(contours_of(values, lines)[1].color)
    widths = []
    for factor in (0.4, 1.2):
        view.zoom_to_actual()
        view.zoom_by(factor)
        near = np.abs(shown(view).astype(int) - color).max(axis=-1) < 60
        runs = np.diff(np.flatnonzero(np.diff(near.astype(int).ravel())))[::2]
        widths.append(np.median(runs))
    assert max(widths) <= 4
    assert abs(widths[0] - widths[1]) <= 1


def test_lines_stay_on_what_was_seen(view):
    geometry = cropped(600, 300)
    values = np.ones((16, 16), np.float32)
    values[:, :4] = 9.0
    picture = grey(geometry, 200)
    lines = replace(EMBER, interpolation=CONTOURS)
    view.set_picture(picture)
    view.set_geometry(geometry)
    view.set_map(np.zeros((16, 16), np.float32), lines)
    without = shown(view)
    view.set_map(values, lines)
    changed = (shown(view) != without).any(axis=-1)
    x0, y0, x1, y1 = geometry.seen
    low, high = view.to_viewport(x0, y0), view.to_viewport(x1, y1)
    assert changed.any()
    changed[low.y() - 1 : high.y() + 1, low.x() - 1 : high.x() + 1] = False
    assert not changed.any()


def test_next_look_takes_the_lines_away(view, chelsea):
    geometry = squashed(451, 300)
    show(view, geometry, (3, 3), EMBER, chelsea)
    smooth = shown(view)
    view.set_map(soft(14, 14, 0), replace(EMBER, interpolation=CONTOURS))
    assert (shown(view) != smooth).any()
    show(view, geometry, (3, 3), EMBER, chelsea)
    np.testing.assert_array_equal(shown(view), smooth)
