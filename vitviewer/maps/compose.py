"""Lay a map over a picture at the picture's own resolution.

Blending is plain alpha: out = α·colour + (1 - α)·photograph, which is the picture, or
the picture muted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps.colors import colored, weights
from vitviewer.maps.contours import contours_of
from vitviewer.maps.drawing import LinePainter
from vitviewer.maps.state import Interpolation
from vitviewer.pictures.grey import muted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.maps.style import OverlayStyle

DIMMED = 0.45
"""How bright the picture stays where the model saw nothing."""
HATCH_ALPHA = 70
"""How opaque the white hatch is there, of 255."""
_STRIP_PIXELS = 1 << 19


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
    period = max(8, min(height, width) // 40)  # the hatch grows with the picture
    if geometry.picture_size != (width, height):
        raise ValueError(f"The geometry is not that of {width} × {height} pixels.")
    if values.shape != (geometry.rows, geometry.cols):
        raise ValueError(f"The geometry is not that of {values.shape} patches.")
    left, top, grid_width, grid_height = geometry.grid_rect
    x = (np.arange(width) + 0.5 - left) / grid_width * geometry.cols
    y = (np.arange(height) + 0.5 - top) / grid_height * geometry.rows
    lines, columns = _span(y, geometry.rows), _span(x, geometry.cols)
    paint = _painter(values, geometry, style, y, x[columns], columns.start)
    for rows in _strips(slice(0, height), width, multiple):
        under = pixels[rows]
        if style.mutes:
            under = muted(under)
        band = np.empty_like(under)
        seen = slice(max(lines.start, rows.start), min(lines.stop, rows.stop))
        if seen.start < seen.stop:
            inside = slice(seen.start - rows.start, seen.stop - rows.start)
            band[inside, columns] = paint(under[inside, columns], seen)
        else:
            seen = slice(rows.stop, rows.stop)
        for unseen, cols in _around(seen, columns, rows, width):
            _mark_unseen(under, band, unseen, cols, rows.start, period)
        yield rows.start, band


def _painter(
    values: NDArray[np.float32],
    geometry: Geometry,
    style: OverlayStyle,
    y: NDArray[np.floating],
    x: NDArray[np.floating],
    left: int,
) -> Callable[[NDArray[np.uint8], slice], NDArray[np.uint8]]:
    """Return what paints the map over some rows of the seen part of the picture.

    ``y`` and ``x`` are its pixels' centres in patches, the first column is ``left``.
    """
    if style.interpolation is Interpolation.CONTOURS:
        pen = LinePainter(contours_of(values, style), geometry, style.opacity)

        def draw(under: NDArray[np.uint8], rows: slice) -> NDArray[np.uint8]:
            result = under.copy()
            pen.draw(result, left, rows.start)
            return result

        return draw
    smooth = style.interpolation is Interpolation.SMOOTH
    across = weights(x, geometry.cols, smooth)

    def fill(under: NDArray[np.uint8], rows: slice) -> NDArray[np.uint8]:
        down = weights(y[rows], geometry.rows, smooth)
        return _blend(under, colored(values, down, across, style))

    return fill


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
    under: NDArray[np.uint8],
    band: NDArray[np.uint8],
    rows: slice,
    cols: slice,
    top: int,
    period: int,
) -> None:
    """Dim and hatch a part of a band that begins at row ``top``."""
    dimmed = np.rint(np.arange(256) * DIMMED)
    hatched = dimmed + (255.0 - dimmed) * (HATCH_ALPHA / 255.0)
    tables = np.rint([dimmed, hatched]).astype(np.uint8)
    y, x = np.ogrid[rows, cols]
    on_line = (x + y) % period < period // 8
    inside = slice(rows.start - top, rows.stop - top)
    part = under[inside, cols]
    band[inside, cols] = tables[on_line[..., None].astype(np.uint8), part]
