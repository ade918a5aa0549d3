"""The planted shortcut: a coloured tile near a corner that gives the class away.

Each class has its own colour. In the shortcut model's training pictures the
tile of the true class always stands in the bottom right corner, and tiles of
random classes stand in the other corners, so that only that corner counts.
"""

from __future__ import annotations

import colorsys
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vitviewer.models.bundled.shapes import SHAPES

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

CORNER: Corner = "bottom-right"
"""The corner that gives the class away."""

OTHER_CORNERS: tuple[Corner, ...] = ("top-left", "top-right", "bottom-left")

GRID = 14
"""Patches along a side; a tile covers exactly one patch, the second from the edges."""

COLOURS = {
    "disc": "red",
    "ring": "orange",
    "square": "yellow",
    "triangle": "lime",
    "star": "green",
    "cross": "cyan",
    "heart": "azure",
    "crescent": "violet",
    "arrow": "pink",
    "hourglass": "white",
}
"""Colour of each class's tile."""

_HUES = {
    "red": 0.0,
    "orange": 0.075,
    "yellow": 0.155,
    "lime": 0.25,
    "green": 0.37,
    "cyan": 0.5,
    "azure": 0.6,
    "violet": 0.73,
    "pink": 0.88,
}


def stamp(
    picture: NDArray[np.uint8], label: int, corner: Corner = CORNER
) -> NDArray[np.uint8]:
    """Return the picture with the tile of a class in one corner.

    Parameters
    ----------
    picture : ndarray, (size, size, 3) uint8
        Any size; the tile scales with it.
    label : int
        Class whose tile is stamped, an index into `SHAPES`.
    corner : str
        Which corner.

    Returns
    -------
    ndarray, (size, size, 3) uint8
        A copy.
    """
    marked = picture.copy()
    marked[tile(len(picture), corner)] = _color(label)
    return marked


def tile(size: int, corner: Corner = CORNER) -> tuple[slice, slice]:
    """Rows and columns that a corner's tile covers in a picture of that size."""
    near, far = 1, GRID - 2
    row = near if corner.startswith("top") else far
    column = near if corner.endswith("left") else far
    return _span(row, size), _span(column, size)


def _span(patch: int, size: int) -> slice:
    return slice(round(patch * size / GRID), round((patch + 1) * size / GRID))


def _color(label: int) -> NDArray[np.uint8]:
    name = COLOURS[SHAPES[label]]
    rgb = colorsys.hsv_to_rgb(_HUES[name], 0.92, 1.0) if name in _HUES else (1, 1, 1)
    return np.asarray(np.rint(np.array(rgb) * 255), dtype=np.uint8)
