"""Files whose colours or transparency are told in chunks, segments and boxes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.picture_factory import chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TYPES = {1: 0, 3: 2}


def png_of(values: NDArray[Any], depth: int, *chunks: bytes) -> bytes:
    """Encode samples (height, width, 1 or 3) with chunks before the pixels."""
    height, width, channels = values.shape
    if depth == 16:
        rows = [row.astype(">u2").tobytes() for row in values]
    else:
        rows = [_packed(row.ravel(), depth) for row in values]
    head = struct.pack(">IIBBBBB", width, height, depth, TYPES[channels], 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = (chunk(b"IHDR", head), *chunks, chunk(b"IDAT", data), chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


def _packed(samples: NDArray[Any], depth: int) -> bytes:
    bits = "".join(f"{int(s):0{depth}b}" for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def key(*samples: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chromaticities(*xy: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(v * 100_000) for v in xy)))


def code_points(primaries: int, transfer: int, matrix: int = 0, full: int = 1) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, matrix, full]))


def profile_chunk(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))


def grey_profile(exponent: float) -> bytes:
    """Return an ICC profile of grey with a power as its curve."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    start = 128 + 4 + 24
    tags = struct.pack(">I4sII", 2, b"wtpt", start, len(white))
    tags += struct.pack(">4sII", b"kTRC", start + len(white), len(curve))
    body = tags + white + curve
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"", 0x02100000, b"mntr", b"GRAY", b"XYZ "
    )
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    return head + white[8:] + bytes(48) + body


def to_srgb(light: NDArray[Any]) -> NDArray[Any]:
    """Encode light, 0 to 1, as sRGB's 8 bits."""
    light = np.clip(light, 0, 1)
    curve = 1.055 * light ** (1 / 2.4) - 0.055
    return np.rint(255 * np.where(light <= 0.0031308, 12.92 * light, curve))


def gif(
    screen: tuple[int, int],
    box: tuple[int, int, int, int],
    clear: int | None = None,
    local: bool = False,
    interlaced: bool = False,
    disposal: int = 0,
) -> bytes:
    """Return a GIF of one frame, all of colour 1, at (left, top, width, height).

    Colour 0, the background, is red; 1 is (10, 20, 30).
    """
    table = bytes([255, 0, 0, 10, 20, 30])
    data = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + table
    flags = disposal << 2 | (clear is not None)
    data += b"\x21\xf9\x04" + struct.pack("<BHB", flags, 0, clear or 0) + b"\0"
    data += b"," + struct.pack("<4HB", *box, 0x80 * local | 0x40 * interlaced)
    data += table * local
    n_pixels = box[2] * box[3]
    bits = "".join(f"{code:03b}"[::-1] for _ in range(n_pixels) for code in (4, 1))
    bits += "101"  # codes of 3 bits: clear, 1, clear, 1 ..., end
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    data += b"\x02"
    for i in range(0, len(packed), 255):
        piece = packed[i : i + 255]
        data += bytes([len(piece)]) + piece
    return data + b"\0;"


def webp_at(x: int, y: int, size: tuple[int, int], flat: bytes) -> bytes:
    """Lay a still WebP, as the only frame of an animation, on a larger canvas."""
    with Image.open(io.BytesIO(flat)) as image:
        width, height = image.size
    place = flat.index(b"VP8")
    (length,) = struct.unpack_from("<I", flat, place + 4)
    inner = flat[place : place + 8 + length + length % 2]

    def three(value: int) -> bytes:
        return value.to_bytes(3, "little")

    frame = three(x // 2) + three(y // 2) + three(width - 1) + three(height - 1)
    frame += three(100) + b"\0" + inner
    parts = b"VP8X" + struct.pack("<IB3x", 10, 2)
    parts += three(size[0] - 1) + three(size[1] - 1)
    parts += b"ANIM" + struct.pack("<IIH", 6, 0xFFFFFFFF, 0)
    parts += b"ANMF" + struct.pack("<I", len(frame)) + frame
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def without_segment(data: bytes, mark: bytes) -> bytes:
    """Take the JPEG segment away whose contents start with a mark."""
    place = data.index(mark) - 4
    (length,) = struct.unpack_from(">H", data, place + 2)
    return data[:place] + data[place + 2 + length :]


def segment(number: int, data: bytes) -> bytes:
    return bytes([0xFF, number]) + struct.pack(">H", len(data) + 2) + data


def piece(number: int, count: int, data: bytes) -> bytes:
    """Return one piece of an ICC profile in a JPEG."""
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + data)
