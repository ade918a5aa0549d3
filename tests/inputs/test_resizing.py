"""Resized sizes are those of transformers, for any picture."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from transformers.image_transforms import get_size_with_aspect_ratio
from transformers.image_utils import SizeDict, get_image_size_for_max_height_width
from transformers.models.dpt import image_processing_pil_dpt as their_dpt
from transformers.models.idefics2 import image_processing_pil_idefics2 as their_idefics2
from transformers.models.idefics3 import image_processing_pil_idefics3 as their_idefics3
from transformers.models.pixtral import image_processing_pil_pixtral as their_pixtral
from transformers.models.siglip2 import image_processing_pil_siglip2 as their_siglip2
from transformers.models.yolos import image_processing_pil_yolos as their_yolos
from transformers.models.zoedepth import image_processing_pil_zoedepth as their_zoe

from vitviewer.inputs import resizing


def pictures():
    """Return many sizes, most of them usual, some of them ribbons."""
    rng = np.random.default_rng(0)
    usual = rng.integers(1, 3000, (400, 2))
    thin = np.exp(rng.uniform(0, 9, (400, 2))).astype(int) + 1
    edge = [(a, b) for a in (199, 200, 201, 333, 334) for b in (200, 333, 332, 334)]
    return [(int(w), int(h)) for w, h in (*usual, *thin, *edge)]


def empty(width, height):
    """Return a picture that takes up no memory."""
    return np.broadcast_to(np.uint8(0), (3, height, width))


def settings(size=None, **further):
    return SimpleNamespace(size=SizeDict(**(size or {})), **further)


EDGES = settings({"shortest_edge": 200, "longest_edge": 333})
CASES = {
    "edges": (
        resizing.by_size,
        EDGES,
        lambda w, h: get_size_with_aspect_ratio((h, w), 200, 333),
    ),
    "yolos": (
        resizing.yolos,
        EDGES,
        lambda w, h: their_yolos.get_size_with_aspect_ratio_yolos((h, w), 200, 333),
    ),
    "within": (
        resizing.by_size,
        settings({"max_height": 200, "max_width": 300}),
        lambda w, h: get_image_size_for_max_height_width((h, w), 200, 300),
    ),
    "pixtral": (
        resizing.pixtral,
        settings({"longest_edge": 700}, patch_size={"height": 16, "width": 14}),
        lambda w, h: their_pixtral.get_resize_output_image_size(
            empty(w, h), 700, (16, 14)
        ),
    ),
    "idefics2": (
        resizing.idefics2,
        settings({"shortest_edge": 378, "longest_edge": 980}),
        lambda w, h: their_idefics2.get_resize_output_image_size(
            empty(w, h), SizeDict(shortest_edge=378, longest_edge=980)
        ),
    ),
    "idefics3": (
        resizing.idefics3,
        settings({"longest_edge": 1456}),
        lambda w, h: their_idefics3.get_resize_output_image_size(empty(w, h), 1456),
    ),
    "idefics3 capped": (
        resizing.idefics3,
        settings({"longest_edge": 5000}),
        lambda w, h: their_idefics3.get_resize_output_image_size(empty(w, h), 5000),
    ),
    "siglip2": (
        resizing.patch_sequence,
        settings(patch_size=16, max_num_patches=256),
        lambda w, h: their_siglip2.get_image_size_for_max_num_patches(h, w, 16, 256),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sizes_are_those_of_transformers(name):
    resize, processor, theirs = CASES[name]
    for width, height in pictures():
        expected = tuple(theirs(width, height)[::-1])
        assert resize(processor, width, height) == expected


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("multiple", [1, 14, 32])
def test_depth_sizes_are_those_of_transformers(keeps, multiple):
    processor = settings(
        {"height": 384, "width": 500},
        keep_aspect_ratio=keeps,
        ensure_multiple_of=multiple,
    )
    for width, height in pictures():
        arguments = (empty(width, height), (384, 500), keeps, multiple)
        dpt = their_dpt.get_resize_output_image_size(*arguments)
        zoe = their_zoe.get_resize_output_image_size(
            *arguments, input_data_format="channels_first"
        )
        ours = resizing.dpt(processor, width, height)
        assert ours == (dpt.width, dpt.height)
        assert ours == (zoe[1], zoe[0])
