"""The processor's settings tell where each patch lies; the pixels prove it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from transformers import BatchFeature

from vitviewer.errors import ModelError
from vitviewer.inputs.preprocessor import build

SIZES = [
    *((224, 224), (640, 480), (481, 643), (225, 223), (1001, 333)),
    *((97, 611), (301, 300), (150, 113), (512, 1023), (239, 719)),
]
FALLBACK = {"image_processor_type": "ViTImageProcessor", "size": 224}
PROCESSORS = {
    "squash": {"image_processor_type": "ViTImageProcessor", "size": 224},
    "squash not square": {
        "image_processor_type": "ViTImageProcessorFast",
        "size": {"height": 160, "width": 288},
        "resample": 3,
    },
    "shortest edge and crop": {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
    },
    "squash and crop": {"feature_extractor_type": "DeiTFeatureExtractor"},
    "clip": {"image_processor_type": "CLIPImageProcessor"},
    "crop larger than the picture": {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": 150},
        "crop_size": {"height": 225, "width": 256},
    },
    "pad": {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 180, "width": 200},
        "do_pad": True,
        "pad_size": {"height": 224, "width": 240},
    },
    "no resize": {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": False,
    },
}


def make(settings):
    return build(settings, FALLBACK, (16, 16))


def patches_to_try(geometry):
    """Return first, middle and last of the patches that lie wholly on the picture."""
    width, height = geometry.picture_size
    whole = []
    for row in range(geometry.rows):
        for col in range(geometry.cols):
            x, y, w, h = geometry.patch_rect(row, col)
            if x >= 0 and y >= 0 and x + w <= width and y + h <= height:
                whole.append((row, col))
    return whole[0], whole[len(whole) // 2], whole[-1]


def ramps(width, height, rect):
    """Return red rising along x and green along y, 128 at the rectangle's centre."""
    x, y, w, h = rect
    across = 128 + (np.arange(width) + 0.5 - x - w / 2) * 200 / (2 * w)
    down = 128 + (np.arange(height) + 0.5 - y - h / 2) * 200 / (2 * h)
    pixels = np.zeros((height, width, 3))
    pixels[..., 0], pixels[..., 1] = across[None], down[:, None]
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_ramps_read_the_patch_centres_within_a_pixel(name, size):
    preprocessor = make(PROCESSORS[name])
    for row, col in patches_to_try(preprocessor.geometry(*size)):
        rect = preprocessor.geometry(*size).patch_rect(row, col)
        values, geometry = preprocessor.prepare(ramps(*size, rect))
        seen = preprocessor.show(values)[row * 16 :, col * 16 :][:16, :16]
        red, green = seen[..., 0].mean(), seen[..., 1].mean()
        assert abs(red - 128) / 200 * 2 * rect[2] < 1, (row, col)
        assert abs(green - 128) / 200 * 2 * rect[3] < 1, (row, col)
        assert tuple(values.shape) == (1, 3, *geometry.input_size[::-1])
        assert values.dtype == torch.float32


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_white_patch_lights_up_that_patch_alone(name):
    preprocessor = make(PROCESSORS[name])
    width, height = 641, 479
    geometry = preprocessor.geometry(width, height)
    for row, col in patches_to_try(geometry):
        x, y, w, h = geometry.patch_rect(row, col)
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[round(y) : round(y + h), round(x) : round(x + w)] = 255
        lit, dark = (preprocessor.prepare(p)[0] for p in (pixels, 0 * pixels))
        light = (lit - dark)[0, 0].double().numpy()
        whole = light[: geometry.rows * 16, : geometry.cols * 16]
        shares = whole.reshape(geometry.rows, 16, geometry.cols, 16).mean(axis=(1, 3))
        assert np.unravel_index(shares.argmax(), shares.shape) == (row, col)
        assert shares[row, col] > 0.75 * np.abs(shares).sum()


def test_what_the_model_saw_is_the_picture_itself_where_nothing_is_resized():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    for extra in ({}, {"do_normalize": False}, {"do_rescale": False}):
        preprocessor = make({**PROCESSORS["no resize"], **extra})
        values, _ = preprocessor.prepare(pixels)
        np.testing.assert_array_equal(preprocessor.show(values), pixels)


def test_the_fallback_is_used_only_where_there_is_no_file():
    fallback = {"image_processor_type": "BitImageProcessor", "size": 100}
    assert "shorter side to 100" in build({}, fallback, (16, 16)).description
    named = build({"size": {"height": 9, "width": 8}}, fallback, (4, 4)).description
    assert named.startswith("squash to 8×9, bicubic")


def test_descriptions_say_what_is_done():
    expected = {
        "squash": "squash to 224×224, bilinear, mean 0.5, std 0.5",
        "squash and crop": "squash to 256×256, bicubic, centre crop 224×224, "
        "mean 0.5, std 0.5",
        "no resize": "no resizing, mean 0.5, std 0.5",
        "pad": "squash to 200×180, bilinear, pad to 240×224, mean 0.5, std 0.5",
    }
    for name, words in expected.items():
        assert make(PROCESSORS[name]).description == words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": {"height": 60_000, "width": 60_000}}, "impossible picture size"),
        ({"size": {"height": 0, "width": 224}}, "impossible picture size"),
        ({"size": {"height": "224", "width": 224}}, "preprocessor_config.json"),
        ({"size": "large"}, "makes no sense"),
        ({"size": {"longest_edge": 224}}, "give height and width"),
        ({"image_std": [0.5, 0.0, 0.5]}, "impossible mean"),
        ({"image_mean": [0.5, float("nan"), 0.5]}, "impossible mean"),
        ({"image_mean": [0.5, 0.5]}, "makes no sense"),
        ({"image_mean": "grey"}, "makes no sense"),
        ({"resample": 99}, "makes no sense"),
        ({"rescale_factor": 0}, "rescale_factor"),
        ({"image_processor_type": "SwinImageProcessor\n"}, "not supported"),
        ({"image_processor_type": "AutoModel"}, "not supported"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(ModelError, match=words) as caught:
        make(settings).prepare(np.zeros((40, 30, 3), np.uint8))
    assert "\n" not in str(caught.value)


def test_a_ribbon_of_a_picture_is_refused_before_it_is_blown_up():
    preprocessor = make(PROCESSORS["clip"])
    with pytest.raises(ModelError, match="too long and thin"):
        preprocessor.prepare(np.zeros((2, 6000, 3), np.uint8))


def test_a_processor_that_does_something_else_is_caught():
    preprocessor = make(PROCESSORS["squash"])
    preprocessor.processor._preprocess = lambda *_args, **_kwargs: BatchFeature(
        {"pixel_values": torch.zeros(1, 3, 32, 40)}
    )
    with pytest.raises(ModelError, match="40 × 32 pixels where its settings say"):
        preprocessor.prepare(np.zeros((40, 30, 3), np.uint8))


def test_a_processor_that_resizes_otherwise_is_refused(monkeypatch):
    pil = transformers.ViTImageProcessorPil
    monkeypatch.setattr(
        pil, "resize", lambda *_args, **_kwargs: np.zeros((3, 224, 224))
    )
    with pytest.raises(ModelError, match="resizes in a way that is not supported"):
        make(PROCESSORS["squash"])


@pytest.mark.parametrize("name", PROCESSORS)
def test_the_values_are_bit_for_bit_the_processor_s(name):
    preprocessor = make(PROCESSORS[name])
    for width, height in SIZES:
        pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3))
        pixels = pixels.astype(np.uint8)
        theirs = preprocessor.processor(Image.fromarray(pixels), return_tensors="pt")
        assert torch.equal(preprocessor.prepare(pixels)[0], theirs["pixel_values"])
