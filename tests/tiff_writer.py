"""TIFFs written byte by byte: every way to lay out samples that the format has.

Shares no code with the reader; compressions are written in their plainest form.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
_KINDS = {"u": 1, "i": 2, "f": 3, "c": 6, "b": 1}
_SHORT, _LONG, _LONG8 = 3, 4, 16


@dataclass
class Tiff:
    """A TIFF of values (height, width) or (height, width, samples).

    ``bits`` is that of the values' type unless it is given; ``piece`` is the height of
    a strip, or (width, height) of a tile. ``tags`` maps more tags to bytes (ASCII) or
    to tuples of numbers.
    """

    values: NDArray[Any]
    photometric: int = BLACK_IS_ZERO
    bits: int = 0
    order: str = "<"
    planar: bool = False
    piece: int | tuple[int, int] = 0
    compression: int = NONE
    predictor: int = 1
    fill_order: int = 1
    extra: tuple[int, ...] | None = None
    big: bool = False
    pages: int = 1
    tags: dict[int, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the file."""
        values = self.values[..., None] if self.values.ndim == 2 else self.values
        height, width, samples = values.shape
        self.bits = self.bits or values.itemsize * 8
        tile = self.piece if isinstance(self.piece, tuple) else None
        rows = tile[1] if tile else (self.piece or height)
        planes = [values[..., [n]] for n in range(samples)] if self.planar else [values]
        cuts = [cut for plane in planes for cut in _cut(plane, tile, int(rows))]
        pieces = [self._packed(cut) for cut in cuts]
        head = 16 if self.big else 8
        starts = [head + sum(map(len, pieces[:n])) for n in range(len(pieces))]
        tags: dict[int, Any] = {
            **{256: (width,), 257: (height,), 258: (self.bits,) * samples},
            **{259: (self.compression,), 262: (self.photometric,), 277: (samples,)},
            **{266: (self.fill_order,), 284: (2 if self.planar else 1,)},
            **{317: (self.predictor,)},
            339: (_KINDS[values.dtype.kind],) * samples,
            (324 if tile else 273): _Long(starts),
            (325 if tile else 279): _Long([len(p) for p in pieces]),
        }
        tags |= {322: (tile[0],), 323: (tile[1],)} if tile else {278: (rows,)}
        tags |= {338: self.extra} if self.extra is not None else {}
        return self._file(b"".join(pieces), tags | self.tags)

    def _packed(self, cut: NDArray[Any]) -> bytes:
        """Return a piece as it is stored."""
        if self.predictor == 2:
            whole = cut.view(f"u{cut.itemsize}").copy()
            whole[:, 1:] -= cut.view(whole.dtype)[:, :-1]
            cut = whole.view(cut.dtype)
        data = self._bytes(cut)
        if self.predictor == 3:
            data = _float_differences(cut)
        data = {
            NONE: lambda: data,
            LZW: lambda: _lzw(data),
            PACKBITS: lambda: _packbits(data),
        }.get(self.compression, lambda: zlib.compress(data))()
        if self.fill_order == 2:
            data = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
        return data

    def _bytes(self, cut: NDArray[Any]) -> bytes:
        if self.bits == cut.itemsize * 8:
            return cut.astype(cut.dtype.newbyteorder(self.order)).tobytes()
        if self.bits == 24:
            end = "little" if self.order == "<" else "big"
            low = (int(v) & 0xFFFFFF for v in cut.ravel())
            return b"".join(v.to_bytes(3, end) for v in low)
        rows = []
        for row in cut.reshape(len(cut), -1):
            text = "".join(f"{int(v):0{self.bits}b}" for v in row)
            text += "0" * (-len(text) % 8)
            rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
        return b"".join(rows)

    def _file(self, data: bytes, tags: dict[int, Any]) -> bytes:
        place, count, size = ("Q", "Q", 8) if self.big else ("I", "H", 4)
        mark = {"<": b"II", ">": b"MM"}[self.order]
        mark += struct.pack(self.order + "H", 43 if self.big else 42)
        mark += struct.pack(self.order + "HH", 8, 0) if self.big else b""
        begin = (16 if self.big else 8) + len(data)
        page_size = (
            struct.calcsize("<" + count) + len(tags) * (20 if self.big else 12) + size
        )
        apart, entries = b"", b""
        at = begin + page_size * self.pages
        for tag in sorted(tags):
            kind, n, value = self._value(tags[tag])
            if len(value) > size:
                pointer = struct.pack(self.order + place, at + len(apart))
                apart, value = apart + value, pointer
            entries += struct.pack(self.order + "HH" + place, tag, kind, n)
            entries += value.ljust(size, b"\0")
        pages = b""
        for n in range(self.pages):
            following = begin + page_size * (n + 1) if n + 1 < self.pages else 0
            pages += struct.pack(self.order + count, len(tags)) + entries
            pages += struct.pack(self.order + place, following)
        return mark + struct.pack(self.order + place, begin) + data + pages + apart

    def _value(self, value: Any) -> tuple[int, int, bytes]:
        if isinstance(value, bytes):
            return 2, len(value), value
        wide = isinstance(value, _Long)
        kind = (_LONG8 if self.big else _LONG) if wide else _SHORT
        letter = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}[kind]
        return (
            kind,
            len(value),
            struct.pack(f"{self.order}{len(value)}{letter}", *value),
        )


class _Long(list[int]):
    """Numbers that are written as wide as a place in the file."""


def _cut(plane: NDArray[Any], tile: Any, rows: int) -> list[NDArray[Any]]:
    height, width, samples = plane.shape
    if not tile:
        return [plane[top : top + rows] for top in range(0, height, rows)]
    cuts = []
    for top in range(0, height, tile[1]):
        for left in range(0, width, tile[0]):
            whole = np.zeros((tile[1], tile[0], samples), plane.dtype)
            part = plane[top : top + tile[1], left : left + tile[0]]
            whole[: part.shape[0], : part.shape[1]] = part
            cuts.append(whole)
    return cuts


def _float_differences(cut: NDArray[Any]) -> bytes:
    """Apply the floating-point predictor, a byte at a time."""
    result = b""
    samples = cut.shape[2]
    for row in cut:
        big = row.astype(row.dtype.newbyteorder(">")).tobytes()
        size = cut.itemsize
        planes = b"".join(big[n::size] for n in range(size))
        before = bytes(samples) + planes
        result += bytes((a - b) & 255 for a, b in zip(planes, before, strict=False))
    return result


def _lzw(data: bytes) -> bytes:
    """Write every byte as a code of nine bits, and clear the table in time."""
    bits = ""
    for n, byte in enumerate(data):
        bits += (f"{256:09b}" if n % 200 == 0 else "") + f"{byte:09b}"
    bits += f"{257:09b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _packbits(data: bytes) -> bytes:
    parts = (data[n : n + 128] for n in range(0, len(data), 128))
    return b"".join(bytes([len(part) - 1]) + part for part in parts)
