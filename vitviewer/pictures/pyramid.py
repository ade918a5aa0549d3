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
        pixels = halved(pixels)
        sizes.append(_for_screens(pixels))
    return tuple(sizes)


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average 2 × 2 pixels, grey or RGB, in strips: a whole copy would cost more."""
    height, width, *channels = pixels.shape
    result = np.empty((-(-height // 2), -(-width // 2), *channels), dtype=np.uint8)
    for top in range(0, height, _STRIP):
        strip = Image.fromarray(pixels[top : top + _STRIP]).reduce(2)
        result[top // 2 : (top + _STRIP) // 2] = np.asarray(strip)
    return result


def _for_screens(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = pixels.shape
    result = np.empty((height, width, 4), dtype=np.uint8)
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        result[rows, :, :3] = pixels[rows, :, ::-1]
        result[rows, :, 3] = 255
    return result
