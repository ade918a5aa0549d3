"""Every mode comes out as the sRGB bytes that a stated rule gives."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from tests.picture_factory import (
    chunk,
    encoded,
    noise,
    png,
    png16,
    srgb_profile,
    swapped_profile,
)
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.picture import Picture


def decode(data: bytes) -> Picture:
    """Decode bytes that are a good picture."""
    return decode_image(data, "x", "x")


def tiff(values: NDArray[np.generic]) -> bytes:
    """Encode grey values of any type as TIFF."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="minisblack")
    return buffer.getvalue()


def grey(picture: Picture) -> NDArray[np.uint8]:
    """Return the one channel of a grey picture."""
    assert (picture.pixels == picture.pixels[..., :1]).all()
    return picture.pixels[..., 0]


def ramp(last: int) -> NDArray[Any]:
    """Return a grey ramp from 0 to ``last``, (16, 16)."""
    return np.linspace(0, last, 256).round().astype(np.uint16).reshape(16, 16)


@pytest.mark.parametrize("last", [65535, 4095, 40000, 4096, 200])
@pytest.mark.parametrize("form", ["png", "tiff"])
def test_sixteen_bit_grey(last: int, form: str) -> None:
    values = ramp(last)
    data = png16(values[..., None]) if form == "png" else tiff(values)
    full = 255 if last < 256 else 4095 if last < 4096 else 65535
    expected = np.round(values * (255 / full)).astype(int)
    picture = decode(data)
    np.testing.assert_array_equal(grey(picture), expected)
    assert any(f"0 to {full}" in note for note in picture.notes)


def test_sixteen_bit_grey_is_the_nearest_of_257() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = (values.astype(int) + 128) // 257
    np.testing.assert_array_equal(grey(decode(tiff(values))), expected)


def test_sixteen_bit_colour_keeps_the_high_byte() -> None:
    values = np.arange(48, dtype=np.uint16).reshape(4, 4, 3) * 1365
    picture = decode(png16(values))
    np.testing.assert_array_equal(picture.pixels, values >> 8)
    assert picture.notes == ("16-bit colours shown by their high byte",)


def test_eight_bit_colour_has_no_note() -> None:
    assert decode(encoded(noise(4, 4))).notes == ()
    assert decode(encoded(noise(4, 4), "TIFF")).notes == ()


def test_signed_whole_numbers_run_over_their_own_range() -> None:
    values = np.array([[-1000, 0], [1000, 3000]], np.int16)
    picture = decode(tiff(values))
    np.testing.assert_array_equal(grey(picture), [[0, 64], [128, 255]])
    assert picture.notes == ("grey scaled from its own range, -1000 to 3000",)


def test_unsigned_32_bits_do_not_turn_negative() -> None:
    values = np.array([[0, 2**31], [2**32 - 1, 2**30]], np.uint32)
    np.testing.assert_array_equal(grey(decode(tiff(values))), [[0, 128], [255, 64]])


def test_floats_within_one_stay() -> None:
    values = np.array([[0.0, 0.25], [0.5, 0.75]], np.float32)
    picture = decode(tiff(values))
    np.testing.assert_array_equal(grey(picture), [[0, 64], [128, 191]])
    assert picture.notes == ("floating-point grey scaled from 0 to 1",)


def test_other_floats_run_over_their_own_range() -> None:
    values = np.array([[-2.0, 0.0], [6.0, 2.0]], np.float32)
    picture = decode(tiff(values))
    np.testing.assert_array_equal(grey(picture), [[0, 64], [255, 128]])
    assert picture.notes == ("grey scaled from its own range, -2 to 6",)


def test_what_is_no_number_is_black_and_counted() -> None:
    values = np.array([[np.nan, 1.0], [np.inf, 0.5]], np.float32)
    picture = decode(tiff(values))
    np.testing.assert_array_equal(grey(picture), [[0, 255], [0, 128]])
    assert picture.notes[0] == "2 values that are no numbers shown black"
    nothing = decode(tiff(np.full((2, 2), np.nan, np.float32)))
    assert nothing.pixels.max() == 0
    assert nothing.notes == ("4 values that are no numbers shown black",)


def test_one_value_everywhere() -> None:
    assert decode(tiff(np.full((2, 2), 7.5, np.float32))).pixels.max() == 0


def test_alpha_over_white() -> None:
    pixels = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 128]]])
    picture = decode(encoded(pixels.astype(np.uint8)))
    # 128 / 255 of the colour and 127 / 255 of white
    expected = [[[200, 100, 0], [255, 255, 255], [227, 177, 127]]]
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.notes == ("transparency shown over white",)


def test_full_alpha_has_no_note() -> None:
    pixels = noise(3, 3, 4)
    pixels[..., 3] = 255
    picture = decode(encoded(pixels))
    np.testing.assert_array_equal(picture.pixels, pixels[..., :3])
    assert picture.notes == ()


def test_grey_with_alpha() -> None:
    pixels = np.array([[[10, 255], [10, 0]]], np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode="LA").save(buffer, "PNG")
    picture = decode(buffer.getvalue())
    np.testing.assert_array_equal(grey(picture), [[10, 255]])


def test_transparent_colour_of_a_palette_and_of_rgb() -> None:
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    palette.putpalette([255, 0, 0, 0, 0, 255])
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=1)
    picture = decode(buffer.getvalue())
    np.testing.assert_array_equal(picture.pixels, [[[255, 0, 0], [255, 255, 255]]])

    keyed = png(2, 1, 2, 8, b"\0" + bytes([1, 2, 3, 9, 9, 9]))
    keyed = keyed[:33] + chunk(b"tRNS", bytes([0, 1, 0, 2, 0, 3])) + keyed[33:]
    picture = decode(keyed)
    np.testing.assert_array_equal(picture.pixels, [[[255, 255, 255], [9, 9, 9]]])


def test_one_bit() -> None:
    data = png(8, 1, 0, 1, b"\0\xa5")
    np.testing.assert_array_equal(
        grey(decode(data)), [[255, 0, 255, 0, 0, 255, 0, 255]]
    )


def test_cmyk_is_converted_and_said_to_be_approximate() -> None:
    buffer = io.BytesIO()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(buffer, "TIFF")
    picture = decode(buffer.getvalue())
    np.testing.assert_array_equal(picture.pixels[0, 0], [255, 0, 0])
    assert picture.notes == ("CMYK without a colour profile: colours are approximate",)


def test_profile_with_swapped_primaries_swaps_red_and_blue() -> None:
    pixels = noise(20, 20)
    picture = decode(encoded(pixels, icc_profile=swapped_profile()))
    difference = picture.pixels.astype(int) - pixels[..., ::-1]
    assert np.abs(difference).max() <= 2
    assert picture.notes == ("colours converted from the embedded profile to sRGB",)


def test_profile_applies_beneath_alpha() -> None:
    pixels = noise(20, 20, 4)
    pixels[..., 3] = np.where(pixels[..., 3] > 127, 255, 0)
    picture = decode(encoded(pixels, icc_profile=swapped_profile()))
    opaque = pixels[..., 3] == 255
    difference = picture.pixels.astype(int) - pixels[..., 2::-1]
    assert np.abs(difference[opaque]).max() <= 2
    assert (picture.pixels[~opaque] == 255).all()


def test_srgb_profile_changes_nothing() -> None:
    pixels = noise(20, 20)
    picture = decode(encoded(pixels, icc_profile=srgb_profile()))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.notes == ()


def test_broken_and_misplaced_profiles_are_skipped_with_a_note() -> None:
    pixels = noise(4, 4)
    picture = decode(encoded(pixels, icc_profile=b"no profile at all"))
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.notes == ("broken colour profile ignored",)
    picture = decode(encoded(pixels[..., 0], icc_profile=srgb_profile()))
    np.testing.assert_array_equal(grey(picture), pixels[..., 0])
    assert picture.notes == ("colour profile of another kind of picture ignored",)


def test_lab_is_converted() -> None:
    buffer = io.BytesIO()
    Image.new("LAB", (4, 4), (255, 128, 128)).save(buffer, "TIFF")
    assert decode(buffer.getvalue()).pixels.min() > 245


@pytest.mark.filterwarnings("ignore")  # Pillow's, in the words of its own
def test_damaged_exif_does_not_cost_the_picture() -> None:
    pixels = noise(4, 4)
    data = encoded(pixels, exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    np.testing.assert_array_equal(decode(data).pixels, pixels)
