"""Every image processor: transformers' own values; a place that pixels prove."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from tests.processor_zoo import (
    SPECIMENS,
    Specimen,
    reference_features,
    reference_values,
    settings_of,
)
from vitviewer.errors import ModelError
from vitviewer.inputs import kinds as processors
from vitviewer.inputs import making
from vitviewer.inputs.preprocessor import build
from vitviewer.queries import Resolution

SIZES = [(481, 643), (225, 223), (1001, 333), (97, 311), (239, 719)]
FALLBACK = {"image_processor_type": "ViTImageProcessor", "size": 224}
REFERENCED = [name for name, specimen in SPECIMENS.items() if specimen.reference]


def make(name, resolution=Resolution.TRAINED):
    specimen = SPECIMENS[name]
    patch = (specimen.patch, specimen.patch)
    return build(settings_of(specimen), FALLBACK, patch).at(resolution)


def noise(width, height):
    rng = np.random.default_rng(width)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def ramps(width, height):
    """Return red rising along x and green along y, from 20 to 235, on average.

    Noise of a grey level makes the mean of a column exact, where rounding would not.
    """
    pixels = np.zeros((height, width, 3))
    pixels[..., 0] = 20 + 215 * (np.arange(width) + 0.5) / width
    pixels[..., 1] = (20 + 215 * (np.arange(height) + 0.5) / height)[:, None]
    noise = np.random.default_rng(0).uniform(0, 1, pixels.shape)
    return np.floor(pixels + noise).astype(np.uint8)


def colours(preprocessor, values):
    """Undo scale and normalisation, without rounding to grey levels."""
    p = preprocessor.processor
    image = values[0].permute(1, 2, 0).double().numpy()
    if p.do_normalize:
        image = image * p.image_std + p.image_mean
    return image / p.rescale_factor


def inner(start, step, n, length):
    """Return the indices of input pixels that lie well on the picture, and where."""
    centres = start + (np.arange(n) + 0.5) * step
    margin = max(0.1 * length, 3 * step)
    chosen = np.flatnonzero((centres > margin) & (centres < length - margin))
    return chosen, centres[chosen]


def largest_error(seen, centres, length):
    """Return by how many picture pixels a ramp's straight line misses the places.

    The line through all pixels is read at both ends: grey levels are steps as wide as
    some pixels, which the line evens out.
    """
    read = (seen - 20) / 215 * length
    slope, start = np.polyfit(centres, read, 1)
    ends = centres[[0, -1]]
    return np.abs(start + slope * ends - ends).max()


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("name", SPECIMENS)
def test_ramps_read_every_place_within_a_pixel(name, resolution):
    preprocessor = make(name, resolution)
    for width, height in SIZES:
        values, geometry = preprocessor.prepare(ramps(width, height))
        x, y, across, down = geometry.input_rect
        size = geometry.input_size
        cols, centres_x = inner(x, across / size[0], size[0], width)
        rows, centres_y = inner(y, down / size[1], size[1], height)
        seen = colours(preprocessor, values)[rows][:, cols]
        assert min(seen.shape[:2]) > 5
        red, green = seen[..., 0].mean(axis=0), seen[..., 1].mean(axis=1)
        assert largest_error(red, centres_x, width) < 0.5
        assert largest_error(green, centres_y, height) < 0.5
        assert tuple(values.shape) == (1, 3, size[1], size[0])
        assert values.dtype == torch.float32
        assert preprocessor.geometry(width, height) == geometry


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_white_patch_lights_up_that_patch_alone(name):
    preprocessor = make(name)
    width, height, side = 641, 479, SPECIMENS[name].patch
    geometry = preprocessor.geometry(width, height)
    middle = (geometry.rows // 2, geometry.cols // 2)
    for row, col in (middle, (middle[0] - 2, middle[1] + 3)):
        x, y, w, h = geometry.patch_rect(row, col)
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[round(y) : round(y + h), round(x) : round(x + w)] = 255
        lit, dark = (preprocessor.prepare(p)[0] for p in (pixels, 0 * pixels))
        light = (lit - dark)[0, 0].double().numpy()
        whole = light[: geometry.rows * side, : geometry.cols * side]
        shares = whole.reshape(geometry.rows, side, geometry.cols, side)
        shares = shares.mean(axis=(1, 3))
        assert np.unravel_index(shares.argmax(), shares.shape) == (row, col)
        assert shares[row, col] > 0.7 * np.abs(shares).sum()


@pytest.mark.parametrize("name", REFERENCED)
def test_the_values_are_bit_for_bit_the_processor_s(name):
    preprocessor = make(name)
    for width, height in SIZES:
        pixels = noise(width, height)
        theirs = reference_values(SPECIMENS[name], Image.fromarray(pixels))
        assert torch.equal(preprocessor.prepare(pixels)[0], theirs)


@pytest.mark.parametrize("name", SPECIMENS)
def test_what_the_model_saw_can_be_shown(name):
    for resolution in Resolution:
        preprocessor = make(name, resolution)
        values, geometry = preprocessor.prepare(np.full((90, 131, 3), 150, np.uint8))
        seen = preprocessor.show(values)
        assert seen.shape == (*geometry.input_size[::-1], 3)
        middle = seen[seen.shape[0] // 2, seen.shape[1] // 2]
        np.testing.assert_array_equal(middle, [150, 150, 150])


@pytest.mark.parametrize("name", ["siglip2", "siglip2 small"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_patch_sequence_is_bit_for_bit_the_processor_s(name, size):
    preprocessor, pixels = make(name), noise(*size)
    theirs = reference_features(SPECIMENS[name], Image.fromarray(pixels))
    ours = preprocessor.inputs(*preprocessor.prepare(pixels))
    assert preprocessor.pads_tokens
    assert set(ours) == set(theirs)
    for key, tensor in theirs.items():
        assert torch.equal(ours[key], tensor)
        assert ours[key].dtype == tensor.dtype


def test_patches_of_another_size_than_the_model_s_are_refused():
    with pytest.raises(ModelError, match="cuts patches of 16 × 16 pixels, but"):
        build(settings_of(SPECIMENS["siglip2"]), FALLBACK, (14, 14))


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_inputs_go_with_the_pixel_values(name):
    preprocessor = make(name)
    values, geometry = preprocessor.prepare(noise(239, 131))
    made = preprocessor.inputs(values, geometry)
    width, height = geometry.input_size
    kind = SPECIMENS[name].name
    if kind == "Siglip2":
        return
    assert made.pop("pixel_values") is values
    if kind == "Pixtral":
        assert made.pop("image_sizes").tolist() == [[height, width]]
    if kind in ("Idefics2", "Idefics3", "SmolVLM"):
        mask = made.pop("patch_attention_mask")
        assert mask.shape == (1, geometry.rows, geometry.cols)
        assert mask.all()
    assert not made


def test_dinov3_resizes_numbers_not_grey_levels():
    """Pillow resizes floating-point images by code of its own: an independent check."""
    for resample in (2, 3):
        specimen = Specimen("DINOv3ViT", {"resample": resample})
        preprocessor = build(settings_of(specimen), FALLBACK, (16, 16))
        for width, height in SIZES:
            pixels = noise(width, height)
            values, _ = preprocessor.prepare(pixels)
            p = preprocessor.processor
            for channel in range(3):
                scaled = pixels[..., channel].astype(np.float32) / 255
                resized = Image.fromarray(scaled).resize((224, 224), resample)
                expected = np.asarray(resized) - p.image_mean[channel]
                expected = expected / p.image_std[channel]
                error = np.abs(values[0, channel].numpy() - expected).max()
                assert error < 1e-4  # a grey level is 0.017


@pytest.mark.parametrize("name", ["tipsv2", "sapiens2"])
def test_torchvision_s_grey_levels_are_met_within_one(name):
    """Torchvision resizes whole numbers by this function of torch, and rounds."""
    preprocessor = make(name)
    for width, height in SIZES:
        pixels = noise(width, height)
        values, geometry = preprocessor.prepare(pixels)
        tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
        size = geometry.input_size[::-1]
        theirs = functional.interpolate(tensor, size, mode="bilinear", antialias=True)
        theirs = theirs.round()[0].permute(1, 2, 0).double().numpy()
        ours = np.rint(colours(preprocessor, values))
        assert np.abs(ours - theirs).max() <= 1
        assert (ours != theirs).mean() < 0.25


def test_padding_before_the_resize_leaves_a_place_between_the_pixels():
    geometry = make("owlv2").geometry(481, 643)
    assert geometry.resized_size[0] != round(geometry.resized_size[0])
    assert geometry.input_rect == pytest.approx((0, 0, 643, 643))
    geometry = make("llava padded").geometry(643, 481)
    scale = 643 / 256
    assert geometry.input_rect == pytest.approx(
        (16 * scale, 16 * scale - 81, 224 * scale, 224 * scale)
    )
    assert geometry.seen[1] == 0


def test_the_file_of_a_whole_processor_is_understood():
    inner = {"image_processor_type": "CLIPImageProcessor", "size": 7}
    assert processors.settings_of(inner) is inner
    assert processors.settings_of({"image_processor": inner, "tokens": 3}) == inner
    assert processors.settings_of({"processor_class": "X", "patch_size": 14}) == {}
    assert processors.settings_of({"image_processor": "x", "size": 3})["size"] == 3


def test_patches_that_are_merged_later_are_whole_in_the_picture():
    inner = {"image_processor_type": "PixtralImageProcessorFast", "patch_size": 14}
    whole = {"image_processor": inner, "patch_size": 14, "spatial_merge_size": 2}
    settings = processors.settings_of(whole)
    assert settings["patch_size"] == 28
    made = build(settings, FALLBACK, (14, 14)).geometry(99, 51)
    assert made.input_size == (112, 56)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("siglip2", {"max_num_patches": 10**9}, "impossible picture size"),
        ("siglip2", {"patch_size": 0}, "impossible picture size"),
        ("siglip2", {"patch_size": 2.5}, "impossible picture size"),
        ("pixtral", {"patch_size": {"height": -1, "width": 4}}, "impossible"),
        ("pixtral", {"size": {"longest_edge": 10**6}}, "impossible picture size"),
        ("idefics3", {"max_image_size": {"longest_edge": 9999}}, "impossible"),
        ("idefics3", {"max_image_size": {}}, "makes no sense"),
        ("dpt", {"ensure_multiple_of": float("nan")}, "sense|impossible"),
        ("dpt", {"ensure_multiple_of": -3}, "impossible"),
        ("dpt", {"size_divisor": "big"}, "makes no sense"),
        ("vitpose", {"normalize_factor": 1e-320}, "makes no sense|impossible|thin"),
        ("vitpose", {"size": {"height": 1, "width": 1}}, "makes no sense"),
        ("janus", {"size": {"height": 20, "width": 30}}, "makes no sense"),
        ("dinov3", {"resample": 1}, "filter that is not supported"),
        ("dinov3", {"resample": 77}, "filter that is not supported|no sense"),
        ("sapiens2 padded", {"do_center_crop": True}, "both pads and crops"),
        ("yolos padded", {"pad_size": {"height": 5, "width": 5}}, "correct pad_size"),
        ("vit", {"image_processor_type": "SamImageProcessor"}, "not supported"),
        ("vit", {"image_processor_type": "Qwen2VLImageProcessor"}, "not supported"),
    ],
)
def test_impossible_settings_are_refused(name, changes, words):
    with pytest.raises(ModelError, match=words) as caught:
        build({**settings_of(SPECIMENS[name]), **changes}, FALLBACK, (16, 16))
    assert "\n" not in str(caught.value)


def prepared_or_why_not(preprocessor, pixels):
    try:
        return preprocessor.prepare(pixels), ""
    except ModelError as error:
        return None, str(error)


@pytest.mark.parametrize("name", SPECIMENS)
def test_any_shape_of_picture_is_prepared_or_refused(name):
    for resolution in Resolution:
        preprocessor = make(name, resolution)
        for size in ((1, 1), (1, 300), (300, 1), (3, 2)):
            made, why = prepared_or_why_not(preprocessor, noise(*size))
            assert made or "too long and thin" in why or "try a larger one" in why
            if made:
                assert tuple(made[0].shape[2:]) == made[1].input_size[::-1]


def test_a_picture_whose_square_is_too_large_is_refused():
    with pytest.raises(ModelError, match="too long and thin"):
        make("owlv2").prepare(np.zeros((3, 9000, 3), np.uint8))


def test_processors_that_need_scipy_say_so(monkeypatch):
    monkeypatch.setattr("vitviewer.inputs.making.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="pip install scipy"):
        make("owlv2")


def test_processors_that_transformers_lacks_say_so(monkeypatch):
    monkeypatch.setattr(making.transformers, "DPTImageProcessorPil", None)
    with pytest.raises(ModelError, match="newer transformers"):
        make("dpt")


def test_descriptions_say_what_is_done():
    expected = {
        "siglip2": "at most 256 patches of 16×16, bilinear",
        "pixtral": "longer side at most 320, bicubic",
        "yolos": "shorter side to 200, longer at most 333, bilinear",
        "dpt in shape": "near 210×210 in the picture's shape, bicubic",
        "owlv2": "pad to a square, squash to 240×240",
        "vitpose": "fit into 192×256 with a margin, bilinear",
        "janus": "longer side to 384, bicubic",
        "smolvlm": "squash to 256×256, lanczos",
        "sapiens2 padded": "fit into 192×256, bilinear, centre crop 192×256",
    }
    for name, words in expected.items():
        assert make(name).description.startswith(words), name
    own = make("clip", Resolution.PICTURE).description
    assert own.startswith("the picture's own shape, bicubic, mean 0.481")
    double = make("bit", Resolution.DOUBLE).description
    assert double.startswith("shorter side to 512, bicubic, centre crop 448×448")


def test_every_kind_has_a_specimen():
    names = {f"{specimen.name}ImageProcessor" for specimen in SPECIMENS.values()}
    assert names == set(processors.KINDS)
