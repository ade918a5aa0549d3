"""How far colours are apart, by WCAG 2."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

TEXT, CONTROL = 4.5, 3.0


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Return the relative luminance of colours of 0…255 in the last axis."""
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours."""
    values = [float(luminance(QColor(c).getRgb()[:3])) for c in (one, other)]
    return (max(values) + 0.05) / (min(values) + 0.05)


def contrast_in(pixels: np.ndarray) -> float:
    """Return the contrast of the ground of some words and what is farthest from it.

    The ground is the colour that most of the pixels have.
    """
    flat = pixels.reshape(-1, 3)
    colors, counts = np.unique(flat, axis=0, return_counts=True)
    ground = float(luminance(colors[counts.argmax()]))
    values = luminance(colors)
    high = (np.maximum(values, ground) + 0.05) / (np.minimum(values, ground) + 0.05)
    return float(high.max())
