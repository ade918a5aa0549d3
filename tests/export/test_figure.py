"""The figure with picture, overlay, colour bar and caption."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.painting import cropped, hot_patch, squashed, style
from vitviewer.export.figure import side_by_side
from vitviewer.maps.compose import compose
from vitviewer.maps.legend import bar_pixels
from vitviewer.maps.state import Alpha, Interpolation, Photograph
from vitviewer.pictures.grey import muted

TITLE = "ViT-B/16 shows attention from the class token in layer 12, mean of 12 heads"
NEAREST = Interpolation.NEAREST


def made(pixels, title=TITLE, caption=("cat.png · ViT-B/16",), chosen=None):
    """Return the figure of a picture with one hot patch."""
    geometry = cropped(pixels.shape[1], pixels.shape[0])
    values = hot_patch(geometry, (3, 4))
    return side_by_side(
        pixels, values, geometry, chosen or style(NEAREST), title, caption
    )


def find(page: np.ndarray, part: np.ndarray) -> list[tuple[int, int]]:
    """Return every (y, x) at which a part stands on the page."""
    height, width, _ = part.shape
    starts = (page[:, :-1] == part[0, 0]).all(-1) & (page[:, 1:] == part[0, 1]).all(-1)
    hits = np.argwhere(starts)
    return [
        (int(y), int(x))
        for y, x in hits
        if np.array_equal(page[y : y + height, x : x + width], part)
    ]


def ink(part: np.ndarray) -> np.ndarray:
    """Return where a part of the page is darker than paper."""
    return part.min(axis=-1) < 160


def test_picture_and_overlay_stand_side_by_side_unchanged(coffee):
    page = made(coffee)
    geometry = cropped(600, 400)
    overlay = compose(coffee, hot_patch(geometry, (3, 4)), geometry, style(NEAREST))
    ((top, left),) = find(page, coffee)
    ((other_top, other_left),) = find(page, overlay)
    assert top == other_top
    assert other_left >= left + 600 + 10
    assert tuple(page[0, 0]) == tuple(page[-1, -1]) == (255, 255, 255)


def test_color_bar_shows_the_colors_as_they_are_laid_on(coffee):
    page = made(coffee)
    ((top, _),) = find(page, coffee)
    table = bar_pixels(style(NEAREST))[0]
    for part, color in ((0.25, table[192]), (0.5, table[128]), (0.75, table[64])):
        line = page[top + round(part * 400)].astype(int)
        near = np.abs(line - color).max(axis=-1) <= 3
        assert near[-200:].sum() >= 10


def test_title_numbers_and_caption_are_written(coffee):
    blank = made(coffee, title="", caption=())
    page = made(coffee)
    ((top, _),) = find(page, coffee)
    assert ink(page[:top]).sum() > 300
    ((blank_top, _),) = find(blank, coffee)
    assert not ink(blank[:blank_top, :1200]).any()
    assert page.shape[0] > blank.shape[0]
    assert ink(page[top + 400 + 5 :]).sum() > 100
    assert ink(page[top : top + 400, -60:]).sum() > 100


@pytest.mark.parametrize(
    ("height", "width"), [(12, 12), (1, 300), (300, 1), (90, 1400), (1400, 90)]
)
def test_page_has_room_for_its_text_whatever_the_picture(height, width):
    pixels = np.full((height, width, 3), 120, dtype=np.uint8)
    geometry = squashed(width, height)
    page = side_by_side(
        pixels, hot_patch(geometry, (0, 0)), geometry, style(NEAREST), TITLE, ["x" * 90]
    )
    edges = (page[0], page[-1], page[:, 0], page[:, -1])
    assert all(np.all(edge == 255) for edge in edges)
    assert page.shape[1] > 500
    assert page.size < 100e6


def test_small_picture_is_enlarged_in_whole_pixels(chelsea):
    small = chelsea[:60, :80]
    enlarged = small.repeat(7, axis=0).repeat(7, axis=1)
    assert len(find(made(small), enlarged)) == 1


def test_huge_picture_is_reduced():
    pixels = np.full((300, 9000, 3), 50, dtype=np.uint8)
    assert made(pixels).shape[1] < 2 * 4096


def test_long_text_is_wrapped_and_cut_within_the_page(chelsea):
    long = "a very long label of a class " * 40 + "x" * 5000
    short, page = made(chelsea, caption=["one"]), made(chelsea, long, [long, long])
    assert page.shape[1] == short.shape[1]
    assert page.shape[0] < short.shape[0] + 200
    assert np.all(page[:, -8:] == 255)


def test_text_from_outside_is_drawn_plainly(chelsea):
    odd = "a\x00b\nc\u202ed <b>bold</b> \udcff 猫 é – × α"
    page = made(chelsea, odd, [odd, "", "   "])
    assert page.dtype == np.uint8


def test_accents_dashes_and_greek_have_letters_of_their_own(chelsea):
    signs = "é–×αЖ≤→…·"
    box = made(chelsea, title="猫" * 3)  # in no font of ours
    pages = [made(chelsea, title=sign * 3) for sign in signs]
    for page in pages:
        assert not np.array_equal(page, box)


def test_flat_map_gets_one_number_and_one_color(coffee):
    flat = style(NEAREST, lo=0.005, hi=0.005)
    page = made(coffee, chosen=flat)
    ((top, left),) = find(page, coffee)
    bar = page[top + 20 : top + 380, left + 2 * 600 : -60].reshape(360, -1, 3)
    columns = [c for c in bar.swapaxes(0, 1) if len(np.unique(c, axis=0)) == 1]
    middle = bar_pixels(flat)[0, 0]
    assert any(np.array_equal(column[0], middle) for column in columns)


def test_tiny_picture_is_large_enough_to_see():
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    geometry = squashed(5, 7)
    values = hot_patch(geometry, (7, 7))
    page = side_by_side(pixels, values, geometry, style(NEAREST), TITLE)
    overlay = compose(pixels, values, geometry, style(NEAREST))
    places = []
    for part in (pixels, overlay):
        enlarged = part.repeat(80, axis=0).repeat(80, axis=1)
        y, x = np.argwhere((page == part[0, 0]).all(axis=-1))[0]
        np.testing.assert_array_equal(page[y : y + 560, x : x + 400], enlarged)
        places.append((y, x))
    (top, left), (other_top, other_left) = places
    assert top == other_top
    assert other_left >= left + 5 * 80
    assert 560 < page.shape[0] < 900
    assert ink(page[:top]).sum() > 300


@pytest.mark.parametrize("title", ["W" * 500, "an attention map " * 300])
def test_long_title_ends_within_the_page(coffee, title):
    page = made(coffee, title=title)
    ((top, left),) = find(page, coffee)
    columns = np.flatnonzero(ink(page[:top]).any(axis=0))
    assert columns[0] >= left - 2
    assert page.shape[1] - left - 100 < columns[-1] <= page.shape[1] - left


@pytest.mark.parametrize("interpolation", list(Interpolation))
def test_left_half_is_the_photograph_untouched_beside_a_muted_one(
    coffee, interpolation
):
    geometry = cropped(600, 400)
    chosen = replace(
        style(interpolation, photograph=Photograph.MUTED), alpha=Alpha.RISING
    )
    page = side_by_side(coffee, hot_patch(geometry, (3, 4)), geometry, chosen, TITLE)
    ((top, left),) = find(page, coffee)
    overlay = compose(coffee, hot_patch(geometry, (3, 4)), geometry, chosen)
    ((other_top, other_left),) = find(page, overlay)
    assert top == other_top
    assert left < other_left
    x, y, _, _ = geometry.patch_rect(9, 9)
    np.testing.assert_array_equal(
        overlay[round(y), round(x)], muted(coffee)[round(y), round(x)]
    )
