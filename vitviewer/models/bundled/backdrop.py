"""Dim, textured and cluttered backgrounds of the demo scenes.

Everything is drawn from numbers that do not depend on the picture's size,
so that one generator gives the same background at 112 and at 672 pixels.
"""

from __future__ import annotations

import colorsys
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Plane = NDArray[np.floating]

CEILING = 0.45
"""No channel of a background exceeds this (pictures run from 0 to 1)."""

SUPERSAMPLING = 4
"""Polygons are filled at this multiple of the size, then averaged."""


def draw_backdrop(rng: np.random.Generator, size: int) -> Plane:
    """Draw one background.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice; the same state gives the same background.
    size : int
        Side in pixels.

    Returns
    -------
    ndarray, (size, size, 3) float32
        Linear mix of dim colours, every value in [0, `CEILING`].
    """
    hue = rng.random()
    dark = dim_color(rng, hue, 0.11, 0.18)
    light = dim_color(rng, hue + rng.uniform(-0.18, 0.18), 0.28, 0.42)
    weight = _texture(rng, size)[..., None]
    ground = dark + (light - dark) * weight
    ground *= 1.0 + 0.16 * (_noise(rng, 56, size)[..., None] - 0.5)
    cluttered = _over(ground, _clutter(rng, hue, size))
    return np.asarray(np.clip(cluttered * _vignette(size), 0.0, CEILING))


def dim_color(rng: np.random.Generator, hue: float, low: float, high: float) -> Plane:
    """Colour of about that hue (in turns) whose largest channel is in the range."""
    rgb = colorsys.hsv_to_rgb(hue % 1, rng.uniform(0.35, 0.7), rng.uniform(low, high))
    return np.asarray(rgb, dtype=np.float32)


def _noise(rng: np.random.Generator, cells: int, size: int) -> Plane:
    """Smooth noise in about [0, 1] with that many cells along a side."""
    grid = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
    return np.asarray(grid.resize((size, size), Image.Resampling.BICUBIC))


def _clouds(rng: np.random.Generator, size: int) -> Plane:
    octaves = [(3, 0.5), (6, 0.3), (14, 0.2)]
    total = np.zeros((size, size), np.float32)
    for cells, share in octaves:
        total += np.float32(share) * _noise(rng, cells, size)
    return total


def _texture(rng: np.random.Generator, size: int) -> Plane:
    """Clouds, marble or weave, in about [0, 1]."""
    clouds = _clouds(rng, size)
    kind, turn, waves = rng.integers(3), rng.uniform(0, math.pi), rng.uniform(4, 9)
    if kind == 0:
        return clouds
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    along = at[None, :] * math.cos(turn) + at[:, None] * math.sin(turn)
    across = at[:, None] * math.cos(turn) - at[None, :] * math.sin(turn)
    bent = 2 * math.pi * waves * along + 9 * clouds
    ripple = np.sin(bent)
    if kind == 2:
        ripple = ripple * np.sin(2 * math.pi * waves * across + 4 * clouds)
    return np.asarray(0.55 * clouds + 0.45 * (0.5 + 0.5 * ripple), np.float32)


def _vignette(size: int) -> Plane:
    at = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    return np.asarray(1 - 0.18 * (at[:, None] ** 2 + at[None, :] ** 2))[..., None]


def _clutter(rng: np.random.Generator, hue: float, size: int) -> Image.Image:
    """Translucent discs, thin lines and specks on a transparent layer."""
    side = size * SUPERSAMPLING
    layer = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(layer)

    def ink(low: float, high: float, alpha: float) -> tuple[int, int, int, int]:
        color = dim_color(rng, hue + rng.uniform(-0.3, 0.3), low, high) * 255
        return int(color[0]), int(color[1]), int(color[2]), int(alpha * 255)

    for _ in range(rng.integers(4, 9)):
        (x, y), r = rng.random(2) * side, rng.uniform(0.03, 0.11) * side
        draw.ellipse((x - r, y - r, x + r, y + r), ink(0.12, 0.36, 0.45))
    for _ in range(rng.integers(3, 8)):
        x0, y0, x1, y1 = (float(v) for v in rng.uniform(-0.1, 1.1, 4) * side)
        width = round(rng.uniform(0.004, 0.014) * side)
        draw.line((x0, y0, x1, y1), ink(0.2, 0.4, 0.8), width)
    for _ in range(rng.integers(20, 60)):
        (x, y), r = rng.random(2) * side, rng.uniform(0.003, 0.008) * side
        draw.ellipse((x - r, y - r, x + r, y + r), ink(0.25, 0.4, 0.9))
    return layer.reduce(SUPERSAMPLING)


def _over(ground: Plane, layer: Image.Image) -> Plane:
    """Lay a translucent RGBA layer over the ground."""
    rgba = np.asarray(layer, dtype=np.float32) / 255
    alpha = rgba[..., 3:]
    return ground + (rgba[..., :3] - ground) * alpha
