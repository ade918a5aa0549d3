"""A source or a picture -> a small picture of it, upright and in sRGB.

The limits are those of opening it. All functions may run in any thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vitviewer.pictures.opening import open_image
from vitviewer.pictures.pyramid import reduced

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Background

#: The most pixels across and down.
LARGEST = (192, 128)

_GAP = 2  # so many times the size is enough to be made small from
_ENOUGH = (_GAP * max(LARGEST),) * 2  # whichever way up it is stored


def thumbnail(
    source: str, background: Background, cancel: Callable[[], bool] | None = None
) -> NDArray[np.uint8]:
    """Return a small picture of what a source leads to.

    Parameters
    ----------
    source : str
        A path or URL, as `open_image` takes it.
    background : Background
        What a transparent picture is composited over.
    cancel : callable, optional
        Asked now and then; true ends it.

    Returns
    -------
    uint8 (height, width, 3)
        At most `LARGEST`; never larger than the picture.

    Raises
    ------
    ImageError
        If it cannot be opened.
    Cancelled
        If ``cancel`` answered true.
    """
    return _shrunk(open_image(source, cancel, _ENOUGH).over(background).pixels)


def thumbnail_of(picture: Picture) -> NDArray[np.uint8]:
    """Return a small picture of one that is on the screen.

    Returns
    -------
    uint8 (height, width, 3)
        As `thumbnail` does.
    """
    return _shrunk(
        picture.smaller[-1][..., 2::-1] if picture.smaller else picture.pixels
    )


def _shrunk(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average as far as shows no steps, then interpolate."""
    height, width, _ = pixels.shape
    scale = max(width / LARGEST[0], height / LARGEST[1], 1)
    size = max(round(width / scale), 1), max(round(height / scale), 1)
    by = max(int(scale / _GAP), 1)
    image = Image.fromarray(np.ascontiguousarray(reduced(pixels, by)))
    # The last squares may reach beyond the picture.
    box = (0, 0, width / by, height / by)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box))
