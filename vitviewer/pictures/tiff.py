"""Is a TIFF's first directory one that a picture has? Asked before Pillow reads it.

A tag can claim a billion strips. Pillow takes the values of all tags into memory, and
makes an object of each strip or tile.
"""

from __future__ import annotations

import struct
from typing import IO

from vitviewer.errors import ImageError
from vitviewer.text import quoted

_MOST_TAGS = 4096
_MOST_NUMBERS = 400_000  # tiles of 16 × 16 in 100 megapixels
_MOST_BYTES = 128_000_000
_LAST_OF_PICTURE, _DESCRIPTION = 700, 270
#: Bytes of one value, by the number of its kind.
_SIZES = {
    **{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8},
    **{13: 4, 16: 8, 17: 8, 18: 8},
}


def check_directory(file: IO[bytes], name: str) -> None:
    """Refuse a TIFF that claims more than one can hold, and go back to its start.

    Raises
    ------
    ImageError
    """
    numbers = n_bytes = 0
    n_tags, tags = _tags(file)
    for tag, kind, count in tags:
        if tag < _LAST_OF_PICTURE and tag != _DESCRIPTION:
            numbers = max(numbers, count)
        n_bytes += _SIZES.get(kind, 0) * count
    file.seek(0)
    if n_tags > _MOST_TAGS or numbers > _MOST_NUMBERS:
        raise ImageError(f"{quoted(name)} is damaged: copy or download it again.")
    if n_bytes > _MOST_BYTES:
        raise ImageError(
            f"{quoted(name)} holds {n_bytes / 1e6:,.0f} MB beside its pixels, such as "
            "layers: save it without them, or as PNG."
        )


def _tags(file: IO[bytes]) -> tuple[int, list[tuple[int, int, int]]]:
    """Read how many tags are claimed; number, kind and count of values of the first."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")  # BigTIFF
    start, count, entry = ("Q", "Q", "HHQ8x") if big else ("I", "H", "HHI4x")
    try:
        (place,) = struct.unpack_from(order + start, head, 8 if big else 4)
        file.seek(place)
        (n,) = struct.unpack(order + count, file.read(struct.calcsize(order + count)))
        size = struct.calcsize(order + entry)
        data = file.read(min(n, _MOST_TAGS) * size)
    except (struct.error, OverflowError, OSError):
        return 0, []  # cut short: Pillow says so
    whole = data[: len(data) // size * size]
    return n, list(struct.iter_unpack(order + entry, whole))
