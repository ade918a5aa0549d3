"""PNG's chunks on colour and transparency, by the order of its third edition.

Read here because texts of a PNG may bear the names that Pillow keeps these under, and
because it compares the transparent colour with samples of another depth.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from PIL import ImageFile

from vitviewer.pictures.colorimetry import SRGB, Encoding, by_code_points, by_numbers

if TYPE_CHECKING:
    from PIL import Image

_MOST_CHUNKS, _MOST_PROFILE = 20_000, 8 * 1024**2
_WANTED = (b"IHDR", b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
_GREY, _RGB = 0, 2


@dataclass(frozen=True)
class Key:
    """The colour that is transparent, at the picture's own depth.

    Parameters
    ----------
    samples : tuple of int
        One for grey, three for RGB.
    depth : int
        1, 2, 4, 8 or 16 bits.
    """

    samples: tuple[int, ...]
    depth: int

    @property
    def eight_bits(self) -> tuple[int, ...]:
        """The samples as Pillow's 8-bit pixels hold them, by their high byte."""
        if self.depth == 16:
            return tuple(sample >> 8 for sample in self.samples)
        return tuple(sample * 255 // (2**self.depth - 1) for sample in self.samples)


def mend(image: Image.Image) -> None:
    """Take out of a PNG, opened and not yet loaded, what Pillow takes wrongly.

    A still picture is always whole: the place in an fcTL chunk is that of a frame. Of
    a palette there are no more alphas than 256, or, as in libpng, none count.
    """
    if image.format != "PNG":
        return
    if isinstance(image, ImageFile.ImageFile) and image.tile:
        image.tile = [image.tile[0]._replace(extents=(0, 0, *image.size))]
    alphas = image.info.get("transparency")
    if isinstance(alphas, str) or (isinstance(alphas, bytes) and len(alphas) > 256):
        del image.info["transparency"]  # a text of the file may bear that name


def read_chunks(file: IO[bytes]) -> dict[bytes, bytes]:
    """Return the chunks before the pixels that are wanted here, the first of each."""
    found: dict[bytes, bytes] = {}
    file.seek(8)
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            break
        length, name = struct.unpack(">I4s", head)
        after = file.tell() + length + 4
        if name in _WANTED and name not in found:
            found[name] = file.read(min(length, _MOST_PROFILE))
        file.seek(after)
    return found


def transparent(chunks: dict[bytes, bytes]) -> Key | None:
    """Return the transparent colour of a grey or RGB picture.

    Of fewer than 16 bits the low ones count, as the specification says.
    """
    head, data = chunks.get(b"IHDR", b""), chunks.get(b"tRNS")
    if data is None or len(head) < 10:
        return None
    depth, kind = head[8], head[9]
    count = {_GREY: 1, _RGB: 3}.get(kind)
    if count is None or len(data) < 2 * count:
        return None
    samples = struct.unpack_from(f">{count}H", data)
    return Key(tuple(sample & (2**depth - 1) for sample in samples), depth)


def colors(chunks: dict[bytes, bytes], notes: list[str]) -> list[bytes | Encoding]:
    """Return what describes the colours, first what counts most.

    That is cICP, then iCCP, then sRGB, then gAMA and cHRM.
    """
    found: list[bytes | Encoding] = []
    if (data := chunks.get(b"cICP")) is not None:
        encoding = _from_code_points(data)
        if encoding is None:
            notes.append("unknown colour description (cICP) ignored")
        else:
            found.append(encoding)
    if (data := chunks.get(b"iCCP")) is not None:
        found.append(_profile(data))
    if b"sRGB" in chunks:
        found.append(SRGB)
    if (b"gAMA" in chunks or b"cHRM" in chunks) and b"sRGB" not in chunks:
        encoding = _from_numbers(chunks.get(b"gAMA"), chunks.get(b"cHRM"))
        if encoding is not None:
            found.append(encoding)
        elif not found:
            notes.append("damaged colour description (gAMA, cHRM) ignored")
    return found


def _from_code_points(data: bytes) -> Encoding | None:
    if len(data) < 4 or data[2] != 0 or data[3] > 1:  # a PNG holds RGB
        return None
    return by_code_points(data[0], data[1], bool(data[3]))


def _from_numbers(
    gamma: bytes | None, white_and_primaries: bytes | None
) -> Encoding | None:
    try:
        exponent = None if gamma is None else struct.unpack(">I", gamma)[0] / 1e5
        if white_and_primaries is None:
            return by_numbers(exponent, None)
        w0, w1, r0, r1, g0, g1, b0, b1 = (
            n / 1e5 for n in struct.unpack(">8i", white_and_primaries)
        )
    except struct.error:
        return None
    return by_numbers(exponent, (w0, w1, r0, r1, g0, g1, b0, b1))


def _profile(data: bytes) -> bytes:
    """Unpack an ICC profile; what is damaged comes out as no profile at all."""
    _, _, packed = data.partition(b"\0")
    if packed[:1] != b"\0":
        return b""
    try:
        return zlib.decompressobj().decompress(packed[1:], _MOST_PROFILE)
    except zlib.error:
        return b""
