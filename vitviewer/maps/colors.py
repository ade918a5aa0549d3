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

from vitviewer.maps.state import Interpolation

if TYPE_CHECKING:
    from collections.abc import Iterator

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
HATCH_ALPHA = 70
"""How opaque the white hatch is there, of 255."""
FLAT_INDEX = 128
"""The colour of a map that has no contrast."""
_SUB_PATCH = 16
_SCREEN_SIDE = 256
_STRIP_PIXELS = 1 << 19


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


def known_colormap(name: str) -> str:
    """Return the name of a colormap that there is.

    Raises
    ------
    ValueError
        In words, if there is none of that name.
    """
    try:
        cmap.Colormap(name)
    except Exception as error:  # whatever cmap makes of it, there is no such colormap
        raise ValueError(
            f"{name!r} is not a colormap; some are viridis, inferno, gray, cmocean:ice"
        ) from error
    return name


def is_flat(lo: float, hi: float) -> bool:
    """Say whether a range is no more than rounding: it is then not stretched."""
    return not hi - lo > 1e-5 * max(abs(lo), abs(hi))


def colors(values: NDArray[np.float32], style: OverlayStyle) -> NDArray[np.uint8]:
    """Colour a map for the screen, uint8 RGBA (rows·k, cols·k, 4), straight alpha.

    k is 1 for nearest patches; smooth maps are interpolated at up to 16 values a
    patch, and the painter's own scaling does the rest.
    """
    smooth = style.interpolation is Interpolation.SMOOTH
    fitting = min(_SUB_PATCH, _SCREEN_SIDE // max(values.shape))
    factor = max(1, fitting) if smooth else 1
    rows, cols = values.shape
    down = _even_weights(rows, factor, smooth)
    return _colored(values, down, _even_weights(cols, factor, smooth), style)


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
        One value a patch; NaN is left transparent.
    geometry : Geometry
        Where the patches lie; pixels whose centre the model never saw are dimmed and
        hatched.
    style : OverlayStyle

    Returns
    -------
    uint8 (height, width, 3)

    Raises
    ------
    ValueError
        If the geometry belongs to a picture or a map of another size.
    """
    result = np.empty_like(pixels)
    for top, band in compose_bands(pixels, values, geometry, style):
        result[top : top + len(band)] = band
    return result


def compose_bands(
    pixels: NDArray[np.uint8],
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
    multiple: int = 1,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Do what `compose` does, one band of rows after another.

    Parameters
    ----------
    pixels, values, geometry, style
        As for `compose`.
    multiple : int
        How many rows a band has a multiple of; all but the last do.

    Yields
    ------
    top : int
        The band's first row.
    band : uint8 (rows, width, 3)
    """
    height, width, _ = pixels.shape
    if geometry.picture_size != (width, height):
        raise ValueError(f"The geometry is not that of {width} × {height} pixels.")
    if values.shape != (geometry.rows, geometry.cols):
        raise ValueError(f"The geometry is not that of {values.shape} patches.")
    left, top, grid_width, grid_height = geometry.grid_rect
    x = (np.arange(width) + 0.5 - left) / grid_width * geometry.cols
    y = (np.arange(height) + 0.5 - top) / grid_height * geometry.rows
    lines, columns = _span(y, geometry.rows), _span(x, geometry.cols)
    smooth = style.interpolation is Interpolation.SMOOTH
    across = _weights(x[columns], geometry.cols, smooth)
    for rows in _strips(slice(0, height), width, multiple):
        band = np.empty_like(pixels[rows])
        seen = slice(max(lines.start, rows.start), min(lines.stop, rows.stop))
        if seen.start < seen.stop:
            down = _weights(y[seen], geometry.rows, smooth)
            over = _colored(values, down, across, style)
            inside = slice(seen.start - rows.start, seen.stop - rows.start)
            band[inside, columns] = _blend(pixels[seen, columns], over)
        else:
            seen = slice(rows.stop, rows.stop)
        for unseen, cols in _around(seen, columns, rows, width):
            _mark_unseen(pixels, band, unseen, cols, rows.start)
        yield rows.start, band


def _colored(
    values: NDArray[np.float32],
    down: NDArray[np.float32],
    across: NDArray[np.float32],
    style: OverlayStyle,
) -> NDArray[np.uint8]:
    """Interpolate (rows, cols) by two matrices of weights, (h, rows) and (w, cols).

    Returns RGBA, uint8 (h, w, 4), with straight alpha; what depends on a NaN is
    transparent.
    """
    steps = _color_steps(values, style.lo, style.hi)
    unknown = ~np.isfinite(steps)
    steps[unknown] = 0.0
    sampled = _sampled(steps, down, across)
    index = (np.clip(sampled, 0.0, 255.0, out=sampled) + 0.5).astype(np.uint8)
    table = lookup_table(style.colormap, style.opacity, style.fade)
    # Four bytes are taken as one number: several times faster than rows of four.
    packed = table.view(np.uint32)[:, 0].take(index)
    if unknown.any():
        packed[_sampled(unknown.astype(np.float32), down, across) > 0.0] = 0
    result: NDArray[np.uint8] = packed.view(np.uint8).reshape(*packed.shape, 4)
    return result


def _sampled(
    values: NDArray[np.float32], down: NDArray[np.float32], across: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return down · values · acrossᵀ, without BLAS.

    BLAS would wait for its threads, and those for a model that runs in the worker:
    30 ms instead of 0.2 on a busy machine.
    """
    wide = np.einsum("rc,wc->rw", values, across)
    result: NDArray[np.float32] = np.einsum("hr,rw->hw", down, wide)
    return result


def _color_steps(
    values: NDArray[np.float32], lo: float, hi: float
) -> NDArray[np.float32]:
    """Scale values so that ``lo`` is 0 and ``hi`` is 255; a flat map stays flat."""
    if is_flat(lo, hi):
        flat = np.where(np.isfinite(values), FLAT_INDEX, np.nan)
        return flat.astype(np.float32)
    steps = (values.astype(np.float64) - lo) * (255.0 / (hi - lo))
    return steps.astype(np.float32)


@lru_cache(maxsize=32)
def _even_weights(count: int, factor: int, smooth: bool) -> NDArray[np.float32]:
    """Return the weights for ``factor`` even samples in each of ``count`` patches."""
    return _weights((np.arange(count * factor) + 0.5) / factor, count, smooth)


def _weights(at: NDArray[np.floating], count: int, smooth: bool) -> NDArray[np.float32]:
    """Return how much each patch counts at each position, float32 (len(at), count).

    Positions are in patch units. Patch i's value stands at its centre, i + ½; beyond
    the outermost centres it stays.
    """
    sample = np.arange(len(at))
    weights = np.zeros((len(at), count), dtype=np.float32)
    if not smooth:
        weights[sample, np.clip(np.floor(at), 0, count - 1).astype(np.intp)] = 1.0
        return weights
    at = np.clip(at - 0.5, 0.0, count - 1.0)
    below = np.floor(at).astype(np.intp)
    weights[sample, below] = 1.0 - (at - below)
    weights[sample, np.minimum(below + 1, count - 1)] += at - below
    return weights


def _span(at: NDArray[np.floating], count: int) -> slice:
    """Return the pixels whose centre lies on the patches."""
    inside = np.flatnonzero((at >= 0.0) & (at < count))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


def _strips(lines: slice, width: int, multiple: int = 1) -> list[slice]:
    """Cut the lines into strips of bounded size."""
    step = max(1, _STRIP_PIXELS // width // multiple) * multiple
    starts = range(lines.start, lines.stop, step)
    return [slice(start, min(start + step, lines.stop)) for start in starts]


def _blend(under: NDArray[np.uint8], over: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blend RGBA over RGB, rounded to the nearest integer."""
    alpha = over[..., 3].astype(np.uint16)
    rest = 255 - alpha
    result = np.empty_like(under)
    for channel in range(3):  # one at a time: loops over an axis of three are slow
        total = over[..., channel] * alpha + under[..., channel] * rest
        result[..., channel] = (total + 127) // 255  # at most 255² + 127: fits
    return result


def _around(
    lines: slice, columns: slice, rows: slice, width: int
) -> tuple[tuple[slice, slice], ...]:
    """Return the four parts of some rows around the given lines and columns."""
    whole = slice(0, width)
    return (
        (slice(rows.start, lines.start), whole),
        (slice(lines.stop, rows.stop), whole),
        (lines, slice(0, columns.start)),
        (lines, slice(columns.stop, width)),
    )


def _mark_unseen(
    pixels: NDArray[np.uint8],
    band: NDArray[np.uint8],
    rows: slice,
    cols: slice,
    top: int,
) -> None:
    """Dim and hatch a part of the picture into a band that begins at row ``top``.

    The hatch grows with the picture.
    """
    period = max(8, min(pixels.shape[:2]) // 40)
    dimmed = np.rint(np.arange(256) * DIMMED)
    hatched = dimmed + (255.0 - dimmed) * (HATCH_ALPHA / 255.0)
    tables = np.rint([dimmed, hatched]).astype(np.uint8)
    y, x = np.ogrid[rows, cols]
    on_line = (x + y) % period < period // 8
    part = pixels[rows, cols]
    shown = tables[on_line[..., None].astype(np.uint8), part]
    band[rows.start - top : rows.stop - top, cols] = shown
