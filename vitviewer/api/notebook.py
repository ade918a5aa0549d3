"""How results show themselves in a notebook: PNG bytes, and an HTML strip of maps.

The strip is one picture, a mosaic of all layers and heads: self-contained, small, and
the same in light and dark notebooks. Its text is escaped; no style sheet or script goes
with it, so that it also shows where notebooks are cleaned.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vitviewer.maps.colormaps import FLAT_INDEX, lookup_table
from vitviewer.maps.style import is_flat
from vitviewer.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_STRIP = 200_000
"""Most characters of HTML that a strip takes, its text left out."""
_GAP = 255
_MOST_WORDS = 400
_MOST_LABELS = 24
_LARGEST_SIDE, _SMALLEST_SIDE, _WIDEST = 56, 8, 960  # CSS pixels


def png_bytes(pixels: NDArray[np.uint8], longest: int | None = None) -> bytes:
    """Encode pixels as a PNG.

    Parameters
    ----------
    pixels : uint8 (height, width), (height, width, 3) or (height, width, 4)
        Grey, RGB or RGBA with straight alpha.
    longest : int, optional
        Most pixels along the longer side: larger pictures are shrunk.

    Raises
    ------
    ValueError
        If these are no such pixels.
    """
    shape = pixels.shape
    channels = shape[2:] in ((), (3,), (4,))
    if pixels.dtype != np.uint8 or len(shape) < 2 or 0 in shape or not channels:
        raise ValueError(f"{pixels.dtype} {shape} are no pixels.")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if longest is not None:
        image.thumbnail((longest, longest))  # never enlarges
    return _encoded(image)


def strip_html(
    maps: NDArray[np.floating],
    caption: str,
    layers: Sequence[str] | None = None,
    heads: Sequence[str] | None = None,
    colormap: str = "bids:magma",
) -> str:
    """Lay out maps as rows of layers and columns of heads.

    Each map is coloured from its own least to its own greatest value. Maps that would
    take too much room are averaged over blocks of patches; the caption says so.

    Parameters
    ----------
    maps : (layers, heads, rows, cols)
        NaN is left transparent.
    caption : str
        One line; any text.
    layers, heads : sequence of str, optional
        What to call them; numbers from 1 if left out.
    colormap : str
        A name that cmap knows.

    Returns
    -------
    str
        One ``figure``, at most `LARGEST_STRIP` characters and its labels.

    Raises
    ------
    ValueError
        If there are no maps, or not as many labels.
    """
    if maps.ndim != 4 or 0 in maps.shape:
        raise ValueError(f"{maps.shape} are no maps of layers and heads.")
    n_layers, n_heads = maps.shape[:2]
    down, across = _labels(layers, n_layers), _labels(heads, n_heads)
    data, factor = _fitting(maps, colormap)
    means = f"; each square is the mean of {factor} × {factor} patches"
    scale = "each map from its own least to its greatest value"
    words = f"{_line(caption)} · {scale}{means if factor > 1 else ''}"
    said = f"{n_layers} layers from top to bottom, {n_heads} heads from left to right"
    return _figure(data, _width(maps), f"{_line(caption)}: {said}", words, down, across)


def mosaic(
    maps: NDArray[np.floating], colormap: str = "bids:magma"
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colour maps and lay them out in a grid, with a line of one pixel between them.

    Parameters
    ----------
    maps : (layers, heads, rows, cols)
    colormap : str

    Returns
    -------
    uint8 (layers · (rows + 1), heads · (cols + 1))
        Indices of colours; 255 are the lines and what is unknown.
    uint8 (256, 3)
        The colours.
    """
    n_layers, n_heads, rows, cols = maps.shape
    tiles = np.full((n_layers, rows + 1, n_heads, cols + 1), _GAP, np.uint8)
    for layer, head in np.ndindex(n_layers, n_heads):
        tiles[layer, :rows, head, :cols] = _indices(maps[layer, head])
    table = lookup_table(colormap, 1.0)[:, :3]
    steps = np.rint(np.linspace(0, 255, _GAP)).astype(int)
    colors = np.vstack([table[steps], [[0, 0, 0]]]).astype(np.uint8)
    return tiles.reshape(n_layers * (rows + 1), n_heads * (cols + 1)), colors


def _indices(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return which of 255 colours each value has; 255 for what is no number."""
    known = np.isfinite(values)
    result = np.full(values.shape, _GAP, np.uint8)
    if known.any():
        numbers = values[known].astype(np.float64)
        lo, hi = float(numbers.min()), float(numbers.max())
        flat = is_flat(lo, hi)
        share = FLAT_INDEX / 255 if flat else (numbers - lo) / (hi - lo)
        result[known] = np.rint(share * (_GAP - 1))
    return result


def _fitting(maps: NDArray[np.floating], colormap: str) -> tuple[str, int]:
    """Return a mosaic's data URI that is small enough, and how far maps were shrunk."""
    for factor in range(1, max(maps.shape[2:]) + 1):
        indices, colors = mosaic(_averaged(maps, factor), colormap)
        if indices.size <= LARGEST_STRIP:  # as many bytes before they are compressed
            data = _data_uri(indices, colors)
            if len(data) <= LARGEST_STRIP:
                break
    return data, factor


def _averaged(maps: NDArray[np.floating], factor: int) -> NDArray[np.floating]:
    """Average over blocks of factor × factor patches, smaller ones at the far edges."""
    if factor == 1:
        return maps
    rows = np.arange(0, maps.shape[2], factor)
    cols = np.arange(0, maps.shape[3], factor)
    sums = np.add.reduceat(np.add.reduceat(maps, rows, axis=2), cols, axis=3)
    heights = np.diff([*rows, maps.shape[2]])
    widths = np.diff([*cols, maps.shape[3]])
    means: NDArray[np.floating] = sums / np.outer(heights, widths)
    return means


def _data_uri(indices: NDArray[np.uint8], colors: NDArray[np.uint8]) -> str:
    image = Image.fromarray(indices).convert("P")
    image.putpalette(colors.tobytes())
    return "data:image/png;base64," + b64encode(_encoded(image, _GAP)).decode("ascii")


def _encoded(image: Image.Image, transparent: int | None = None) -> bytes:
    file = BytesIO()
    options = {} if transparent is None else {"transparency": transparent}
    image.save(file, "PNG", **options)
    return file.getvalue()


def _width(maps: NDArray[np.floating]) -> int:
    """Return how wide to show the mosaic, in CSS pixels."""
    n_heads = int(maps.shape[1])
    return n_heads * min(_LARGEST_SIDE, max(_SMALLEST_SIDE, _WIDEST // n_heads))


def _labels(given: Sequence[str] | None, n: int) -> list[str]:
    """Return the labels to show: escaped, and not more than can be read."""
    labels = [str(i + 1) for i in range(n)] if given is None else list(given)
    if len(labels) != n:
        raise ValueError(f"There are {len(labels)} labels for {n} maps.")
    step = -(-n // _MOST_LABELS)
    return [escape(plain(t)) if i % step == 0 else "" for i, t in enumerate(labels)]


def _line(text: str) -> str:
    """Return any text as one escaped line of bounded length."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return escape(shown if len(shown) <= _MOST_WORDS else f"{shown[:_MOST_WORDS]}…")


def _figure(
    data: str, width: int, alt: str, caption: str, down: list[str], across: list[str]
) -> str:
    """Put labels above and beside the mosaic; all text is escaped already."""
    small = "font-size:10px;line-height:1;opacity:.75;overflow:hidden"
    top = "".join(f'<span style="flex:1 1 0;min-width:0">{t}</span>' for t in across)
    side = "".join(
        f'<span style="flex:1 1 0;min-height:0;display:flex;align-items:center">{t}'
        "</span>"
        for t in down
    )
    return (
        '<figure style="margin:0;max-width:100%;color:inherit">'
        '<div style="display:inline-grid;grid-template-columns:auto minmax(0,1fr);'
        'gap:2px 4px;max-width:100%"><span></span>'
        f'<div aria-hidden="true" style="display:flex;text-align:center;{small}">{top}'
        '</div><div aria-hidden="true" style="display:flex;flex-direction:column;'
        f'{small}">{side}</div>'
        f'<img src="{data}" alt="{alt}" style="display:block;width:{width}px;'
        'max-width:100%;height:auto;margin:0;image-rendering:pixelated">'
        f'</div><figcaption style="font-size:12px">{caption}</figcaption></figure>'
    )
