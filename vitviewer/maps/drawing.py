"""Lines drawn into a picture at its own resolution, band by band, with smooth edges."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from vitviewer.maps.contours import CASING, CASING_ALPHA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.maps.contours import Contour

_SCREEN = 600
"""Up to this shorter side of a picture, lines are as wide as on a screen."""
_FINER = 4


@dataclass(frozen=True)
class _Stroke:
    points: NDArray[np.float64]  # in the picture's pixels
    width: float
    color: tuple[int, int, int]
    alpha: float


class LinePainter:
    """Draw contours; their width grows with the picture."""

    def __init__(
        self, contours: Sequence[Contour], geometry: Geometry, opacity: float
    ) -> None:
        scale = max(1.0, min(geometry.picture_size) / _SCREEN)
        left, top, width, height = geometry.grid_rect
        by = np.array([width / geometry.cols, height / geometry.rows])
        self._strokes: list[_Stroke] = []
        for contour in contours:
            lines = [line * by + (left, top) for line in contour.lines]
            dark, own = contour.width + CASING, contour.width
            for wide, color, alpha in (
                (dark, (0, 0, 0), CASING_ALPHA * opacity),
                (own, contour.color, opacity),
            ):
                strokes = (_Stroke(p, wide * scale, color, alpha) for p in lines)
                self._strokes += strokes

    def draw(self, pixels: NDArray[np.uint8], left: int, top: int) -> None:
        """Draw into a part of the picture that begins at a row and a column."""
        height, width, _ = pixels.shape
        for stroke in self._strokes:
            box = _box(stroke, left, top, width, height)
            if box is not None:
                x0, y0, x1, y1 = box
                cover = _cover(stroke, (left + x0, top + y0), (x1 - x0, y1 - y0))
                part = pixels[y0:y1, x0:x1]
                alpha = (cover * stroke.alpha)[..., None]
                blended = alpha * np.array(stroke.color) + (1.0 - alpha) * part
                part[...] = np.rint(blended)


def _box(
    stroke: _Stroke, left: int, top: int, width: int, height: int
) -> tuple[int, int, int, int] | None:
    """Return the part of a window in which a line may show; None if there is none."""
    reach = stroke.width
    x0, y0 = np.floor(stroke.points.min(axis=0) - reach - (left, top)).astype(int)
    x1, y1 = np.ceil(stroke.points.max(axis=0) + reach - (left, top)).astype(int)
    box = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _cover(
    stroke: _Stroke, corner: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return how much of each pixel a line covers, float32 (height, width)."""
    mask = Image.new("L", (size[0] * _FINER, size[1] * _FINER))
    pen = ImageDraw.Draw(mask)
    wide = max(1, round(stroke.width * _FINER))
    reach = stroke.width
    for run in _runs(stroke.points, corner[1] - reach, corner[1] + size[1] + reach):
        # Pillow's pixel (0, 0) has its centre at 0.
        points = (run - corner) * _FINER - 0.5
        pen.line(points.ravel().tolist(), fill=255, width=wide, joint="curve")
    return np.asarray(mask.reduce(_FINER), dtype=np.float32) / 255.0


def _runs(
    points: NDArray[np.float64], top: float, bottom: float
) -> Iterator[NDArray[np.float64]]:
    """Yield the parts of a line that touch some rows."""
    low = np.minimum(points[:-1, 1], points[1:, 1])
    high = np.maximum(points[:-1, 1], points[1:, 1])
    touches = np.flatnonzero((high >= floor(top)) & (low <= ceil(bottom)))
    if touches.size:
        for part in np.split(touches, np.flatnonzero(np.diff(touches) > 1) + 1):
            yield points[part[0] : part[-1] + 2]
