"""Colours as files declare them, against the formulas of the standards."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.corpus.pictures.case import scene
from tests.corpus.pictures.colour import DISPLAY_P3, converted, profile
from tests.picture_factory import chunk, encoded, noise, srgb_profile, swapped_profile
from tests.pictures.declared_files import (
    chromaticities,
    code_points,
    gamma,
    grey_profile,
    png_of,
    profile_chunk,
    to_srgb,
)
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.picture import Picture

SRGB_CHUNK = chunk(b"sRGB", b"\0")
BT_709 = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SWAPPED = (0.3127, 0.3290, 0.15, 0.06, 0.30, 0.60, 0.64, 0.33)
RAMP = np.arange(0, 65536, 13)[None, :, None]
SCENE = scene()
PLAIN = (SCENE / 255.0, SCENE)


def decode(data: bytes) -> Picture:
    return decode_image(data, "x", "x")


def error(picture: Picture, right: NDArray[Any]) -> float:
    return float(np.abs(picture.pixels.astype(float) - right).max())


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2, 3.0])
def test_a_profile_of_16_bit_grey_is_followed(exponent: float) -> None:
    data = png_of(RAMP, 16, profile_chunk(grey_profile(exponent)))
    picture = decode(data)
    # The curve in the file is in steps of 1 / 256.
    right = to_srgb((RAMP / 65535) ** (round(exponent * 256) / 256))
    assert error(picture, right) <= 2
    assert any("embedded profile" in note for note in picture.notes)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_a_profile_of_8_bit_grey_is_followed(form: str) -> None:
    grey = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
    options: dict[str, Any] = {"quality": 100} if form == "JPEG" else {}
    data = encoded(grey, form, icc_profile=grey_profile(1.0), **options)
    right = to_srgb(grey[..., None] / 255.0)
    picture = decode(data)
    assert error(picture, right) <= (26 if form == "JPEG" else 1)


def test_a_profile_for_colours_in_16_bit_grey_is_said() -> None:
    picture = decode(png_of(RAMP, 16, profile_chunk(srgb_profile())))
    assert any("ignored" in note for note in picture.notes)
    assert error(picture, np.rint(RAMP / 257)) <= 1


def test_a_profile_over_a_range_of_its_own_is_said_to_be_ignored() -> None:
    values = np.array([[-5.0, 3.0]], np.float32)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF", icc_profile=grey_profile(1.0))
    picture = decode(buffer.getvalue())
    assert any("profile ignored" in note for note in picture.notes)


@pytest.mark.parametrize("exponent", [1.0, 1 / 1.8, 0.7, 0.3])
@pytest.mark.parametrize("depth", [8, 16])
def test_gamma_is_followed(exponent: float, depth: int) -> None:
    values = RAMP if depth == 16 else SCENE
    light = (values / (2.0**depth - 1)) ** (1 / round(exponent, 5))
    picture = decode(png_of(values, depth, gamma(exponent)))
    assert error(picture, to_srgb(light)) <= (2 if depth == 16 else 1)
    assert any("gAMA" in note for note in picture.notes)


@pytest.mark.parametrize("value", [0.45455, 0.45454, 0.45])
def test_the_gamma_that_stands_for_srgb_changes_nothing(value: float) -> None:
    data = png_of(SCENE, 8, gamma(value), chromaticities(*BT_709))
    assert error(decode(data), SCENE) == 0
    assert decode(data).notes == ()


def test_chromaticities_alone_are_followed() -> None:
    data = png_of(SCENE, 8, chromaticities(*SWAPPED))
    assert error(decode(data), SCENE[..., ::-1]) <= 2


def test_gamma_and_chromaticities_together() -> None:
    data = png_of(SCENE, 8, gamma(1.0), chromaticities(*SWAPPED))
    assert error(decode(data), to_srgb(SCENE[..., ::-1] / 255.0)) <= 2


ICC_SWAPPED = profile_chunk(swapped_profile())
ORDER = {
    "cICP over iCCP": ((code_points(1, 13), ICC_SWAPPED), "sRGB"),
    "cICP over all": (
        (gamma(1.0), SRGB_CHUNK, ICC_SWAPPED, code_points(1, 8)),
        "linear",
    ),
    "iCCP over sRGB": ((SRGB_CHUNK, ICC_SWAPPED), "swapped"),
    "iCCP over gAMA": ((gamma(1.0), ICC_SWAPPED), "swapped"),
    "sRGB over gAMA and cHRM": (
        (gamma(1.0), chromaticities(*SWAPPED), SRGB_CHUNK),
        "sRGB",
    ),
    "a broken iCCP, then sRGB": (
        (profile_chunk(b"no profile"), SRGB_CHUNK, gamma(1.0)),
        "sRGB",
    ),
    "a broken iCCP, then gAMA": ((profile_chunk(b"nothing"), gamma(1.0)), "linear"),
    "an iCCP that is not packed": ((chunk(b"iCCP", b"x\0\0??"), gamma(1.0)), "linear"),
    "an iCCP for grey, then gAMA": (
        (profile_chunk(grey_profile(1.8)), gamma(1.0)),
        "linear",
    ),
    "an unknown cICP, then iCCP": ((code_points(2, 2), ICC_SWAPPED), "swapped"),
    "a cICP of luma and chroma, then gAMA": (
        (code_points(1, 13, matrix=1), gamma(1.0)),
        "linear",
    ),
    "a cICP cut short": ((chunk(b"cICP", b"\1\x0d"), ICC_SWAPPED), "swapped"),
    "a gAMA of nothing": ((gamma(0.0),), "sRGB"),
    "chromaticities of nothing": ((chromaticities(*[0.0] * 8),), "sRGB"),
    "primaries that are one": ((chromaticities(*[0.3127, 0.3290] * 4),), "sRGB"),
}
RIGHT = {
    "sRGB": SCENE,
    "swapped": SCENE[..., ::-1],
    "linear": to_srgb(SCENE / 255.0),
}


@pytest.mark.parametrize("case", ORDER)
def test_the_order_of_chunks_is_that_of_the_specification(case: str) -> None:
    chunks, right = ORDER[case]
    for order in (chunks, chunks[::-1]):
        picture = decode(png_of(SCENE, 8, *order))
        assert error(picture, RIGHT[right]) <= 2
        if case.startswith(("a", "chroma", "primaries")):
            assert any("ignored" in note for note in picture.notes)


def test_display_p3_by_code_points_is_that_by_profile() -> None:
    picture = decode(png_of(SCENE, 8, code_points(12, 13)))
    assert error(picture, converted(DISPLAY_P3)) <= 3
    other = decode(encoded(SCENE, icc_profile=profile(DISPLAY_P3)))
    assert error(picture, other.pixels.astype(float)) <= 2


def test_a_narrow_range_is_spread() -> None:
    stored = np.array([[[16] * 3, [235] * 3, [126] * 3]])
    picture = decode(png_of(stored, 8, code_points(1, 13, full=0)))
    assert error(picture, np.array([[[0], [255], [128]]])) <= 1


def pq(nits: NDArray[Any]) -> NDArray[Any]:
    """Encode light by SMPTE ST 2084's own formula, the inverse of the decoder's."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = (nits / 10_000) ** m1
    return ((c1 + c2 * power) / (1 + c3 * power)) ** m2


@pytest.mark.parametrize("depth", [8, 16])
def test_pq_is_shown_up_to_diffuse_white_and_said(depth: int) -> None:
    nits = np.array([0.0, 20.3, 101.5, 203.0, 1000.0, 4000.0])
    stored = np.rint(pq(nits) * (2**depth - 1)).astype(int)
    values = np.repeat(stored[None, :, None], 3, axis=2)
    picture = decode(png_of(values, depth, code_points(9, 16)))
    # A step of 8 bits in PQ is some levels of sRGB.
    assert error(picture, to_srgb(nits / 203)[None, :, None]) <= 6
    assert any("HDR picture (PQ)" in note for note in picture.notes)


def test_hlg_is_shown_with_its_white_at_three_quarters_and_said() -> None:
    values = np.array([[[0] * 3, [191] * 3, [255] * 3]])
    picture = decode(png_of(values, 8, code_points(9, 18)))
    assert error(picture, np.array([[[0], [255], [255]]])) <= 3
    assert any("HDR picture (HLG)" in note for note in picture.notes)


def test_the_curve_of_video_is_said() -> None:
    picture = decode(png_of(SCENE, 8, code_points(1, 1)))
    assert error(picture, SCENE) == 0
    assert any("video" in note for note in picture.notes)


def _avif(primaries: int, transfer: int) -> bytes:
    data = bytearray(encoded(SCENE, "AVIF", quality=100, subsampling="4:4:4"))
    place = data.index(b"nclx") + 4
    struct.pack_into(">HH", data, place, primaries, transfer)
    return bytes(data)


@pytest.mark.parametrize(
    ("points", "note"), [((9, 16), "PQ"), ((9, 18), "HLG"), ((12, 13), "12/13")]
)
def test_avif_by_code_points_is_followed(points: tuple[int, int], note: str) -> None:
    picture = decode(_avif(*points))
    by_png = decode(png_of(SCENE, 8, code_points(*points)))
    difference = np.abs(picture.pixels.astype(float) - by_png.pixels)
    assert difference.mean() <= 2
    assert any(note in each for each in picture.notes)
    assert decode(_avif(1, 13)).notes == ()


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_profiles_of_webp_and_avif_are_followed(form: str) -> None:
    options = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}[form]
    data = encoded(SCENE, form, icc_profile=swapped_profile(), **options)
    picture = decode(data)
    assert np.abs(picture.pixels.astype(float) - SCENE[..., ::-1]).mean() <= 2


def exif(space: int, index: str = "") -> Image.Exif:
    data = Image.Exif()
    data[0x8769] = {0xA001: space}
    if index:
        data[0x8769] = {0xA001: space, 0xA005: {1: index}}
    return data


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (exif(2), "Adobe RGB"),
        (exif(0xFFFF, "R03"), "Adobe RGB"),
        (exif(0xFFFF), "taken as sRGB"),
        (exif(1), ""),
    ],
    ids=["Adobe RGB", "R03", "uncalibrated", "sRGB"],
)
@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
def test_the_colour_space_of_exif_is_followed_or_said(
    tags: Image.Exif, words: str, form: str
) -> None:
    options: dict[str, Any] = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 98, "subsampling": 0},
    }.get(form, {})
    picture = decode(encoded(SCENE, form, exif=tags, **options))
    right = SCENE.astype(float)
    if words == "Adobe RGB":
        # The matrices of Adobe RGB (1998), section 4.3.5.3, and of IEC 61966-2-1.
        to_xyz = [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529],
                  [0.02703, 0.07069, 0.99134]]  # fmt: skip
        from_xyz = [[3.24062, -1.53721, -0.49863], [-0.96893, 1.87576, 0.04152],
                    [0.05571, -0.20402, 1.05700]]  # fmt: skip
        light = (SCENE / 255.0) ** 2.19921875
        right = to_srgb(light @ np.array(to_xyz).T @ np.array(from_xyz).T)
    difference = np.abs(picture.pixels - right)
    assert (difference.mean() if form == "JPEG" else difference.max()) <= 3
    assert [words in note for note in picture.notes] == [True] * bool(words)


def test_a_profile_counts_more_than_exif() -> None:
    data = encoded(SCENE, "JPEG", exif=exif(2), icc_profile=swapped_profile(),
                   quality=98, subsampling=0)  # fmt: skip
    assert np.abs(decode(data).pixels.astype(float) - SCENE[..., ::-1]).mean() <= 3


def test_a_palette_bends_with_its_colours() -> None:
    image = Image.fromarray(noise(6, 6)[..., 0] % 3, mode="P")
    image.putpalette([10, 200, 30, 90, 80, 70, 250, 5, 128])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    data = buffer.getvalue()
    data = data[:33] + gamma(1.0) + data[33:]
    right = to_srgb(np.asarray(image.convert("RGB")) / 255.0)
    assert error(decode(data), right) <= 1


def test_chunks_of_noise_never_cost_the_picture() -> None:
    rng = np.random.default_rng(1)
    names = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
    for _ in range(200):
        chunks = []
        for name, least in zip(names, (0, 3, 1, 4, 32), strict=True):
            data = rng.bytes(int(rng.integers(least, least + 20)))
            if name == b"iCCP":
                data = b"x\0\0" + data
            if rng.integers(2):
                data = bytes(len(data))
            if rng.integers(2):
                chunks.append(chunk(name, data))
        if chunks:
            assert decode(png_of(SCENE, 8, *chunks)).size == (64, 48)


def test_uncalibrated_exif_beside_a_profile_is_no_matter() -> None:
    for form in ("PNG", "JPEG"):
        data = encoded(SCENE, form, exif=exif(0xFFFF), icc_profile=srgb_profile())
        assert decode(data).notes == ()
