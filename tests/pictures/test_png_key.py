"""PNG's one transparent colour: compared at the picture's own depth, by the bytes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.picture_factory import chunk, encoded, noise
from tests.pictures.declared_files import gamma, key, png_of
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.picture import Picture


def decode(data: bytes) -> Picture:
    return decode_image(data, "x.png", "x.png")


def alpha_of(picture: Picture) -> np.ndarray:
    if picture.transparency is None:
        return np.full(picture.pixels.shape[:2], 255)
    return picture.transparency.alpha


@pytest.mark.parametrize(
    ("depth", "channels"), [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (8, 3), (16, 3)]
)
def test_only_the_pixels_of_that_very_colour_are_transparent(
    depth: int, channels: int
) -> None:
    rng = np.random.default_rng(depth)
    values = rng.integers(0, 2**depth, (16, 24, channels))
    chosen = values[3, 5].copy()
    values[7:9, 4:11] = chosen
    # Those differ in the low bits or the high ones alone.
    values[0, 0], values[0, 1] = chosen ^ 1, chosen ^ (1 << depth - 1)
    right = np.where((values == chosen).all(axis=-1), 0, 255)
    picture = decode(png_of(values, depth, key(*map(int, chosen))))
    np.testing.assert_array_equal(alpha_of(picture), right)
    assert "over white" in picture.notes[-1]


@pytest.mark.parametrize(("depth", "low"), [(1, 1), (2, 2), (4, 5), (8, 77)])
def test_bits_above_the_depth_do_not_count(depth: int, low: int) -> None:
    values = np.arange(2**depth).reshape(1, -1, 1)
    picture = decode(png_of(values, depth, key(low | 0x4000)))
    assert np.flatnonzero(alpha_of(picture) == 0).tolist() == [low]


def test_a_colour_that_nothing_has_hides_nothing() -> None:
    values = np.full((4, 4, 3), 0x1234)
    assert decode(png_of(values, 16, key(0x1234, 0x1234, 0x1235))).transparency is None


@pytest.mark.parametrize("name", [b"transparency", b"icc_profile", b"gamma", b"srgb"])
def test_a_text_is_no_transparency_and_no_profile(name: bytes) -> None:
    pixels = noise(4, 4)
    text = chunk(b"tEXt", name + b"\0" + b"0")
    picture = decode(png_of(pixels, 8, text))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.notes == ()


def test_more_alphas_than_a_palette_can_have_are_left_aside() -> None:
    data = encoded(noise(4, 4)[..., 0] % 2)
    image = Image.open(io.BytesIO(data)).convert("P")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", bits=8)
    data = buffer.getvalue()
    place = data.index(b"IDAT") - 4
    keyed = data[:place] + chunk(b"tRNS", bytes(300)) + data[place:]
    right = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(decode(keyed).pixels, right)


def test_a_key_after_the_pixels_comes_too_late() -> None:
    data = png_of(np.full((4, 4, 3), 9), 8)
    late = data[:-12] + key(9, 9, 9) + data[-12:]
    assert decode(late).transparency is None


def test_a_key_beneath_a_curve_is_that_of_the_stored_numbers() -> None:
    values = np.array([[[1000], [2000], [65535]]])
    picture = decode(png_of(values, 16, gamma(1.0), key(2000)))
    assert alpha_of(picture).tolist() == [[255, 0, 255]]
