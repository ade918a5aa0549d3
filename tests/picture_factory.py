"""Picture files made by hand, byte by byte where a library would not make them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

ORIENTATION = 0x0112


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[Any]:
    """Return reproducible uint8 noise, (height, width, channels)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def encoded(pixels: NDArray[Any], form: str = "PNG", **options: Any) -> bytes:
    """Encode an array as Pillow understands it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def first_directory(tiff: bytes | bytearray) -> tuple[int, int]:
    """Return where a little-endian TIFF's tags are, and how many there are."""
    (start,) = struct.unpack_from("<I", tiff, 4)
    (count,) = struct.unpack_from("<H", tiff, start)
    return start, count


def oriented(pixels: NDArray[Any], turn: int, form: str) -> bytes:
    """Encode pixels as stored, with an EXIF orientation, without loss if possible."""
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    options: dict[str, dict[str, Any]]
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}
    return encoded(pixels, form, exif=exif, **options.get(form, {}))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one PNG chunk."""
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(
    width: int, height: int, color_type: int, depth: int, rows: bytes = b""
) -> bytes:
    """Return a PNG with any header; ``rows`` hold filter bytes and samples."""
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def png16(values: NDArray[np.uint16]) -> bytes:
    """Encode uint16 (height, width, 1, 2, 3 or 4) as a PNG of 16 bits."""
    color_type = {1: 0, 2: 4, 3: 2, 4: 6}[values.shape[2]]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], color_type, 16, rows)


def swapped_profile() -> bytes:
    """Return an RGB profile whose red and blue primaries have changed places.

    It is a copy of sRGB, with its name, so that only its numbers tell.
    """
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        data.replace(b"rXYZ", b"?XYZ")
        .replace(b"bXYZ", b"rXYZ")
        .replace(b"?XYZ", b"bXYZ")
    )


def srgb_profile() -> bytes:
    """Return an sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
