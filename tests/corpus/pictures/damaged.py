"""Pictures cut short, bent or empty: a sentence, or what could be saved of them."""

from __future__ import annotations

import struct
import zlib
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from tests.corpus.pictures.case import good, refuses, scene, shows, survives
from tests.picture_factory import (
    ORIENTATION,
    chunk,
    encoded,
    first_directory,
    noise,
    png,
)

FORMS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "PPM")
HEADS = {
    **{"JPEG": b"\xff\xd8\xff\xe0", "PNG": b"\x89PNG\r\n\x1a\n", "GIF": b"GIF89a"},
    **{"BMP": b"BM", "TIFF": b"II*\0", "PPM": b"P6\n", "QOI": b"qoif"},
    **{"WebP": b"RIFF\x20\0\0\0WEBPVP8 ", "AVIF": b"\0\0\0\x1cftypavif"},
}
SIGN = b"\x89PNG\r\n\x1a\n"
AGAIN = "again|not a picture"


def cut(form: str, share: float) -> bytes:
    """Return the first part of a file that does not compress."""
    data = encoded(noise(90, 90), form)
    return data[: int(len(data) * share)]


def bent(form: str, seed: int) -> bytes:
    """Return a file in which a few bytes are others."""
    data = bytearray(encoded(scene(), form))
    rng = np.random.default_rng(seed)
    for place in rng.integers(4, len(data), 6):
        data[place] = rng.integers(256)
    return bytes(data)


def bent_head(form: str, seed: int) -> bytes:
    """Return a file in which bytes of its first hundred are others."""
    data = bytearray(encoded(scene(), form))
    rng = np.random.default_rng(seed)
    for place in rng.integers(8, min(100, len(data)), 4):
        data[place] = rng.integers(256)
    return bytes(data)


def chunks(*parts: bytes) -> bytes:
    return SIGN + b"".join(parts) + chunk(b"IEND", b"")


def header(width: int = 4, height: int = 4, *more: int) -> bytes:
    depth, kind, *rest = more or (8, 2, 0, 0, 0)
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, *rest))


def image_data(rows: bytes = (b"\0" + bytes(12)) * 4) -> bytes:
    return chunk(b"IDAT", zlib.compress(rows))


def wrong_check() -> bytes:
    data = bytearray(good())
    data[data.index(b"IHDR") + 18] ^= 255
    return bytes(data)


def bad_zlib() -> bytes:
    return chunks(header(), chunk(b"IDAT", b"\x78\x9c" + bytes(range(200))))


def loop_of_directories() -> bytes:
    """Return a TIFF whose second directory is its first."""
    data = bytearray(encoded(scene(), "TIFF"))
    start, count = first_directory(data)
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    return bytes(data)


def tiff_tag(tag: int, value: int) -> bytes:
    """Return a TIFF in which a tag has another value."""
    data = bytearray(encoded(scene(), "TIFF"))
    start, count = first_directory(data)
    for n in range(count):
        place = start + 2 + 12 * n
        if struct.unpack_from("<H", data, place)[0] == tag:
            struct.pack_into("<HII", data, place + 2, 4, 1, value)
    return bytes(data)


def with_exif(data: bytes) -> bytes:
    return encoded(scene(), exif=b"Exif\0\0" + data)


def looping_exif() -> bytes:
    """Return EXIF data whose sub-directory is itself."""
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 1)
    return head + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)


def jpeg_without(marker: bytes) -> bytes:
    data = encoded(scene(), "JPEG")
    place = data.index(marker)
    length = struct.unpack_from(">H", data, place + 2)[0]
    return data[:place] + data[place + 2 + length :]


def jpeg_size(width: int, height: int) -> bytes:
    """Return a JPEG whose header tells another size."""
    data = bytearray(encoded(scene(), "JPEG"))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def _shows(name: str, data: Any) -> Any:
    return shows(name, data, scene)


CASES = [
    *(
        refuses(f"{form}, {share:.0%} of it", partial(cut, form, share), AGAIN)
        for form in FORMS
        for share in (0.05, 0.5, 0.95)
    ),
    *(
        survives(f"{form}, bent ({seed})", partial(bent, form, seed))
        for form in FORMS
        for seed in range(3)
    ),
    *(
        survives(f"{form}, bent head ({seed})", partial(bent_head, form, seed))
        for form in FORMS
        for seed in range(3, 6)
    ),
    *(refuses(f"only {form}'s first bytes", lambda h=head: h, AGAIN)
      for form, head in HEADS.items()),
    *(refuses(f"{form}'s first bytes, then zeros", lambda h=head: h + bytes(5000),
              AGAIN)
      for form, head in HEADS.items()),
    *(refuses(f"{form}'s first bytes, then noise",
              lambda h=head: h + noise(60, 60).tobytes(), f"{AGAIN}|megapixels")
      for form, head in HEADS.items()),
    refuses("nothing", bytes, "empty"),
    refuses("one byte", lambda: b"\xff", "not a picture"),
    refuses("zeros", lambda: bytes(10_000), "not a picture"),
    refuses("noise", lambda: noise(99, 99).tobytes(), "not a picture"),
    survives("PNG, wrong check sum", wrong_check),
    refuses("PNG without data", lambda: chunks(header()), AGAIN),
    refuses("PNG without a header", lambda: chunks(image_data()), AGAIN),
    refuses("PNG of bad zlib data", bad_zlib, AGAIN),
    # Pillow and browsers show what there is of the next three.
    survives("PNG with too little data", lambda: png(4, 4, 2, 8, bytes(13))),
    refuses("PNG of no width", lambda: chunks(header(0, 4), image_data()), AGAIN),
    refuses("PNG of no height", lambda: chunks(header(4, 0), image_data()), AGAIN),
    refuses("PNG of 3 bits", lambda: chunks(header(4, 4, 3, 0, 0, 0, 0), image_data()),
            AGAIN),
    refuses("PNG of colour type 5",
            lambda: chunks(header(4, 4, 8, 5, 0, 0, 0), image_data()), AGAIN),
    survives("PNG of filter 9", lambda: png(4, 4, 2, 8, (b"\x09" + bytes(12)) * 4)),
    survives("PNG palette without colours",
             lambda: chunks(header(4, 4, 8, 3, 0, 0, 0), image_data())),
    survives("PNG with two headers",
             lambda: chunks(header(), header(9, 9), image_data())),
    _shows("TIFF whose directories go round", loop_of_directories),
    *(survives(f"TIFF with {tag} = {value}", partial(tiff_tag, tag, value))
      for tag in (256, 258, 259, 262, 273, 277, 278, 279)
      for value in (0, 2**32 - 1)),
    _shows("EXIF of zeros", lambda: with_exif(bytes(60))),
    _shows("EXIF of noise", lambda: with_exif(noise(9, 9).tobytes())),
    _shows("EXIF that goes round", lambda: with_exif(looping_exif())),
    _shows("EXIF cut short", lambda: with_exif(b"II*\0\x08\0")),
    survives("JPEG without a quantization table", lambda: jpeg_without(b"\xff\xdb")),
    survives("JPEG without a Huffman table", lambda: jpeg_without(b"\xff\xc4")),
    refuses("JPEG without a frame", lambda: jpeg_without(b"\xff\xc0"), AGAIN),
    survives("JPEG of no size", lambda: jpeg_size(0, 0)),
    survives("JPEG that says to be larger", lambda: jpeg_size(640, 480)),
    survives("JPEG that says to be smaller", lambda: jpeg_size(8, 8)),
    _shows("a good picture with a tail", lambda: good() + noise(90, 90).tobytes()),
    _shows("two pictures in one file", lambda: good() + good()),
]  # fmt: skip
