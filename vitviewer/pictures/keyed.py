"""PNG's one transparent colour, compared at the depth that the file has.

Pillow compares it with 8-bit pixels: with the high byte of 16 bits, with grey of 2 or
4 bits that it has spread over 8.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.pictures.png import Key

_STRIP_ROWS = 64


def hidden_by_key(
    image: Image.Image, file: object, key: Key | None
) -> NDArray[np.bool_] | None:
    """Tell a loaded PNG which of its 8-bit colours is transparent, by its file.

    Returns
    -------
    bool (height, width) or None
        Of 16-bit RGB, which Pillow has cut to 8, the transparent pixels themselves.
    """
    if image.format != "PNG":
        return None
    if image.mode == "P":
        if not isinstance(image.info.get("transparency"), int | bytes):
            image.info.pop("transparency", None)
        return None
    image.info.pop("transparency", None)  # a text of the file may bear that name
    if key is None:
        return None
    if image.mode == "RGB" and key.depth == 16:
        return _equal(image, key.eight_bits) & _low_bytes_equal(file, key)
    if key.depth < 16:
        color = key.eight_bits
        image.info["transparency"] = color[0] if len(color) == 1 else color
    return None


def _low_bytes_equal(file: object, key: Key) -> NDArray[np.bool_]:
    """Decode the picture again for the low bytes of its samples."""
    reader = cast("IO[bytes]", file)
    reader.seek(0)
    with Image.open(reader, formats=("PNG",)) as low:
        tile = low.tile[0]
        low.tile = [tile._replace(args="RGB;16L")]  # of big-endian samples: the low
        low.load()
        return _equal(low, tuple(sample & 255 for sample in key.samples))


def _equal(image: Image.Image, color: tuple[int, ...]) -> NDArray[np.bool_]:
    """Compare pixels with a colour, some rows at a time."""
    width, height = image.size
    equal = np.empty((height, width), np.bool_)
    for top in range(0, height, _STRIP_ROWS):
        rows = slice(top, min(top + _STRIP_ROWS, height))
        strip = np.asarray(image.crop((0, top, width, rows.stop)))
        equal[rows] = strip[..., 0] == color[0]
        for channel in (1, 2):
            equal[rows] &= strip[..., channel] == color[channel]
    return equal
