"""Small pictures are what Pillow's own are, upright, and cost less than whole ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.picture_factory import ORIENTATION, encoded, noise
from vitviewer.errors import Cancelled, ImageError
from vitviewer.pictures.opening import called, open_image
from vitviewer.pictures.thumbnails import LARGEST, thumbnail, thumbnail_of
from vitviewer.queries import Background

WHITE = Background.WHITE


def by_pillow(image: Image.Image) -> np.ndarray:
    """Return the small picture that Pillow makes, (height, width, 3)."""
    small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail(LARGEST)
    return np.asarray(small)


def large(photo: np.ndarray, size=(1800, 1200)) -> np.ndarray:
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC))


def turned(pixels: np.ndarray) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return encoded(pixels, "JPEG", exif=exif, quality=92)


CASES = {
    "png": lambda photo: encoded(large(photo)),
    "jpeg": lambda photo: encoded(large(photo), "JPEG", quality=92),
    "progressive": lambda p: encoded(large(p), "JPEG", quality=92, progressive=True),
    "on its side": lambda photo: turned(large(photo)),
    "portrait": lambda photo: encoded(large(photo, (900, 2200)), "WEBP", quality=95),
    "little larger": lambda photo: encoded(photo[:200, :300]),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_pillows_own(tmp_path, astronaut, case):
    data = CASES[case](astronaut)
    path = tmp_path / "photo"
    path.write_bytes(data)
    small = thumbnail(str(path), WHITE).astype(int)
    expected = by_pillow(Image.open(io.BytesIO(data))).astype(int)
    assert small.shape == expected.shape
    assert np.abs(small - expected).mean() < 2.5
    assert np.corrcoef(small.ravel(), expected.ravel())[0, 1] > 0.995


def test_a_large_jpeg_is_decoded_at_a_fraction_of_its_size(tmp_path, astronaut):
    path = tmp_path / "large.jpg"
    path.write_bytes(encoded(large(astronaut, (4000, 3000)), "JPEG"))
    assert open_image(path, at_least=(384, 384)).size == (1000, 750)
    assert open_image(path, at_least=(900, 900)).size == (2000, 1500)
    assert open_image(path).size == (4000, 3000)


def test_a_picture_of_few_pixels_stays_as_it_is(tmp_path):
    pixels = noise(9, 16)
    path = tmp_path / "tiny.png"
    path.write_bytes(encoded(pixels))
    np.testing.assert_array_equal(thumbnail(str(path), WHITE), pixels)


@pytest.mark.parametrize("shape", [(1, 9000), (9000, 1), (3, 70_000)])
def test_a_long_picture_keeps_a_pixel(tmp_path, shape):
    path = tmp_path / "long.png"
    path.write_bytes(encoded(noise(*shape)))
    small = thumbnail(str(path), WHITE)
    assert max(small.shape[:2]) in LARGEST
    assert min(small.shape[:2]) == 1


def test_a_transparent_one_lies_on_the_background(tmp_path):
    pixels = np.zeros((300, 300, 4), np.uint8)
    path = tmp_path / "clear.png"
    path.write_bytes(encoded(pixels))
    assert set(thumbnail(str(path), Background.GREY).flat) == {128}
    assert set(thumbnail(str(path), Background.WHITE).flat) == {255}


def test_one_that_is_shown_comes_from_its_pixels(tmp_path, astronaut):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(large(astronaut, (3000, 2000))))
    picture = open_image(path)
    small, again = thumbnail_of(picture), thumbnail(str(path), WHITE)
    assert picture.smaller
    assert small.shape == again.shape
    assert np.abs(small.astype(int) - again).mean() < 2.5


@pytest.mark.parametrize("data", [b"", b"nothing", b"\x89PNG\r\n\x1a\nnothing"])
def test_what_is_no_picture_is_said(tmp_path, data):
    path = tmp_path / "broken.png"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"broken\.png"):
        thumbnail(str(path), WHITE)


def test_limits_are_those_of_opening(tmp_path):
    path = tmp_path / "bomb.png"
    data = bytearray(encoded(noise(2, 2)))
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"megapixels|damaged"):
        thumbnail(str(path), WHITE)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_it_can_be_cancelled_while_the_file_is_read(tmp_path, form):
    path = tmp_path / "large"
    path.write_bytes(encoded(noise(900, 900), form))
    asked: list[None] = []

    def cancel() -> bool:
        asked.append(None)
        return len(asked) > 3

    with pytest.raises(Cancelled):
        thumbnail(str(path), WHITE, cancel)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/a/b/cat.png", "cat.png"),
        ("https://example.org/a%20b/c%20d.png?x=1", "c d.png"),
        ("data:image/png;base64,AAAA", "picture from a data URL"),
        ("/", "/"),
    ],
)
def test_sources_are_called_by_their_end(source, name):
    assert called(source) == name
