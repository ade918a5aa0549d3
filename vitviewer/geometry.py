"""Which pixels of the picture the model saw, as one axis-aligned affine map.

A processor resizes the upright picture, then may crop or pad it; the encoder cuts
the result into patches. Undone, each patch covers a rectangle of the picture. All
coordinates are continuous: pixel (0, 0) covers [0, 1) × [0, 1), its centre is (½, ½).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a model's input and its patches lie on the upright picture.

    Parameters
    ----------
    picture_size : (int, int)
        Width and height of the upright picture, in pixels.
    resized_size : (float, float)
        Width and height after the processor's resize, before crop and padding; not
        whole where it pads before it resizes, or resamples from corner to corner.
    crop_offset : (float, float)
        Position of the input's corner in the resized picture, in its pixels;
        negative where the processor padded.
    input_size : (int, int)
        Width and height of the pixel values that went into the model.
    patch_size : (int, int)
        Width and height of one patch, in pixels of the input.
    grid_offset : (int, int)
        Position of the first patch's corner in the input; negative where the patch
        convolution itself pads, on all sides alike.
    """

    picture_size: tuple[int, int]
    resized_size: tuple[float, float]
    crop_offset: tuple[float, float]
    input_size: tuple[int, int]
    patch_size: tuple[int, int]
    grid_offset: tuple[int, int] = (0, 0)

    @property
    def rows(self) -> int:
        """Rows of whole patches; a remainder is never seen by the model."""
        return (self.input_size[1] - 2 * self.grid_offset[1]) // self.patch_size[1]

    @property
    def cols(self) -> int:
        """Columns of whole patches."""
        return (self.input_size[0] - 2 * self.grid_offset[0]) // self.patch_size[0]

    @property
    def scale(self) -> tuple[float, float]:
        """Picture pixels for each pixel of the model's input, along x and y."""
        return (
            self.picture_size[0] / self.resized_size[0],
            self.picture_size[1] / self.resized_size[1],
        )

    @property
    def input_rect(self) -> tuple[float, float, float, float]:
        """The model's whole input in picture pixels: x, y, width, height."""
        sx, sy = self.scale
        x, y = self.crop_offset[0] * sx, self.crop_offset[1] * sy
        return x, y, self.input_size[0] * sx, self.input_size[1] * sy

    @property
    def grid_rect(self) -> tuple[float, float, float, float]:
        """The patch grid in picture pixels: x, y, width, height."""
        sx, sy = self.scale
        x = (self.crop_offset[0] + self.grid_offset[0]) * sx
        y = (self.crop_offset[1] + self.grid_offset[1]) * sy
        width, height = self.cols * self.patch_size[0], self.rows * self.patch_size[1]
        return x, y, width * sx, height * sy

    @property
    def affine(self) -> NDArray[np.float64]:
        """The 2×3 map from (column, row) in patch units to (x, y) in picture pixels.

        (0, 0) is the top-left corner of the first patch.
        """
        x, y, width, height = self.grid_rect
        return np.array([[width / self.cols, 0.0, x], [0.0, height / self.rows, y]])

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """The part of the picture that reached a patch: x0, y0, x1, y1 in pixels."""
        x, y, width, height = self.grid_rect
        picture_width, picture_height = self.picture_size
        return (
            max(x, 0.0),
            max(y, 0.0),
            min(x + width, float(picture_width)),
            min(y + height, float(picture_height)),
        )

    def patch_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the patch under a point of the picture, or None."""
        x0, y0, x1, y1 = self.seen
        if not (x0 <= x < x1 and y0 <= y < y1):
            return None
        left, top, width, height = self.grid_rect
        col = floor((x - left) / width * self.cols)
        row = floor((y - top) / height * self.rows)
        return min(row, self.rows - 1), min(col, self.cols - 1)

    def patch_rect(self, row: int, col: int) -> tuple[float, float, float, float]:
        """One patch in picture pixels: x, y, width, height."""
        x, y, width, height = self.grid_rect
        w, h = width / self.cols, height / self.rows
        return x + col * w, y + row * h, w, h
