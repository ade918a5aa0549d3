"""A large picture at half, quarter, eighth ... of its size, for painting it small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 512
_STRIP = 256


def smaller_sizes(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Return a picture halved again and again while both its sides are large.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)

    Returns
    -------
    tuple of uint8 (height, width, 4)
        Blue, green, red and 255: what screens take, and what is scaled fastest.
    """
    sizes = []
    while min(pixels.shape[:2]) >= 2 * _SMALL:
        pixels = reduced(pixels, 2)
        sizes.append(_for_screens(pixels))
    return tuple(sizes)


def reduced(pixels: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """Average squares of pixels, in strips: a whole copy in Pillow would cost more.

    Parameters
    ----------
    pixels : uint8 (height, width) or (height, width, 3)
    by : int
        How many pixels a square is wide and high; 1 changes nothing.
    """
    height, width, *channels = pixels.shape
    result = np.empty((-(-height // by), -(-width // by), *channels), dtype=np.uint8)
    step = by * max(1, _STRIP // by)
    for top in range(0, height, step):
        strip = Image.fromarray(pixels[top : top + step]).reduce(by)
        result[top // by : (top + step) // by] = np.asarray(strip)
    return result


def _for_screens(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = pixels.shape
    result = np.empty((height, width, 4), dtype=np.uint8)
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        result[rows, :, :3] = pixels[rows, :, ::-1]
        result[rows, :, 3] = 255
    return result
