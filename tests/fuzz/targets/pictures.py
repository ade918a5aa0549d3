"""Bytes that are said to be a picture."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from PIL import Image

from tests.corpus.pictures import SUBJECTS
from vitviewer.errors import ImageError
from vitviewer.pictures import decoding
from vitviewer.pictures import limits as picture_limits
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.picture import Picture
from vitviewer.queries import Background

_MOST_PIXELS = 1_000_000  # so that a try takes milliseconds
_MOST_BYTES = 8000
_SUBJECTS = ("formats", "orientation", "depth", "alpha", "colour", "damaged")
_SIGN = b"\x89PNG\r\n\x1a\n"
_BLIND_SHARE = 0.2


def attempt(data: bytes, _folder: Path) -> None:
    with (
        patch.object(picture_limits, "MAX_PIXELS", _MOST_PIXELS),
        patch.object(decoding, "MAX_PIXELS", _MOST_PIXELS),
        patch.object(Image, "MAX_IMAGE_PIXELS", _MOST_PIXELS),
        suppress(ImageError),
    ):
        picture = decode_image(data, "name", "source")
        _check(picture)
        again = decode_image(data, "name", "source")
        assert picture.digest == again.digest, "the same bytes, another picture"


def _check(picture: Picture) -> None:
    height, width, channels = picture.pixels.shape
    assert channels == 3
    assert picture.pixels.dtype == np.uint8
    assert 0 < width * height <= _MOST_PIXELS
    assert all(isinstance(note, str) for note in picture.notes)
    for background in Background:
        assert picture.over(background).pixels.shape == picture.pixels.shape


def seeds() -> Iterator[bytes]:
    for subject in _SUBJECTS:
        for case in SUBJECTS[subject]:
            with TemporaryDirectory() as folder:
                path = Path(case.make(Path(folder)).source)
                if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                    yield path.read_bytes()


def mutate(
    data: bytes, most: int, rng: Random, other: Callable[[bytes, int], bytes]
) -> bytes:
    """Change bytes blindly, then put the sums of a PNG right, or none of it is read."""
    data = other(data, most)
    return data if rng.random() < _BLIND_SHARE else with_right_sums(data)


def with_right_sums(data: bytes) -> bytes:
    """Return a PNG with the sums that its chunks should have; others as they are."""
    whole, place = bytearray(data), len(_SIGN)
    while data.startswith(_SIGN) and place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        if end + 4 > len(data):
            break
        whole[end : end + 4] = zlib.crc32(data[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(whole)
