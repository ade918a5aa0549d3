"""Pillow's resize without Pillow's copy of the picture, which takes 4 bytes a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BAND_PIXELS = 1 << 20


def resized(
    pixels: NDArray[np.uint8], size: tuple[int, int], resample: int
) -> Image.Image:
    """Return exactly what Pillow makes of the whole picture, taking it in bands.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    size : (width, height)
    resample : int
        Pillow's filter.

    Notes
    -----
    Pillow resizes rows to their new width first, each by itself, rounds to bytes, and
    then columns: the first step can be done to some rows at a time.
    """
    height, width, _ = pixels.shape
    step = max(1, _BAND_PIXELS // width)
    if height <= step or size[0] > width:
        return Image.fromarray(pixels).resize(size, resample)
    narrow = Image.new("RGB", (size[0], height))
    for top in range(0, height, step):
        band = Image.fromarray(pixels[top : top + step])
        narrow.paste(band.resize((size[0], band.height), resample), (0, top))
    return narrow.resize(size, resample)
