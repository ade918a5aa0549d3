"""Lines drawn into a picture at its own resolution, band by band, with smooth edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps.contours import CASING, CASING_ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.maps.contours import Contour

_SCREEN = 600
"""Up to this shorter side of a picture, lines are as wide as on a screen."""


@dataclass(frozen=True)
class _Stroke:
    starts: NDArray[np.float64]  # of its segments, in the picture's pixels
    ends: NDArray[np.float64]
    color: tuple[int, int, int]
    width: float


class LinePainter:
    """Draw contours; their width grows with the picture."""

    def __init__(
        self, contours: Sequence[Contour], geometry: Geometry, opacity: float
    ) -> None:
        self._scale = max(1.0, min(geometry.picture_size) / _SCREEN)
        self._opacity = opacity
        left, top, width, height = geometry.grid_rect
        by = np.array([width / geometry.cols, height / geometry.rows])
        self._strokes: list[_Stroke] = []
        for contour in contours:
            lines = [line * by + (left, top) for line in contour.lines]
            if lines:
                starts = np.concatenate([line[:-1] for line in lines])
                ends = np.concatenate([line[1:] for line in lines])
                wide = contour.width * self._scale
                self._strokes.append(_Stroke(starts, ends, contour.color, wide))

    def draw(self, pixels: NDArray[np.uint8], left: int, top: int) -> None:
        """Draw into a part of the picture that begins at a row and a column."""
        casing = CASING * self._scale
        for stroke in self._strokes:
            away = _distances(stroke, stroke.width + casing, (left, top), pixels.shape)
            near = np.nonzero(away < (stroke.width + casing) / 2.0 + 0.5)
            if near[0].size == 0:
                continue
            part, apart = pixels[near].astype(np.float64), away[near]
            dark = CASING_ALPHA * self._opacity
            for color, wide, alpha in (
                ((0, 0, 0), stroke.width + casing, dark),
                (stroke.color, stroke.width, self._opacity),
            ):
                # A pixel whose centre is on the edge is half covered.
                cover = np.clip(wide / 2.0 + 0.5 - apart, 0.0, 1.0)[:, None] * alpha
                part += cover * (np.array(color) - part)
            pixels[near] = np.rint(part)


def _distances(
    stroke: _Stroke, reach: float, corner: tuple[int, int], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return how far pixels' centres are from a line, float32 (height, width).

    Those that are farther than ``reach`` may be infinitely far.
    """
    height, width = shape[:2]
    starts, ends = stroke.starts - corner, stroke.ends - corner
    low = np.floor(np.minimum(starts, ends) - reach).astype(int).clip(0)
    high = np.ceil(np.maximum(starts, ends) + reach).astype(int)
    high = np.minimum(high, (width, height))
    away = np.full((height, width), np.inf, dtype=np.float32)
    for n in np.flatnonzero((low < high).all(axis=1)):
        (x0, y0), (x1, y1) = low[n], high[n]
        x = np.arange(x0, x1) + 0.5 - starts[n, 0]
        y = (np.arange(y0, y1) + 0.5 - starts[n, 1])[:, None]
        dx, dy = ends[n] - starts[n]
        along = (x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12)
        along = along.clip(0.0, 1.0)
        distance = np.hypot(x - along * dx, y - along * dy)
        window = away[y0:y1, x0:x1]
        np.minimum(window, distance, out=window, casting="same_kind")
    return away
