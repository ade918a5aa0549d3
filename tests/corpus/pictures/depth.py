"""More than 8 bits: whole numbers by their depth, floats by 0 to 1 or their range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.corpus.pictures.case import Case, refuses, shows
from tests.picture_factory import encoded, png16

RAMP = np.linspace(0, 1, 64 * 48).reshape(48, 64)
NAN, INF = float("nan"), float("inf")


def whole(top: int, kind: str = "<u2") -> NDArray[Any]:
    """Return a ramp from 0 to ``top``."""
    return np.rint(RAMP * top).astype(kind)


def scaled(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return the bytes that a linear rule gives, what is no number black."""
    share = (values.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.rint(np.where(np.isfinite(share), share, 0) * 255).astype(np.uint8)


def tiff(values: NDArray[Any]) -> Callable[[], bytes]:
    return lambda: encoded(values, "TIFF")


def made_tiff(
    values: NDArray[Any], sample_format: int, *more: tuple[int, int]
) -> Callable[[], bytes]:
    """Return a TIFF of any kind of number, which Pillow would not write."""
    import struct

    order = ">" if values.dtype.byteorder == ">" else "<"
    height, width = values.shape[:2]
    channels = values.shape[2] if values.ndim == 3 else 1
    data = values.tobytes()
    tags = [
        *((256, width), (257, height), (258, values.itemsize * 8), (259, 1)),
        *((262, 2 if channels > 2 else 1), (273, 8), (277, channels), (278, height)),
        *((279, len(data)), *more, (339, sample_format)),
    ]
    entries = b"".join(_entry(order, tag, value) for tag, value in tags)
    count = struct.pack(f"{order}H", len(tags))
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", 8 + len(data))
    return lambda: head + data + count + entries + bytes(4)


def _entry(order: str, tag: int, value: int) -> bytes:
    import struct

    return struct.pack(f"{order}HHII", tag, 4, 1, value)


def floats(name: str, values: NDArray[Any], low: float, high: float, note: str) -> Case:
    return shows(
        name, tiff(values.astype(np.float32)), lambda: scaled(values, low, high),
        tolerance=1, note=note,
    )  # fmt: skip


def numbers(name: str, data: Callable[[], bytes], values: Any, *range_: float) -> Case:
    return shows(name, data, lambda: scaled(values, *range_), note="scaled from")


def _holed(value: float) -> NDArray[Any]:
    values = RAMP.copy()
    values[3:9, 4:20] = value
    return values


def _pgm(top: int) -> bytes:
    return f"P5\n64 48\n{top}\n".encode() + whole(top, ">u2").tobytes()


def grey16(values: NDArray[Any]) -> Callable[[], bytes]:
    return lambda: png16(values[..., None])


SIGNED = whole(2000, "<i4") - 700
_DEEP = np.stack([whole(65535), whole(40000), whole(65535)[::-1]], axis=-1)
_CLEAR = np.full((48, 64, 1), 65535, np.uint16)
CASES = [
    *(
        numbers(f"{form}, {words}", make(whole(top)), whole(top), 0, depth)
        for form, make in (("PNG of 16 bits", grey16), ("TIFF of 16 bits", tiff))
        for words, top, depth in (
            *(("16 used", 65535, 65535), ("half used", 40000, 65535)),
            *(("12 used", 4095, 4095), ("8 used", 255, 255)),
        )
    ),
    numbers(
        "TIFF of 16 bits, big-endian",
        made_tiff(whole(65535, ">u2"), 1),
        *(whole(65535), 0, 65535),
    ),
    numbers("TIFF of 32 bits, signed", tiff(SIGNED), SIGNED, -700, 1300),
    numbers(
        "TIFF of 32 bits, unsigned",
        made_tiff(whole(4_000_000_000, "<u4"), 1),
        *(whole(4_000_000_000, "<u4"), 0, 4_000_000_000),
    ),
    numbers(
        "TIFF of 16 bits, signed",
        made_tiff((SIGNED).astype("<i2"), 2),
        *(SIGNED, -700, 1300),
    ),
    floats("floats from 0 to 1", RAMP, 0, 1, "0 to 1"),
    floats("floats from 0 to 0.2", RAMP / 5, 0, 1, "0 to 1"),
    floats("floats from -3 to 3", RAMP * 6 - 3, -3, 3, "own range"),
    floats("floats from 0 to 1e30", RAMP * 1e30, 0, 1e30, "own range"),
    floats("floats with holes", _holed(NAN), 0, 1, "no numbers"),
    floats("floats with infinities", _holed(INF), 0, 1, "no numbers"),
    floats("floats with minus infinities", _holed(-INF), 0, 1, "no numbers"),
    floats("no number at all", np.full((48, 64), NAN), 0, 1, "no numbers"),
    floats("one number everywhere", np.full((48, 64), 7.0), 7, 7, "own range"),
    floats("floats at their limits", np.sign(RAMP - 0.5) * 3.4e38, -3.4e38, 3.4e38, ""),
    numbers("TIFF of doubles", made_tiff(RAMP, 3), RAMP, 0, 1),
    refuses(
        "TIFF of complex numbers",
        made_tiff(RAMP.astype(np.complex64), 6),
        "unusual kind.*save it as PNG",
    ),
    shows(
        "PFM",
        lambda: b"Pf\n64 48\n-1.0\n" + RAMP[::-1].astype("<f4").tobytes(),
        lambda: scaled(RAMP, 0, 1),
        tolerance=1,
    ),
    shows(
        "PNG colours of 16 bits",
        lambda: png16(_DEEP),
        lambda: (_DEEP >> 8).astype(np.uint8),
        note="high byte",
    ),
    shows(
        "PNG colours and alpha of 16 bits",
        lambda: png16(np.concatenate([_DEEP, _CLEAR], axis=2)),
        lambda: (_DEEP >> 8).astype(np.uint8),
        note="high byte",
    ),
    shows(
        "TIFF colours of 16 bits",
        made_tiff(_DEEP, 1),
        lambda: (_DEEP >> 8).astype(np.uint8),
        note="high byte",
    ),
    *(
        numbers(
            f"PGM up to {top}",
            lambda top=top: _pgm(top),
            np.rint(whole(top) / top * 65535),
            *(0, 65535),
        )
        for top in (65535, 1023, 4095)
    ),
    shows(
        "PPM up to 65535",
        lambda: b"P6\n64 48\n65535\n" + _DEEP.astype(">u2").tobytes(),
        lambda: np.rint(_DEEP / 257).astype(np.uint8),
        tolerance=1,
    ),
]
