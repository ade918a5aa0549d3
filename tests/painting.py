"""What the tests of painting share: geometries, hot patches, and where they show."""

from __future__ import annotations

import numpy as np

from vitviewer.geometry import Geometry
from vitviewer.maps.state import Alpha, Interpolation, Photograph
from vitviewer.maps.style import OverlayStyle


def squashed(width: int, height: int) -> Geometry:
    """Return ViT's geometry: squashed to 224 × 224, all of it seen."""
    return Geometry((width, height), (224, 224), (0, 0), (224, 224), (16, 16))


def cropped(width: int, height: int) -> Geometry:
    """Return CLIP's geometry: shortest edge to 224, then the centre."""
    scale = 224 / min(width, height)
    resized = (max(round(width * scale), 224), max(round(height * scale), 224))
    offset = ((resized[0] - 224) // 2, (resized[1] - 224) // 2)
    return Geometry((width, height), resized, offset, (224, 224), (14, 14))


def padded(width: int, height: int) -> Geometry:
    """Return a geometry with the whole picture in the middle of padding."""
    scale = 160 / max(width, height)
    resized = (max(round(width * scale), 1), max(round(height * scale), 1))
    offset = (-((192 - resized[0]) // 2), -((192 - resized[1]) // 2))
    return Geometry((width, height), resized, offset, (192, 192), (32, 32))


GEOMETRIES = [
    squashed(97, 61),
    cropped(101, 67),
    padded(83, 120),
    Geometry((90, 70), (130, 101), (3, 2), (120, 90), (16, 16)),
    cropped(64, 149),
    squashed(331, 333),
    cropped(640, 427),
    padded(500, 311),
    cropped(1023, 257),
    squashed(257, 719),
]
"""Ten odd sizes; the fourth has a remainder that no patch covers."""


def style(
    interpolation: Interpolation,
    lo: float = 0.0,
    hi: float = 1.0,
    opacity: float = 0.6,
    colormap: str = "bids:inferno",
    photograph: Photograph = Photograph.AS_IS,
) -> OverlayStyle:
    """Return a style for values from 0 to 1, evenly over the picture as it is."""
    rest = (Alpha.UNIFORM, photograph)
    return OverlayStyle(colormap, opacity, interpolation, lo, hi, *rest)


def hot_patch(geometry: Geometry, patch: tuple[int, int] | None) -> np.ndarray:
    """Return a map that is 1 in one patch, or nowhere, and 0 elsewhere."""
    values = np.zeros((geometry.rows, geometry.cols), dtype=np.float32)
    if patch is not None:
        values[patch] = 1.0
    return values


def painted_box(
    hot: np.ndarray, cold: np.ndarray
) -> tuple[float, float, float, float] | None:
    """Return the edges x0, y0, x1, y1 of where two paintings differ, in pixels."""
    differs = np.abs(hot.astype(int) - cold).sum(axis=-1) > 30
    if not differs.any():
        return None
    y, x = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return float(x[0]), float(y[0]), float(x[-1] + 1), float(y[-1] + 1)
