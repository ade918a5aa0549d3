"""The preprocessor_config.json of a folder, and what it makes of tiny pictures."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from tests.fuzz.mutation import json_mutator
from tests.processor_zoo import SPECIMENS, settings_of
from vitviewer.errors import ModelError
from vitviewer.inputs import kinds as processors
from vitviewer.inputs import placing as places
from vitviewer.inputs.preprocessor import Preprocessor, build
from vitviewer.models.checkpoint.json_files import read_json
from vitviewer.queries import Resolution

_FALLBACK = {"image_processor_type": "ViTImageProcessor", "size": 32}
_SMALL = {"size": {"height": 48, "width": 32}, "crop_size": {"height": 32, "width": 32}}
_SHAPES = ((17, 23), (1, 1), (40, 3))


def attempt(data: bytes, folder: Path) -> None:
    path = folder / "preprocessor_config.json"
    path.write_bytes(data)
    with (
        _no_log(),
        patch.object(processors, "_LARGEST_SIDE", 96),
        patch.object(processors, "_MOST_PATCHES", 64),
        patch.object(places, "_MOST_PIXELS", 256 * 256),
        suppress(ModelError),
    ):
        settings = processors.settings_of(read_json(path))
        made = build(settings, _FALLBACK, (16, 16))
        assert made.description.isprintable()
        for resolution in Resolution:
            _try(made, resolution)


@contextmanager
def _no_log() -> Iterator[None]:
    """Keep transformers from writing a page a second on tiny pictures."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _try(made: Preprocessor, resolution: Resolution) -> None:
    for shape in _SHAPES:
        with suppress(ModelError):
            pixels = np.full((*shape, 3), 127, np.uint8)
            values, geometry = made.at(resolution).prepare(pixels)
            assert values.dtype == torch.float32
            assert torch.isfinite(values).all()
            assert tuple(values.shape) == (1, 3, *geometry.input_size[::-1])
            assert made.show(values).shape == (*values.shape[2:], 3)


def seeds() -> Iterator[bytes]:
    for specimen in SPECIMENS.values():
        settings = settings_of(specimen)
        yield json.dumps({**settings, **_SMALL}).encode()
    edges = {"size": {"shortest_edge": 32, "longest_edge": 64}, "patch_size": 16}
    for kind in ("Pixtral", "Idefics3", "Yolos", "ViT", "LlavaNext"):
        named = {"image_processor_type": f"{kind}ImageProcessor"}
        yield json.dumps({**named, **edges}).encode()
    yield json.dumps({"image_processor": {**_FALLBACK, **_SMALL}}).encode()
    yield json.dumps(
        {
            **_FALLBACK,
            **{"do_resize": True, "resample": 3, "do_rescale": True},
            **{"rescale_factor": 1 / 255, "do_normalize": True, "do_pad": False},
            **{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]},
            **{"do_convert_rgb": None, "pad_size": {"height": 64, "width": 64}},
            **{"do_image_splitting": False, "max_image_size": {"longest_edge": 32}},
            **{"size_divisor": 8, "ensure_multiple_of": 4, "keep_aspect_ratio": True},
            **{"min_size": 14, "max_num_patches": 9, "normalize_factor": 200},
        }
    ).encode()


mutate = json_mutator(seeds())
