"""Pillow's resize without Pillow's copy of the picture, which takes 4 bytes a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL_PIXELS = 4_000_000


def resized(
    pixels: NDArray[np.uint8], size: tuple[int, int], resample: int
) -> Image.Image:
    """Return exactly what Pillow makes of a picture, a large one channel by channel.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    size : (width, height)
    resample : int
        Pillow's filter.

    Notes
    -----
    Pillow resizes each channel by itself. Bands of rows would take less memory still,
    but whether it does rows or columns first, and rounds between them, is its secret.
    """
    height, width, n_channels = pixels.shape
    if height * width <= _SMALL_PIXELS:
        return Image.fromarray(pixels).resize(size, resample)
    channels = []
    for n in range(n_channels):
        channel = np.ascontiguousarray(pixels[..., n])
        grey = Image.frombuffer("L", (width, height), channel, "raw", "L", 0, 1)
        channels.append(grey.resize(size, resample))
        del channel, grey
    return Image.merge("RGB", channels)
