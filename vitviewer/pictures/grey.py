"""A picture in grey and with muted colours, so that a map over it has the colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vitviewer.pictures.pyramid import reduced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

KEPT = 0.3
"""How much of its saturation a muted picture keeps."""
_WEIGHTS = (0.2126, 0.7152, 0.0722)  # of sRGB's primaries
_STRIP = 256


def grey_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 0.2126 R + 0.7152 G + 0.0722 B, rounded to the nearest integer.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)

    Returns
    -------
    uint8 (height, width)
    """
    result = np.empty(pixels.shape[:2], dtype=np.uint8)
    for top in range(0, len(pixels), _STRIP):
        strip = Image.fromarray(pixels[top : top + _STRIP])
        result[top : top + _STRIP] = np.asarray(strip.convert("L", (*_WEIGHTS, 0.0)))
    return result


def grey_sizes(
    pixels: NDArray[np.uint8], smaller: Sequence[NDArray[np.uint8]]
) -> tuple[NDArray[np.uint8], ...]:
    """Return a picture in grey, and at the sizes of ``smaller``, uint8 (height, width).

    ``smaller`` is what `vitviewer.pictures.pyramid` makes of it.
    """
    sizes = [grey_of(pixels)]
    for _ in smaller:
        sizes.append(reduced(sizes[-1], 2))
    return tuple(sizes)


def muted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return grey + 0.3 (pixels - grey), rounded, uint8 (height, width, 3)."""
    grey = grey_of(pixels).astype(np.uint16) * 7
    result = np.empty_like(pixels)
    for channel in range(3):  # one at a time: loops over an axis of three are slow
        total = pixels[..., channel] * np.uint16(3) + grey  # at most 10 · 255: fits
        result[..., channel] = (total + 5) // 10
    return result
