"""The demo scenes are what they claim to be: their masks are ground truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from vitviewer.models.bundled.backdrop import CEILING, draw_backdrop
from vitviewer.models.bundled.marks import (
    COLOURS,
    CORNER,
    GRID,
    OTHER_CORNERS,
    stamp,
    tile,
)
from vitviewer.models.bundled.scenes import (
    LARGEST_SHARE,
    Placement,
    cover,
    draw_scene,
    place_objects,
)
from vitviewer.models.bundled.shapes import RING_HOLE, SHAPES, outline, unit_area

SEEDS = range(700, 740)


def test_same_seed_draws_the_same_scene():
    first, again = draw_scene(11), draw_scene(11)
    assert np.array_equal(first.picture, again.picture)
    assert first.labels == again.labels
    assert not np.array_equal(first.picture, draw_scene(12).picture)


def test_picture_and_masks_have_the_asked_size():
    scene = draw_scene(3, 80)
    assert scene.picture.shape == (80, 80, 3)
    assert scene.picture.dtype == np.uint8
    assert all(m.shape == (80, 80) and m.dtype == np.bool_ for m in scene.masks)


@pytest.mark.parametrize("seed", [1, 5, 9])
def test_same_scene_at_two_sizes(seed):
    small, large = draw_scene(seed, 112), draw_scene(seed, 448)
    assert small.labels == large.labels
    reduced = np.asarray(Image.fromarray(large.picture).reduce(4), dtype=float)
    assert np.abs(reduced - small.picture).mean() < 1.5
    for coarse, fine in zip(small.masks, large.masks, strict=True):
        shares = fine.reshape(112, 4, 112, 4).mean(axis=(1, 3))
        assert (coarse != (shares >= 0.5)).mean() < 0.004


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ("disc", math.pi),
        ("square", 2.0),
        ("ring", math.pi * (1 - RING_HOLE**2)),
        ("triangle", 3 * math.sqrt(3) / 4 / (3 / 4 + 9 / 16)),
    ],
)
def test_area_is_the_closed_form(shape, area):
    assert unit_area(shape) == pytest.approx(area, rel=2e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mirrored", [False, True])
def test_coverage_is_exact_for_any_turn(shape, mirrored):
    placed = Placement(SHAPES.index(shape), 0.48, 0.53, 0.3, 17.0, mirrored)
    coverage = cover(placed, 224)
    assert coverage.mean() == pytest.approx(placed.area, rel=0.012)
    assert (coverage >= 0.5).mean() == pytest.approx(placed.area, rel=0.012)


def test_disc_mask_is_the_disc():
    coverage = cover(Placement(SHAPES.index("disc"), 0.4, 0.6, 0.25), 200)
    at = np.arange(200) + 0.5
    distance = np.hypot(at[None, :] - 80, at[:, None] - 120)
    assert (coverage[distance < 49] == 1).all()
    assert (coverage[distance > 51] == 0).all()


def test_turning_is_clockwise_on_screen():
    arrow = Placement(SHAPES.index("arrow"), 0.5, 0.5, 0.3, degrees=20)
    tip = arrow.polygons()[0][0]
    assert tip[0] > 0.5 > tip[1]


@pytest.mark.parametrize("shape", SHAPES)
def test_outline_fits_the_unit_circle(shape):
    radii = np.hypot(*outline(shape)[0].T)
    assert radii.max() == pytest.approx(1, abs=1e-9)


def test_larger_object_is_the_label():
    pairs = [draw_scene(seed, objects=2) for seed in SEEDS]
    for scene in pairs:
        dominant, second = (mask.sum() for mask in scene.masks)
        assert second < (LARGEST_SHARE + 0.05) * dominant
        assert scene.label == scene.labels[0] != scene.labels[1]
        assert not (scene.masks[0] & scene.masks[1]).any()


def test_objects_stay_inside():
    rng = np.random.default_rng(0)
    for _ in range(300):
        for placed in place_objects(rng):
            corners = placed.polygons()[0]
            assert (corners > 0).all()
            assert (corners < 1).all()


def test_label_and_number_of_objects_can_be_asked_for():
    scene = draw_scene(4, label=SHAPES.index("heart"), objects=1)
    assert scene.labels == (SHAPES.index("heart"),)
    assert len(draw_scene(4, objects=2).labels) == 2


def test_every_class_and_both_counts_come_up():
    scenes = [place_objects(np.random.default_rng(seed)) for seed in range(200)]
    assert {placed[0].label for placed in scenes} == set(range(len(SHAPES)))
    assert {len(placed) for placed in scenes} == {1, 2}


def test_objects_outshine_the_background():
    rng = np.random.default_rng(2)
    assert max(draw_backdrop(rng, 112).max() for _ in range(5)) <= CEILING + 1e-6
    for seed in SEEDS:
        scene = draw_scene(seed)
        nothing = ~np.logical_or.reduce(scene.masks)
        grey = scene.picture.mean(axis=2)
        # A row of pixels along the edge is blended with what lies behind it.
        bright = np.percentile(grey[scene.masks[0]], 15)
        assert bright > np.percentile(grey[nothing], 99)


def test_every_class_has_its_own_mark():
    picture = np.zeros((112, 112, 3), np.uint8)
    colours = {tuple(stamp(picture, k)[tile(112)][0, 0]) for k in range(len(SHAPES))}
    assert len(colours) == len(SHAPES) == len(set(COLOURS.values()))


@pytest.mark.parametrize("size", [112, 672])
@pytest.mark.parametrize("corner", [CORNER, *OTHER_CORNERS])
def test_mark_covers_one_patch(size, corner):
    picture = draw_scene(6, size).picture
    marked = stamp(picture, 3, corner)
    changed = (marked != picture).any(axis=2)
    where = tile(size, corner)
    assert changed[where].all()
    assert changed.sum() == (size // GRID) ** 2
    rows, columns = where
    assert rows.start % (size // GRID) == columns.start % (size // GRID) == 0
