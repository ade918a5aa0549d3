"""The largest pictures that open, each of another kind: what `export` makes of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.picture_factory import chunk
from tests.tiff_writer import DEFLATE, Tiff


def texture(side: int = 1000) -> NDArray[np.uint8]:
    """Return waves, which no decoder or encoder finds trivial."""
    y, x = np.mgrid[0:side, 0:side]
    return ((np.sin(x / 17) + np.cos(y / 23)) * 60 + 128).astype(np.uint8)


def grey(height: int, width: int) -> NDArray[np.uint8]:
    """Return the waves over and over."""
    once = texture()
    times = (-(-height // 1000), -(-width // 1000))
    return np.ascontiguousarray(np.tile(once, times)[:height, :width])


def colors(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    """Return waves in every channel."""
    once = texture()
    all_four = np.dstack([once, once.T, 255 - once, once])[..., :channels]
    times = (-(-height // 1000), -(-width // 1000), 1)
    return np.ascontiguousarray(np.tile(all_four, times)[:height, :width])


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def interlaced_bits(width: int, height: int) -> bytes:
    """Return an interlaced PNG of 1 bit, which Pillow does not write."""
    squeeze = zlib.compressobj(1)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
    passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = []
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        row = b"\0" + b"\xb2" * -(-columns // 8)
        data += [squeeze.compress(row) for _ in range(rows)]
    data.append(squeeze.flush())
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 1)
    whole = chunk(b"IHDR", head) + chunk(b"IDAT", b"".join(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + whole


LARGE: dict[str, Callable[[], bytes]] = {
    "interlaced PNG of 1 bit, 119 megapixels": lambda: interlaced_bits(10_900, 10_900),
    "progressive grey JPEG of 118 megapixels": lambda: saved(
        Image.fromarray(grey(10_860, 10_860)), "JPEG", progressive=True, quality=80
    ),
    "CMYK JPEG of 44 megapixels": lambda: saved(
        Image.fromarray(colors(6_630, 6_630, 4), "CMYK"), "JPEG", quality=80
    ),
    "grey PNG of 88 megapixels": lambda: saved(
        Image.fromarray(grey(8_900, 9_880)), "PNG", compress_level=1
    ),
    "JPEG of 79 megapixels": lambda: saved(
        Image.fromarray(colors(7_960, 9_990)), "JPEG"
    ),
    "PNG with alpha of 69 megapixels": lambda: saved(
        Image.fromarray(colors(6_960, 9_990, 4)), "PNG", compress_level=1
    ),
    "TIFF of floats, 64 megapixels": lambda: Tiff(
        grey(8_000, 8_000).astype(np.float32), piece=256, compression=DEFLATE
    ).encode(),
    "TIFF of 16-bit planes, 55 megapixels": lambda: Tiff(
        colors(7_400, 7_400).astype(np.uint16) * 257, 2, planar=True, piece=64
    ).encode(),
    "tall grey PNG of 100 megapixels": lambda: saved(
        Image.fromarray(grey(200_000, 500)), "PNG", compress_level=1
    ),
}
