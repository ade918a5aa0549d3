"""JPEG's segments: profiles in pieces, and the inks of four components.

The numbers of the inks are those that libjpeg-turbo's djpeg 2.1.5 writes.
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.corpus.pictures.case import scene
from tests.picture_factory import encoded, swapped_profile
from tests.pictures.declared_files import piece, without_segment
from vitviewer.pictures.opening import decode_image

SCENE = scene()
DATA = swapped_profile()
HALVES = (DATA[:900], DATA[900:])
FIRST, SECOND = (piece(n + 1, 2, half) for n, half in enumerate(HALVES))
MISSING = "pieces of it are missing"


def jpeg_with(*segments: bytes, before: bytes = b"") -> bytes:
    data = encoded(SCENE, "JPEG", quality=97, subsampling=0)
    place = data.index(before) if before else 2
    return data[:place] + b"".join(segments) + data[place:]


PIECES = {
    "in order": jpeg_with(FIRST, SECOND),
    "the wrong way round": jpeg_with(SECOND, FIRST),
    "after the head of the frame": jpeg_with(FIRST, SECOND, before=b"\xff\xda"),
    "on both sides of it": jpeg_with(FIRST, before=b"\xff\xda").replace(
        b"\xff\xd8", b"\xff\xd8" + SECOND, 1
    ),
}
INCOMPLETE = {
    "the second lacks": jpeg_with(FIRST),
    "the first lacks": jpeg_with(SECOND),
    "one twice": jpeg_with(FIRST, FIRST),
    "three of two": jpeg_with(FIRST, SECOND, piece(3, 2, b"more")),
    "they disagree": jpeg_with(FIRST, piece(2, 3, HALVES[1])),
    "the nought": jpeg_with(piece(0, 1, DATA)),
    "one of none": jpeg_with(piece(1, 0, DATA)),
}


@pytest.mark.parametrize("case", PIECES)
def test_a_profile_in_pieces_is_followed(case: str) -> None:
    picture = decode_image(PIECES[case], "x", "x")
    difference = np.abs(picture.pixels.astype(float) - SCENE[..., ::-1])
    assert difference.mean() <= 3
    assert picture.notes == ("colours converted from the embedded profile to sRGB",)


@pytest.mark.parametrize("case", INCOMPLETE)
def test_a_profile_that_lacks_a_piece_is_said(case: str) -> None:
    picture = decode_image(INCOMPLETE[case], "x", "x")
    assert np.abs(picture.pixels.astype(float) - SCENE).mean() <= 3
    assert any(MISSING in note for note in picture.notes)


def inks(transform: int | None) -> bytes:
    """Encode one colour of four components under Adobe's marker, or without it."""
    values = np.empty((16, 16, 4), np.uint8)
    values[:] = (200, 60, 120, 230)  # as the file has them; Pillow turns them over
    image = Image.frombytes("CMYK", (16, 16), (255 - values).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=98, subsampling=0)
    data = buffer.getvalue()
    if transform is None:
        return without_segment(data, b"Adobe")
    changed = bytearray(data)
    changed[data.index(b"Adobe") + 11] = transform
    return bytes(changed)


@pytest.mark.parametrize(
    ("transform", "right"),
    [(None, (180, 54, 108)), (0, (180, 54, 108)), (1, (60, 23, 158)),
     (2, (60, 23, 158))],
)  # fmt: skip
def test_the_inks_are_those_of_libjpeg(
    transform: int | None, right: tuple[int, int, int]
) -> None:
    picture = decode_image(inks(transform), "x", "x")
    assert np.abs(picture.pixels[8, 8].astype(int) - right).max() <= 1
    said = any("Adobe's marker" in note for note in picture.notes)
    assert said == (transform is None)
    assert any("approximate" in note for note in picture.notes)


@pytest.mark.parametrize("k", [255, 230, 100])
def test_ycck_by_the_formula(k: int) -> None:
    # Y, Cb and Cr of red; turned over they are cyan, magenta and yellow.
    y, cb, cr = 76, 85, 255
    values = np.empty((16, 16, 4), np.uint8)
    values[:] = (y, cb, cr, k)
    image = Image.frombytes("CMYK", (16, 16), (255 - values).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=100, subsampling=0)
    data = bytearray(buffer.getvalue())
    data[data.index(b"Adobe") + 11] = 2
    rgb = (y + 1.402 * (cr - 128), y - 0.344 * (cb - 128) - 0.714 * (cr - 128),
           y + 1.772 * (cb - 128))  # fmt: skip
    # libjpeg turns the colours over on the way to inks, Adobe's files hold them so.
    right = (255 - np.clip(rgb, 0, 255)) * k / 255
    shown = decode_image(bytes(data), "x", "x").pixels[8, 8]
    assert np.abs(shown - right).max() <= 2
