"""First frames that cover a part of the canvas: the rest is transparent."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.picture_factory import chunk, encoded, noise
from tests.pictures.declared_files import gif, png_of, webp_at
from vitviewer.pictures.opening import decode_image
from vitviewer.queries import Background

COLOR = (10, 20, 30)
PARTS: dict[str, tuple[tuple[int, int], tuple[int, int, int, int], dict[str, Any]]] = {
    "a corner": ((20, 16), (0, 0, 5, 4), {}),
    "the middle": ((20, 16), (6, 5, 7, 6), {}),
    "a local palette": ((20, 16), (6, 5, 7, 6), {"local": True}),
    "interlaced": ((20, 16), (6, 1, 7, 13), {"interlaced": True}),
    "with a clear colour that it does not use": ((20, 16), (6, 5, 7, 6), {"clear": 0}),
    "put back to the background": ((20, 16), (6, 5, 7, 6), {"disposal": 2}),
    "a row": ((20, 16), (0, 15, 20, 1), {}),
}


@pytest.mark.parametrize("background", [Background.WHITE, Background.BLACK])
@pytest.mark.parametrize("case", PARTS)
def test_around_a_gifs_frame_the_background_shows(
    case: str, background: Background
) -> None:
    screen, (x, y, w, h), more = PARTS[case]
    picture = decode_image(gif(screen, (x, y, w, h), **more), "x", "x").over(background)
    behind = 255 if background is Background.WHITE else 0
    right = np.full((screen[1], screen[0], 3), behind)
    right[y : y + h, x : x + w] = COLOR
    np.testing.assert_array_equal(picture.pixels, right)


def test_a_frame_that_covers_all_is_opaque() -> None:
    picture = decode_image(gif((8, 8), (0, 0, 8, 8)), "x", "x")
    assert picture.transparency is None
    assert (picture.pixels == COLOR).all()


def test_a_frame_that_is_clear_hides_itself_too() -> None:
    picture = decode_image(gif((8, 8), (2, 2, 3, 3), clear=1), "x", "x")
    assert picture.transparency is not None
    assert (picture.transparency.alpha == 0).all()


def test_a_first_frame_of_several_counts() -> None:
    one = gif((12, 10), (2, 3, 4, 5), disposal=1)
    start = one.index(b"\x21\xf9")
    second = gif((12, 10), (0, 0, 12, 10))[start:]
    picture = decode_image(one[:-1] + second, "x", "x")
    assert "frame 1 of 2" in picture.notes
    assert picture.transparency is not None
    assert int((picture.transparency.alpha == 255).sum()) == 4 * 5


@pytest.mark.parametrize("lossless", [True, False])
def test_around_a_webps_frame_the_background_shows(lossless: bool) -> None:
    still = np.full((6, 8, 3), COLOR, np.uint8)
    data = webp_at(4, 2, (20, 16), encoded(still, "WEBP", lossless=lossless))
    picture = decode_image(data, "x", "x")
    right = np.full((16, 20, 3), 255)
    right[2:8, 4:12] = COLOR
    assert np.abs(picture.pixels - right).max() <= (0 if lossless else 6)


def test_a_frames_place_is_not_that_of_an_apngs_still_picture() -> None:
    pixels = noise(6, 8)
    control = struct.pack(">IIIIIHHBB", 0, 3, 2, 4, 4, 1, 10, 0, 0)
    chunks = (chunk(b"acTL", struct.pack(">II", 1, 0)), chunk(b"fcTL", control))
    picture = decode_image(png_of(pixels, 8, *chunks), "x", "x")
    np.testing.assert_array_equal(picture.pixels, pixels)


def test_an_apng_shows_its_whole_first_picture() -> None:
    frames = [Image.new("RGB", (8, 6), COLOR), Image.new("RGB", (8, 6), "red")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    picture = decode_image(buffer.getvalue(), "x", "x")
    assert (picture.pixels == COLOR).all()
