"""From a patch map to colours: on the screen's small grid, or at full resolution.

Values are interpolated first and coloured after, so that a colour always stands for
the value on the colour bar. Blending is plain alpha: out = α·colour + (1 - α)·picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cmap
import numpy as np

from vitviewer.state import Interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry

COLORMAPS = {
    "bids:inferno": "Inferno",
    "bids:viridis": "Viridis",
    "bids:magma": "Magma",
    "bids:plasma": "Plasma",
    "cividis": "Cividis",
    "crameri:batlow": "Batlow",
    "crameri:lajolla": "Lajolla",
    "cmocean:ice": "Ice",
    "colorcet:CET_L3": "Fire",
    "matlab:gray": "Gray",
    "google:turbo": "Turbo (not uniform)",
}
"""Colormaps on offer: cmap's name to a label for people."""

DIMMED = 0.45
"""How bright the picture stays where the model saw nothing."""
_HATCHED = 0.75
_SUB_PATCH = 16
_SCREEN_SIDE = 256
_STRIP_PIXELS = 1 << 20


@dataclass(frozen=True)
class OverlayStyle:
    """How a map is painted; ``lo`` and ``hi`` get the first and the last colour."""

    colormap: str
    opacity: float
    interpolation: Interpolation
    lo: float
    hi: float
    fade: bool = False


@lru_cache(maxsize=64)
def lookup_table(colormap: str, opacity: float, fade: bool) -> NDArray[np.uint8]:
    """Return 256 colours with straight alpha, uint8 (256, 4).

    Alpha is the opacity; with ``fade`` it rises from 0 at the first colour.
    """
    table = np.asarray(cmap.Colormap(colormap).lut(256), dtype=np.float64).copy()
    table[:, 3] = opacity * (np.linspace(0.0, 1.0, 256) if fade else 1.0)
    result = np.rint(table * 255.0).astype(np.uint8)
    result.setflags(write=False)
    return result


def color_index(values: NDArray[np.float32], lo: float, hi: float) -> NDArray[np.uint8]:
    """Return which of the 256 colours each value gets.

    A map without any contrast gets the middle colour: it is drawn flat, not as noise.
    """
    if hi - lo <= 1e-6 * max(abs(lo), abs(hi)):
        return np.full(values.shape, 128, dtype=np.uint8)
    scaled = (values - np.float32(lo)) * np.float32(255.0 / (hi - lo))
    index = np.rint(np.clip(np.nan_to_num(scaled), 0.0, 255.0))
    result: NDArray[np.uint8] = index.astype(np.uint8)
    return result


def colors(values: NDArray[np.float32], style: OverlayStyle) -> NDArray[np.uint8]:
    """Colour a map for the screen, uint8 RGBA (rows·k, cols·k, 4), straight alpha.

    k is 1 for nearest patches; smooth maps are interpolated at up to 16 values a
    patch, and the painter's own scaling does the rest.
    """
    if style.interpolation is Interpolation.SMOOTH:
        rows, cols = values.shape
        factor = max(1, min(_SUB_PATCH, _SCREEN_SIDE // max(rows, cols)))
        y = (np.arange(rows * factor) + 0.5) / factor
        x = (np.arange(cols * factor) + 0.5) / factor
        values = _Sampler(values, x, smooth=True).rows(y)
    table = lookup_table(style.colormap, style.opacity, style.fade)
    result: NDArray[np.uint8] = table[color_index(values, style.lo, style.hi)]
    return result


def compose(
    pixels: NDArray[np.uint8],
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
) -> NDArray[np.uint8]:
    """Lay a map over a picture at the picture's own resolution.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    values : float32 (rows, cols)
        One value a patch.
    geometry : Geometry
        Where the patches lie; pixels whose centre the model never saw are dimmed and
        hatched.
    style : OverlayStyle

    Returns
    -------
    uint8 (height, width, 3)
    """
    height, width, _ = pixels.shape
    left, top, grid_width, grid_height = geometry.grid_rect
    x = (np.arange(width) + 0.5 - left) / grid_width * geometry.cols
    y = (np.arange(height) + 0.5 - top) / grid_height * geometry.rows
    columns, lines = _span(x, geometry.cols), _span(y, geometry.rows)
    smooth = style.interpolation is Interpolation.SMOOTH
    sampler = _Sampler(values, x[columns], smooth)
    table = lookup_table(style.colormap, style.opacity, style.fade)
    result = pixels.copy()
    _hatch_outside(result, lines, columns)
    for strip in _strips(lines, width):
        index = color_index(sampler.rows(y[strip]), style.lo, style.hi)
        result[strip, columns] = _blend(pixels[strip, columns], table[index])
    return result


class _Sampler:
    """Sample a map at the product of x and y positions, in patch units."""

    def __init__(
        self, values: NDArray[np.float32], x: NDArray[np.floating], smooth: bool
    ) -> None:
        self._smooth = smooth
        self._columns = self._along(values, x, axis=1)

    def rows(self, y: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the lines at y, float32 (len(y), len(x))."""
        return self._along(self._columns, y, axis=0)

    def _along(
        self, values: NDArray[np.float32], at: NDArray[np.floating], axis: int
    ) -> NDArray[np.float32]:
        last = values.shape[axis] - 1
        if not self._smooth:
            nearest = np.clip(np.floor(at), 0, last).astype(np.intp)
            taken: NDArray[np.float32] = values.take(nearest, axis)
            return taken
        # Patch i's value stands at its centre, i + ½; beyond the outermost it stays.
        at = np.clip(at - 0.5, 0.0, last)
        below = np.floor(at).astype(np.intp)
        above = np.minimum(below + 1, last)
        weight = (at - below).astype(np.float32)
        weight = weight[:, None] if axis == 0 else weight
        before, after = values.take(below, axis), values.take(above, axis)
        result: NDArray[np.float32] = before * (1 - weight) + after * weight
        return result


def _span(at: NDArray[np.floating], count: int) -> slice:
    """Return the pixels whose centre lies on the patches."""
    inside = np.flatnonzero((at >= 0.0) & (at < count))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


def _strips(lines: slice, width: int) -> list[slice]:
    """Cut the lines into strips of bounded size."""
    step = max(1, _STRIP_PIXELS // width)
    starts = range(lines.start, lines.stop, step)
    return [slice(start, min(start + step, lines.stop)) for start in starts]


def _blend(under: NDArray[np.uint8], over: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blend RGBA over RGB, rounded to the nearest integer."""
    alpha = over[..., 3:].astype(np.uint32)
    total = over[..., :3] * alpha + under * (255 - alpha)
    return ((total + 127) // 255).astype(np.uint8)


def _hatch_outside(pixels: NDArray[np.uint8], lines: slice, columns: slice) -> None:
    """Dim and hatch, in place, all but the given lines and columns."""
    height, width, _ = pixels.shape
    period = max(8, min(height, width) // 40)
    whole = slice(0, width)
    bands = (
        (slice(0, lines.start), whole),
        (slice(lines.stop, height), whole),
        (lines, slice(0, columns.start)),
        (lines, slice(columns.stop, width)),
    )
    for rows, cols in bands:
        for y in range(rows.start, rows.stop):
            line = pixels[y, cols]
            hatched = (np.arange(cols.start, cols.stop) + y) % period < period // 8
            light = np.where(hatched, _HATCHED, DIMMED)[:, None]
            pixels[y, cols] = np.rint(line * light).astype(np.uint8)
