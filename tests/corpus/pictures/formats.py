"""Sound files of every format that opens, in its unusual forms."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.corpus.pictures.case import Case, luma, scene, shows
from tests.picture_factory import chunk, encoded

GREY = luma(scene())
BITS = np.where(GREY > 120, 255, 0).astype(np.uint8)
SECOND = scene()[::-1]


def saved(form: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    """Encode the scene in a mode."""

    def data() -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(scene()).convert(mode).save(buffer, form, **options)
        return buffer.getvalue()

    return data


def grey(form: str, **options: Any) -> Callable[[], bytes]:
    """Encode the grey scene."""
    return lambda: encoded(GREY, form, **options)


def frames(form: str, **options: Any) -> Callable[[], bytes]:
    """Encode the scene and a second frame."""
    more = [Image.fromarray(SECOND)]
    return lambda: encoded(scene(), form, save_all=True, append_images=more, **options)


def pnm(head: str, values: NDArray[Any]) -> Callable[[], bytes]:
    """Return a PPM of raw values."""
    return lambda: head.encode() + values.tobytes()


def plain(head: str, values: NDArray[Any]) -> Callable[[], bytes]:
    """Return a PPM of numbers as text."""
    return lambda: f"{head}{' '.join(map(str, values.ravel()))}\n".encode()


def adam7() -> bytes:
    """Return an interlaced PNG of the grey scene."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
    passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b"".join(
        b"\0" + row.tobytes() for x, y, dx, dy in passes for row in GREY[y::dy, x::dx]
    )
    header = struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 1)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def small_depth(depth: int) -> Callable[[], bytes]:
    """Return a grey PNG of 1, 2 or 4 bits: columns of each value in turn."""
    per_byte = 8 // depth
    values = np.arange(64) % 2**depth
    packed = bytes(
        int(sum(v << (8 - depth * (n + 1)) for n, v in enumerate(group)))
        for group in values.reshape(-1, per_byte)
    )
    header = struct.pack(">IIBBBBB", 64, 4, depth, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress((b"\0" + packed) * 4))
    return lambda: b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def small_depth_pixels(depth: int) -> Callable[[], NDArray[Any]]:
    values = np.arange(64) % 2**depth * (255 // (2**depth - 1))
    return lambda: np.tile(values, (4, 1)).astype(np.uint8)


def bmp(rows: bytes, height: int, bits: int, compression: int = 0) -> bytes:
    """Return a BMP with a grey palette where it needs one."""
    palette = bytes(b for n in range(256) for b in (n, n, n, 0)) if bits == 8 else b""
    start = 54 + len(palette)
    header = struct.pack(
        *("<IiiHHIIiiII", 40, 64, height, 1, bits, compression, len(rows), 0, 0),
        *(256 if palette else 0, 0),
    )
    head = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start)
    return head + header + palette + rows


def top_down() -> bytes:
    return bmp(scene()[..., ::-1].tobytes(), -48, 24)


def rle() -> bytes:
    """Return an RLE8 BMP; runs of one pixel."""
    rows = (b"".join(bytes((1, v)) for v in row) + b"\0\0" for row in GREY[::-1])
    return bmp(b"".join(rows) + b"\0\1", 48, 8, 1)


def qoi() -> bytes:
    """Return a QOI in which each pixel is written out."""
    pixels = b"".join(b"\xfe" + p.tobytes() for p in scene().reshape(-1, 3))
    head = b"qoif" + struct.pack(">IIBB", 64, 48, 3, 0)
    return head + pixels + b"\0\0\0\0\0\0\0\1"


def webp_animation() -> Callable[[], bytes]:
    return frames("WEBP", lossless=True)


def exact(name: str, data: Callable[[], bytes], **more: Any) -> Case:
    return shows(name, data, scene, **more)


def lossy(name: str, data: Callable[[], bytes], tolerance: float = 3) -> Case:
    return shows(name, data, scene, tolerance=tolerance, loose=True)


FINE = {"quality": 95, "subsampling": 0}
CASES = [
    exact("PNG", saved("PNG")),
    exact("PNG, not compressed", saved("PNG", compress_level=0)),
    exact("APNG", frames("PNG"), note="frame 1 of 2"),
    shows("PNG, grey", grey("PNG"), lambda: GREY),
    shows("PNG, interlaced", adam7, lambda: GREY),
    *(
        shows(f"PNG, grey of {n} bits", small_depth(n), small_depth_pixels(n))
        for n in (1, 2, 4)
    ),
    shows("PNG, 1 bit", lambda: encoded(BITS > 0), lambda: BITS),
    lossy("PNG, palette", saved("PNG", "P"), 30),
    lossy("JPEG", saved("JPEG", **FINE)),
    lossy("JPEG, 4:2:0", saved("JPEG", quality=95)),
    lossy("JPEG, progressive", saved("JPEG", progressive=True, **FINE)),
    lossy("JPEG, progressive, 4:2:0", saved("JPEG", progressive=True, quality=95)),
    lossy("JPEG, restart markers", saved("JPEG", restart_marker_blocks=1, **FINE)),
    lossy("JPEG, stored as RGB", saved("JPEG", keep_rgb=True, quality=95)),
    lossy("JPEG, CMYK", saved("JPEG", "CMYK", quality=95), 6),
    shows("JPEG, grey", grey("JPEG", quality=95), lambda: GREY, tolerance=4),
    lossy("MPO of a telephone", frames("MPO", **FINE)),
    exact("WebP, lossless", saved("WEBP", lossless=True)),
    lossy("WebP", saved("WEBP", quality=95), 5),
    exact("WebP, animated", webp_animation(), note="frame 1 of 2"),
    lossy("AVIF", saved("AVIF", quality=95), 5),
    lossy("AVIF, 4:4:4", saved("AVIF", quality=98, subsampling="4:4:4")),
    lossy("AVIF, animated", frames("AVIF", quality=95), 5),
    lossy("GIF", saved("GIF"), 30),
    shows("GIF, grey", grey("GIF"), lambda: GREY, tolerance=1),
    lossy("GIF, interlaced", saved("GIF", interlace=1), 30),
    lossy("GIF, animated", frames("GIF"), 30),
    exact("BMP", saved("BMP")),
    shows("BMP, grey", grey("BMP"), lambda: GREY),
    shows("BMP, 1 bit", lambda: encoded(BITS > 0, "BMP"), lambda: BITS),
    exact("BMP, from the top down", top_down),
    shows("BMP, run lengths", rle, lambda: GREY),
    exact("DIB", saved("DIB")),
    exact("QOI", qoi),
    exact("TIFF", saved("TIFF")),
    *(
        exact(f"TIFF, {kind}", saved("TIFF", compression=kind))
        for kind in ("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
    ),
    lossy("TIFF, jpeg", saved("TIFF", compression="jpeg", quality=95), 6),
    exact("TIFF, BigTIFF", saved("TIFF", big_tiff=True)),
    exact("TIFF, many strips", saved("TIFF", compression="tiff_lzw", strip_size=200)),
    exact("TIFF, several pages", frames("TIFF"), note="frame 1 of 2"),
    shows("TIFF, grey", grey("TIFF"), lambda: GREY),
    *(
        shows(
            f"TIFF, 1 bit, {kind}",
            lambda kind=kind: encoded(BITS > 0, "TIFF", compression=kind),
            lambda: BITS,
        )
        for kind in ("group3", "group4", "raw")
    ),
    lossy("TIFF, palette", saved("TIFF", "P"), 30),
    lossy("TIFF, CMYK", saved("TIFF", "CMYK"), 6),
    shows(
        "PBM as text",
        plain("P1\n64 48\n", (BITS == 0).astype(int)),
        lambda: BITS,
    ),
    shows("PGM as text", plain("P2\n# words\n64 48\n255\n", GREY), lambda: GREY),
    exact("PPM as text", plain("P3\n64 48\n255\n", scene())),
    shows("PBM", pnm("P4\n64 48\n", np.packbits(BITS == 0, axis=1)), lambda: BITS),
    shows("PGM", pnm("P5\n64 48\n255\n", GREY), lambda: GREY),
    exact("PPM", pnm("P6\n64 48\n255\n", scene())),
    shows(
        "PGM up to 100",
        pnm("P5\n64 48\n100\n", GREY // 3),
        lambda: np.rint(GREY // 3 / 100 * 255).astype(np.uint8),
    ),
    shows("one pixel", lambda: encoded(scene(1, 1)), lambda: scene(1, 1)),
    shows("one column", lambda: encoded(scene(900, 1)), lambda: scene(900, 1)),
    shows("one row", lambda: encoded(scene(1, 20000)), lambda: scene(1, 20000)),
]
