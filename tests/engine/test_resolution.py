"""A picture at twice the trained size, and in its own shape."""

from __future__ import annotations

import numpy as np
import pytest

from tests.inputs.test_kinds import FALLBACK, SIZES, make, noise
from tests.processor_zoo import SPECIMENS
from vitviewer.errors import ModelError
from vitviewer.inputs.preprocessor import build
from vitviewer.inputs.resizing import own_shape
from vitviewer.queries import Resolution


@pytest.mark.parametrize("name", [n for n, s in SPECIMENS.items() if s.fixed])
def test_twice_the_size_is_twice_the_size(name):
    once, twice = make(name), make(name, Resolution.DOUBLE)
    for size in SIZES:
        width, height = once.geometry(*size).input_size
        assert twice.geometry(*size).input_size == (2 * width, 2 * height)


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_picture_s_own_shape_is_whole_patches_and_nothing_is_cropped(name):
    trained, own = make(name), make(name, Resolution.PICTURE)
    side = SPECIMENS[name].patch
    for width, height in SIZES:
        usual = trained.geometry(width, height).input_size
        geometry = own.geometry(width, height)
        size = geometry.input_size
        assert size[0] % side == size[1] % side == 0
        half = 2 if "zoedepth" in name else 1e-6  # an input pixel there goes over
        assert geometry.seen == pytest.approx((0, 0, width, height), abs=half)
        assert 0.7 < size[0] * size[1] / (usual[0] * usual[1]) < 1.4
        stretch = size[0] / width / (size[1] / height)
        assert abs(np.log(stretch)) < side / min(size)


def test_a_ribbon_s_own_shape_is_bounded():
    own = make("vit", Resolution.PICTURE)
    for size in ((1, 30_000), (30_000, 1), (2, 6000)):
        made = own.geometry(*size).input_size
        assert min(made) == 16
        assert made[0] * made[1] <= 4 * 224 * 224


def test_own_shapes_of_any_area_are_bounded():
    rng = np.random.default_rng(0)
    for width, height, area in np.exp(rng.uniform(0, 12, (500, 3))).astype(int):
        made = own_shape(int(area), (16, 14), int(width), int(height))
        assert min(made[0] // 16, made[1] // 14) >= 1
        assert made[0] * made[1] <= max(4 * area, 16 * 14)


def test_every_resolution_is_reached_from_every_other():
    trained = make("clip")
    double = trained.at(Resolution.DOUBLE)
    assert double.at(Resolution.TRAINED) is trained
    assert double.at(Resolution.DOUBLE).geometry(99, 88) == double.geometry(99, 88)
    own = trained.at(Resolution.PICTURE)
    assert double.at(Resolution.PICTURE).geometry(99, 88) == own.geometry(99, 88)
    assert trained.processor.size.shortest_edge == 150


def test_a_size_that_cannot_be_doubled_is_refused():
    settings = {"size": {"height": 4000, "width": 30}}
    preprocessor = build(settings, FALLBACK, (16, 16))
    with pytest.raises(ModelError, match="impossible picture size"):
        preprocessor.at(Resolution.DOUBLE)


def test_twice_a_patch_sequence_has_four_times_the_patches():
    preprocessor = make("siglip2", Resolution.DOUBLE)
    made = preprocessor.inputs(*preprocessor.prepare(noise(300, 200)))
    assert made["pixel_values"].shape == (1, 1024, 768)
    assert 950 < made["pixel_attention_mask"].sum() <= 1024
