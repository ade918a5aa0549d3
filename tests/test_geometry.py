"""The affine map from patches to the picture's pixels."""

from __future__ import annotations

import numpy as np
import pytest

from vitviewer.geometry import Geometry

SQUASH = Geometry((640, 480), (224, 224), (0, 0), (224, 224), (16, 16))
CROP = Geometry((640, 320), (512, 256), (144, 16), (224, 224), (14, 14))
PADDED = Geometry((100, 50), (100, 50), (-14, -39), (128, 128), (32, 32))
REMAINDER = Geometry((100, 100), (100, 100), (0, 0), (100, 100), (16, 32))
ALL = [SQUASH, CROP, PADDED, REMAINDER]


def test_squash_covers_the_whole_picture():
    assert (SQUASH.rows, SQUASH.cols) == (14, 14)
    assert SQUASH.seen == (0, 0, 640, 480)
    assert SQUASH.grid_rect == SQUASH.input_rect == (0, 0, 640, 480)


def test_crop_leaves_the_edges_out():
    assert CROP.seen == (180, 20, 460, 300)
    assert CROP.patch_at(179.9, 100) is None
    assert CROP.patch_at(180, 20) == (0, 0)
    assert CROP.patch_at(459.9, 299.9) == (15, 15)


def test_padding_is_not_part_of_what_was_seen():
    assert PADDED.input_rect == (-14, -39, 128, 128)
    assert PADDED.seen == (0, 0, 100, 50)
    assert PADDED.patch_at(0, 0) == (1, 0)


def test_a_remainder_of_pixels_is_never_seen():
    assert (REMAINDER.rows, REMAINDER.cols) == (3, 6)
    assert REMAINDER.seen == (0, 0, 96, 96)
    assert REMAINDER.patch_at(97, 10) is None


@pytest.mark.parametrize("geometry", ALL)
def test_affine_and_rectangles_agree(geometry):
    for row in range(geometry.rows):
        for col in range(geometry.cols):
            x, y, width, height = geometry.patch_rect(row, col)
            corner = geometry.affine @ [col, row, 1]
            opposite = geometry.affine @ [col + 1, row + 1, 1]
            np.testing.assert_allclose(corner, (x, y), atol=1e-9)
            np.testing.assert_allclose(opposite, (x + width, y + height), atol=1e-9)


@pytest.mark.parametrize("geometry", ALL)
def test_each_patch_is_found_at_its_centre_if_it_was_seen(geometry):
    x0, y0, x1, y1 = geometry.seen
    for row in range(geometry.rows):
        for col in range(geometry.cols):
            x, y = geometry.affine @ [col + 0.5, row + 0.5, 1]
            inside = x0 <= x < x1 and y0 <= y < y1
            assert geometry.patch_at(x, y) == ((row, col) if inside else None)
