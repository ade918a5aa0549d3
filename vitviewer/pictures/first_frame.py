"""Which part of an animation's canvas its first frame covers.

The rest is transparent, as browsers show it, whatever background colour is named.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_MOST_CHUNKS = 1000


def covered(image: Image.Image, file: IO[bytes]) -> tuple[int, int, int, int] | None:
    """Return what a first frame covers (left, top, right, bottom); None for all."""
    if image.format == "GIF":
        box: tuple[int, int, int, int] | None = getattr(image, "dispose_extent", None)
    elif image.format == "WEBP":
        box = _first_of_webp(file)
    else:
        return None
    if box is None or box == (0, 0, *image.size):
        return None
    return box


def _first_of_webp(file: IO[bytes]) -> tuple[int, int, int, int] | None:
    """Read the place of the first ANMF chunk; None where there is none."""
    file.seek(12)
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        name, length = struct.unpack("<4sI", head)
        if name == b"ANMF":
            data = file.read(12)
            if len(data) < 12:
                return None
            x, y, w, h = (
                int.from_bytes(data[i : i + 3], "little") for i in (0, 3, 6, 9)
            )
            return 2 * x, 2 * y, 2 * x + w + 1, 2 * y + h + 1
        file.seek(length + length % 2, 1)
    return None
