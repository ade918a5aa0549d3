"""Small files that claim, hide or take very much; and large photographs that open."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from PIL import Image

from tests.corpus.pictures.case import Case, Made, good, put, refuses, scene, sparse
from tests.picture_factory import chunk, encoded, first_directory, png

PIXELS = "megapixels"
DAMAGED = "damaged|again"
SIGN = b"\x89PNG\r\n\x1a\n"


@cache
def plain(form: str, mode: str, width: int, height: int, **options: Any) -> bytes:
    """Return a picture of one colour, small as a file and large in memory."""
    colour: Any = {"RGB": (90, 120, 40), "CMYK": (9, 80, 9, 0)}.get(mode, 9)
    buffer = io.BytesIO()
    Image.new(mode, (width, height), colour).save(buffer, form, **options)
    return buffer.getvalue()


def claims(form: str, width: int, height: int) -> bytes:
    """Return a tiny file whose header claims a size."""
    data = bytearray(plain(form, "RGB", 16, 16))
    if form == "JPEG":
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    elif form == "GIF":
        struct.pack_into("<HH", data, 6, width, height)
        struct.pack_into("<HH", data, data.index(b",\0\0\0\0") + 5, width, height)
    elif form == "BMP":
        struct.pack_into("<ii", data, 18, width, height)
    return bytes(data)


def large(
    name: str, form: str, mode: str, width: int, height: int, **more: Any
) -> Case:
    """Return a case of a large picture that opens in full."""
    return Case(
        name,
        lambda folder: Made(
            put(folder, plain(form, mode, width, height, **more)), size=(width, height)
        ),
    )


def claimed(form: str, width: int, height: int) -> Case:
    return refuses(
        f"{form} of 16 × 16 that claims {width} × {height}",
        partial(claims, form, width, height),
        f"{PIXELS}|{DAMAGED}",
    )


def too_large(form: str, mode: str, side: int, **more: Any) -> Case:
    words = " ".join(str(v) for v in more.values())
    return refuses(
        f"{form} {mode} of {side} × {side} {words}".strip(),
        lambda: plain(form, mode, side, side, **more),
        PIXELS,
    )


def with_chunk(kind: bytes, data: bytes, late: bool = False) -> bytes:
    """Return a sound PNG with one more chunk, before or after its pixels."""
    whole = good()
    place = len(whole) - 12 if late else 33
    return whole[:place] + chunk(kind, data) + whole[place:]


def _deflated(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def long_chunk(late: bool) -> Callable[[Path], Made]:
    """Return what makes a PNG with a chunk of 1.5 GB of nothing."""

    def make(folder: Path) -> Made:
        whole = good()
        place = len(whole) - 12 if late else 33
        size = 1_500_000_000
        head = whole[:place] + struct.pack(">I", size) + b"prVt"
        path = sparse(put(folder, head), len(head) + size)
        return Made(path, refused=DAMAGED)

    return make


def tiff_of_counts(kind: int, tag: int, count: int) -> Callable[[Path], Made]:
    """Return what makes a TIFF with a tag of very many numbers, which are there."""

    def make(folder: Path) -> Made:
        size = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}[kind] * count
        tags = [(256, 4, 1, 64), (257, 4, 1, 48), (258, 4, 1, 8), (259, 4, 1, 1)]
        tags += [(262, 4, 1, 1), (273, 4, 1, 8), (277, 4, 1, 1), (279, 4, 1, 3072)]
        tags = sorted([t for t in tags if t[0] != tag] + [(tag, kind, count, 4000)])
        entries = b"".join(struct.pack("<HHII", *t) for t in tags)
        directory = struct.pack("<H", len(tags)) + entries + bytes(4)
        head = b"II*\0" + struct.pack("<I", 3100) + bytes(3092) + directory
        return Made(sparse(put(folder, head), 4000 + size), either=True)

    return make


def layered(folder: Path) -> Made:
    """Make a TIFF with 200 MB of a painting program's layers."""
    return replace(
        tiff_of_counts(7, 37724, 200_000_000)(folder),
        either=False,
        refused="200 MB beside its pixels.*without",
    )


def large_tile(width: int, height: int, compression: int) -> bytes:
    """Return a TIFF whose only tile is much larger than the picture."""
    tags = [
        *((256, 64), (257, 48), (258, 8), (259, compression), (262, 1), (277, 1)),
        *((322, width), (323, height), (324, 400), (325, 300)),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head.ljust(400, b"\0") + zlib.compress(bytes(100_000))


def tiff_of_tags(count: int) -> bytes:
    """Return a good TIFF with very many further tags of nobody's."""
    data = bytearray(encoded(scene(), "TIFF"))
    start, tags = first_directory(data)
    own = bytes(data[start + 2 : start + 2 + 12 * tags])
    more = struct.pack("<HHII", 60_000, 4, 1, 7) * count
    struct.pack_into("<I", data, 4, len(data))
    return bytes(data) + struct.pack("<H", tags + count) + own + more + bytes(4)


def tiff_chain(count: int) -> bytes:
    """Return a TIFF of very many empty pages."""
    page = encoded(scene(4, 4), "TIFF")
    data = bytearray(page)
    start, tags = first_directory(data)
    size = 2 + 12 * tags
    entries = bytes(data[start : start + size])
    struct.pack_into("<I", data, start + size, len(data))
    begin = len(data)
    pages = (
        entries + struct.pack("<I", begin + n * (size + 4)) for n in range(1, count)
    )
    return bytes(data) + b"".join(pages) + entries + bytes(4)


def gif_frames(count: int, end: bool = True) -> bytes:
    """Return a GIF of very many frames of one pixel."""
    first = plain("GIF", "RGB", 1, 1)
    frame = b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return first[: first.rindex(b";")] + frame * count + (b";" if end else b"")


def many_scans(count: int, side: int) -> bytes:
    """Return a progressive JPEG that comes back to its pixels again and again."""
    data = plain("JPEG", "L", side, side, progressive=True)
    starts = [n for n in range(len(data)) if data[n : n + 2] == b"\xff\xda"]
    tables = data.rfind(b"\xff\xc4", 0, starts[-1])
    last = data[min(tables, starts[-1]) if tables > starts[-2] else starts[-1] : -2]
    return data[:-2] + last * count + b"\xff\xd9"


def endless(head: bytes) -> Callable[[Path], Made]:
    """Return what makes a head with a gigabyte of zeros behind it."""
    return lambda folder: Made(
        sparse(put(folder, head), 1 << 30), refused="damaged|GiB|not a picture"
    )


def tail(size: int, **expected: Any) -> Callable[[Path], Made]:
    return lambda folder: Made(sparse(put(folder, good()), size), **expected)


def run_lengths() -> bytes:
    """Return a BMP of many short runs, which are decoded one by one."""
    from tests.corpus.pictures.formats import bmp

    data = bytearray(bmp(b"\1\7" * 3_000_000, 48, 8, 1))
    struct.pack_into("<ii", data, 18, 3000, 30_000)
    return bytes(data)


def text_pixels(side: int) -> bytes:
    return f"P3\n{side} {side}\n255\n".encode() + b"1 2 3 " * (side * side)


def odd_maximum(side: int) -> bytes:
    return f"P6\n{side} {side}\n100\n".encode() + b"abc" * (side * side)


def qoi_of_pixels(side: int) -> bytes:
    head = b"qoif" + struct.pack(">IIBB", side, side, 3, 0)
    return head + b"\xfe\1\2\3\xfe\3\2\1" * (side * side // 2) + bytes(7) + b"\1"


def quick_or_refused(name: str, data: Callable[[], bytes]) -> Case:
    return Case(name, lambda folder: Made(put(folder, data()), either=True))


HEADS = {
    **{"JPEG": b"\xff\xd8\xff", "GIF": b"GIF89a\1\0\1\0\0\0\0", "PNG": SIGN},
    **{"WebP": b"RIFF\xff\xff\xff\x3fWEBPVP8 ", "AVIF": b"\0\0\0\x1cftypavif"},
    **{"TIFF": b"II*\0\x08\0\0\0\xff\xff", "PPM": b"P3 ", "BMP": b"BM", "text": b"x"},
}
CASES = [
    *(claimed("JPEG", *size)
      for size in ((65535, 65535), (13000, 13000), (10900, 11000), (10000, 8000))),
    *(claimed("GIF", *size) for size in ((65535, 65535), (10000, 8000))),
    *(claimed("BMP", *size) for size in ((2**31 - 1, 2**31 - 1), (10000, 11000))),
    refuses("PNG that claims 30000 × 30000", lambda: png(30000, 30000, 2, 8), PIXELS),
    refuses("PNG that claims 2 × 2 billion", lambda: png(2**31 - 1, 2**31 - 1, 2, 8),
            f"{PIXELS}|{DAMAGED}"),
    too_large("PNG", "RGB", 13_300),
    too_large("PNG", "L", 12_500),
    too_large("PNG", "RGB", 10_900),
    too_large("JPEG", "RGB", 10_900),
    too_large("TIFF", "RGB", 10_900, compression="tiff_adobe_deflate"),
    too_large("WEBP", "RGB", 9_000, lossless=True, method=0),
    large("JPEG of 48 megapixels", "JPEG", "RGB", 8000, 6000),
    large("JPEG of 50 megapixels", "JPEG", "RGB", 8192, 6144),
    large("progressive JPEG of 48 megapixels", "JPEG", "RGB", 8000, 6000,
          progressive=True),
    large("progressive 4:4:4 JPEG of 48 megapixels", "JPEG", "RGB", 8000, 6000,
          progressive=True, subsampling=0),
    large("CMYK JPEG of 48 megapixels", "JPEG", "CMYK", 8000, 6000),
    large("PNG of 48 megapixels", "PNG", "RGB", 8000, 6000),
    large("PNG with alpha of 48 megapixels", "PNG", "RGBA", 8000, 6000),
    large("PNG of 16 bits, 48 megapixels", "PNG", "I;16", 8000, 6000),
    large("TIFF of floats, 48 megapixels", "TIFF", "F", 8000, 6000,
          compression="tiff_adobe_deflate"),
    large("TIFF of one strip, 48 megapixels", "TIFF", "RGB", 8000, 6000,
          compression="tiff_lzw", strip_size=1 << 30),
    large("WebP of 24 megapixels", "WEBP", "RGB", 6000, 4000, method=0),
    large("lossless WebP of 24 megapixels", "WEBP", "RGB", 6000, 4000, lossless=True,
          method=0),
    large("AVIF of 24 megapixels", "AVIF", "RGB", 6000, 4000, speed=10),
    large("GIF of 48 megapixels", "GIF", "P", 8000, 6000),
    large("grey JPEG of 80 megapixels", "JPEG", "L", 10_000, 8_000),
    large("JPEG of 75 megapixels", "JPEG", "RGB", 10_000, 7_500),
    Case("PNG with a long chunk before", long_chunk(late=False)),
    Case("PNG with a long chunk behind", long_chunk(late=True)),
    *(quick_or_refused(f"PNG with a {kind.decode()} bomb",
                       lambda k=kind, h=head: with_chunk(k, h + _deflated(300 << 20)))
      for kind, head in ((b"zTXt", b"k\0\0"), (b"iCCP", b"k\0\0"),
                         (b"iTXt", b"k\0\1\0\0\0"))),
    quick_or_refused("PNG with a late zTXt bomb", lambda: with_chunk(
        b"zTXt", b"k\0\0" + _deflated(300 << 20), late=True)),
    quick_or_refused("PNG of pixels without end", lambda: png(
        64, 48, 2, 8, bytes(300 << 20))),
    quick_or_refused("PNG of a hundred thousand chunks", lambda: good()[:33]
                     + chunk(b"prVt", b"") * 100_000 + good()[33:]),
    *(Case(f"TIFF tag {tag} of {count} numbers of kind {kind}",
           tiff_of_counts(kind, tag, count))
      for kind, tag, count in ((4, 273, 250_000_000), (3, 258, 500_000_000),
                               (4, 279, 9_000_000), (3, 339, 9_000_000),
                               (7, 34675, 1_000_000_000), (2, 270, 1_000_000_000),
                               (7, 37724, 1_000_000_000), (3, 320, 100_000_000))),
    Case("TIFF with layers", layered),
    *(quick_or_refused(f"TIFF with a tile of {w} × {h}, compression {kind}",
                       partial(large_tile, w, h, kind))
      for w, h in ((65536, 65536), (30_000, 30_000), (2**32 - 1, 2**32 - 1), (0, 0))
      for kind in (1, 5, 8)),
    quick_or_refused("TIFF of 200,000 pages", lambda: tiff_chain(200_000)),
    Case("TIFF of 1,000 tags",
         lambda folder: Made(put(folder, tiff_of_tags(1_000)), pixels=scene())),
    Case("TIFF of 60,000 tags",
         lambda folder: Made(put(folder, tiff_of_tags(60_000)), refused=DAMAGED)),
    quick_or_refused("GIF of 400,000 frames", lambda: gif_frames(400_000)),
    quick_or_refused("GIF of 400,000 frames, cut", lambda: gif_frames(400_000, False)),
    quick_or_refused("JPEG of 3,000 scans", lambda: many_scans(3_000, 6_000)),
    quick_or_refused("BMP of short runs", run_lengths),
    quick_or_refused("PPM of text", lambda: text_pixels(3_000)),
    quick_or_refused("PPM of up to 100", lambda: odd_maximum(3_000)),
    quick_or_refused("QOI of pixels", lambda: qoi_of_pixels(3_000)),
    *(Case(f"{form}'s first bytes and a gigabyte", endless(head))
      for form, head in HEADS.items()),
    Case("a good picture with a gigabyte behind", tail(1 << 30, pixels=scene())),
    Case("a good picture with 20 GB behind", tail(20 << 30, refused="GiB")),
    Case("200 GB of nothing", lambda folder: Made(
        sparse(put(folder, b""), 200 << 30), refused="GiB")),
]  # fmt: skip
