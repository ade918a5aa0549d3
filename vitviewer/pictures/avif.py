"""The colour description of an AVIF that is no ICC profile: its nclx box."""

from __future__ import annotations

import struct
from typing import IO

from vitviewer.pictures.colorimetry import Encoding, by_code_points

_MOST_META = 4 * 1024**2
_INSIDE = {b"meta": 4, b"iprp": 0, b"ipco": 0}  # boxes to enter, bytes to skip there
_UNSPECIFIED = 2


def colors(file: IO[bytes], notes: list[str]) -> list[Encoding]:
    """Return the encoding that the first nclx box names, if any.

    The decoder has turned luma and chroma into RGB of the full range: of the box only
    primaries and transfer count here.
    """
    file.seek(0)
    code_points = _nclx(file.read(_MOST_META))
    if code_points is None or _UNSPECIFIED in code_points:
        return []
    encoding = by_code_points(*code_points)
    if encoding is None:
        notes.append("unknown colour description (nclx) ignored")
        return []
    return [encoding]


def _nclx(data: bytes) -> tuple[int, int] | None:
    """Walk the boxes of the head; return colour primaries and transfer."""
    place, end = 0, len(data)
    for _ in range(1000):
        if place + 8 > end:
            return None
        size, kind = struct.unpack_from(">I4s", data, place)
        body = place + 8
        if size == 1 and body + 8 <= end:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        if kind in _INSIDE:
            place = body + _INSIDE[kind]
            continue
        if kind == b"colr" and data[body : body + 4] == b"nclx" and body + 8 <= end:
            primaries, transfer = struct.unpack_from(">HH", data, body + 4)
            return primaries, transfer
        if size < 8:
            return None
        place += size
    return None
