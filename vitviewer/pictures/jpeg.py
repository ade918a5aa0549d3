"""A JPEG's ICC profile from its pieces, and what its four inks are."""

from __future__ import annotations

import struct
from typing import IO

_ICC = b"ICC_PROFILE\0"
_APP2, _APP14, _SOS, _EOI, _ALONE = 0xE2, 0xEE, 0xDA, 0xD9, (0x01, *range(0xD0, 0xD9))
_MOST_SEGMENTS = 4096


def profile(file: IO[bytes], mode: str, notes: list[str]) -> bytes | None:
    """Return the ICC profile, None where there is none or a piece of it lacks.

    Pieces may lie anywhere before the pixels and in any order; each says which of how
    many it is.
    """
    pieces, is_adobe = _segments(file)
    if mode == "CMYK" and not is_adobe:
        # ITU-T T.872 and browsers: 0 is full ink, with or without Adobe's marker.
        notes.append("CMYK without Adobe's marker: 0 taken as full ink")
    if not pieces:
        return None
    counts = {piece[1] for piece in pieces}
    numbers = [piece[0] for piece in pieces]
    if len(counts) == 1 and sorted(numbers) == list(range(1, counts.pop() + 1)):
        return b"".join(piece[2:] for piece in sorted(pieces, key=lambda p: p[0]))
    notes.append("colour profile ignored: pieces of it are missing")
    return None


def _segments(file: IO[bytes]) -> tuple[list[bytes], bool]:
    """Return the pieces of the profile, and whether Adobe's marker is there."""
    pieces: list[bytes] = []
    is_adobe = False
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in (None, _SOS, _EOI):
            break
        if marker in _ALONE:
            continue
        head = file.read(2)
        if len(head) < 2:
            break
        after = file.tell() - 2 + struct.unpack(">H", head)[0]
        if marker in (_APP2, _APP14):
            data = file.read(max(0, after - file.tell()))
            is_adobe |= marker == _APP14 and data.startswith(b"Adobe")
            if marker == _APP2 and data.startswith(_ICC) and len(data) >= 14:
                pieces.append(data[len(_ICC) :])
        file.seek(after)
    return pieces, is_adobe


def _next_marker(file: IO[bytes]) -> int | None:
    """Return the next marker's number; bytes of filling before it are left out."""
    byte = file.read(1)
    for _ in range(65536):
        if byte != b"\xff":
            byte = file.read(1)
            if not byte:
                return None
            continue
        byte = file.read(1)
        if byte not in (b"\xff", b"\0"):
            return byte[0] if byte else None
    return None
