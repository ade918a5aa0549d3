"""Maps of all layers and heads in colour, composed to one image at a plan's places.

A tile is on near black, where no picture has to stay readable: out = 0.07·(1 − a) +
a·colour with a = |v|^0.8, where v runs from 0 to 1 over the scale, or from −1 to 1 for
signed values. Its lower edge says which share of the query's attention goes to tokens
that are no patches.

Maps finer than their tiles are first averaged over whole blocks of patches; the scale
spans what is left, so that a tile's brightest place has the last colour.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.answers import SHARE
from vitviewer.maps.colormaps import FLAT_INDEX, is_diverging, lookup_table
from vitviewer.maps.state import EMBER_AND_ICE
from vitviewer.queries import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.answers import Answer
    from vitviewer.maps.mosaic import Plan
    from vitviewer.tokens import TokenLayout

DARKEST = 0.07
"""How bright a tile is where its map is 0."""
_RISE = 0.8
_STEPS, _GAP, _UNLIT, _LIT = 256, 256, 257, 258
_CACHED = 1 << 15
# The rest of a lower edge and the share that it tells, on dark and on light.
_ON_DARK, _ON_LIGHT = (70, 200), (205, 110)


class TileScale(StrEnum):
    """TILE: each tile spans its own values. SHARED: all from 0 to the largest."""

    TILE = "tile"
    SHARED = "shared"


def prefix_shares(answer: Answer, tokens: TokenLayout) -> NDArray[np.float32] | None:
    """Return how much of the query's attention goes to tokens that are no patches.

    Returns
    -------
    float32 (layers, heads), or None
        None where there are no such tokens, or where values are no parts of one row.
    """
    parts = answer.unit == SHARE and answer.direction is Direction.FROM
    if not parts or not tokens.special:
        return None
    shares: NDArray[np.float32] = tokens.special_values(answer.values).sum(axis=-1)
    return shares


def compose_tiles(
    plan: Plan,
    maps: NDArray[np.float32],
    shares: NDArray[np.float32] | None = None,
    colormap: str = "bids:inferno",
    signed: bool = False,
    scale: TileScale = TileScale.TILE,
    smooth: bool = True,
    gap: int = 0,
    most: float | None = None,
    out: NDArray[np.uint32] | None = None,
) -> NDArray[np.uint32]:
    """Compose all tiles of a plan.

    Parameters
    ----------
    plan : Plan
    maps : float32 (layers, heads, rows, cols)
        As many as the plan has places for. What is not finite is as dark as 0.
    shares : float32 (layers, heads), optional
        Parts of 1 for the lower edges; they are left out without.
    colormap : str
        A name of `vitviewer.maps.colormaps`; of signed maps a diverging one.
    scale : TileScale
    smooth : bool
        Whether values between the patches' centres are interpolated.
    gap : int
        The colour between tiles, as 0xrrggbb.
    most : float, optional
        What the last colour of a shared scale stands for; otherwise the largest value.
    out : uint32 (height, width), optional
        Where to write it: memory that is new costs time.

    Returns
    -------
    uint32 (height, width)
        0xffrrggbb each, of the plan's size; `as_rgb` makes bytes of them.
    """
    table = np.append(_tile_colors(colormap, signed), _flat_colors(gap))
    image = np.empty(plan.size[::-1], np.uint32) if out is None else out
    steps = _steps(_shrunk(maps, plan.tile), signed, scale, most)
    columns = _columns(plan, steps, smooth)
    samples = _samples(plan.tile[1], plan.tiling.rows, columns.shape[1], smooth)
    edges, end = table[_edges(plan, shares)], 0
    for row, top in enumerate(plan.tops):
        image[end:top] = table[_GAP]
        end = top + plan.tile[1]
        _fill(image[top:end], columns[row], samples, table)
        image[end : end + plan.edge] = edges[row]
        end += plan.edge
    image[end:] = table[_GAP]
    return image


def _fill(
    places: NDArray[np.uint32],
    columns: NDArray[np.float32],
    samples: tuple[NDArray[np.intp], NDArray[np.float32]],
    table: NDArray[np.uint32],
) -> None:
    """Interpolate a row of tiles from line to line and colour it, a few at a time.

    What fits into the processor's cache takes half the time.
    """
    first, part = samples
    rises = np.diff(columns, axis=0, append=columns[-1:])
    step = max(1, _CACHED // places.shape[1])
    lines = np.empty((step, places.shape[1]), np.float32)
    more, codes = np.empty_like(lines), np.empty(lines.shape, np.intp)
    for top in range(0, len(places), step):
        some = slice(top, min(top + step, len(places)))
        n = some.stop - top
        columns.take(first[some], axis=0, out=lines[:n], mode="clip")
        if part.any():
            rises.take(first[some], axis=0, out=more[:n], mode="clip")
            more[:n] *= part[some, None]
            lines[:n] += more[:n]
        lines[:n] += 0.5
        np.copyto(codes[:n], lines[:n], casting="unsafe")
        table.take(codes[:n], out=places[some], mode="clip")


def as_rgb(image: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return 0xffrrggbb as uint8 (height, width, 3)."""
    channels = [(image >> shift & 255).astype(np.uint8) for shift in (16, 8, 0)]
    return np.stack(channels, axis=-1)


@lru_cache(maxsize=32)
def _tile_colors(colormap: str, signed: bool) -> NDArray[np.uint32]:
    """Return a tile's colours for 256 values from the least to the greatest."""
    if signed and not is_diverging(colormap):
        colormap = EMBER_AND_ICE
    colors = lookup_table(colormap)[:, :3] / 255.0
    values = np.linspace(-1.0 if signed else 0.0, 1.0, _STEPS)
    alpha = np.abs(values)[:, None] ** _RISE
    return _packed(np.rint((DARKEST * (1.0 - alpha) + alpha * colors) * 255.0))


@lru_cache(maxsize=8)
def _flat_colors(gap: int) -> NDArray[np.uint32]:
    """Return the colours of what is no map: gaps, and the two parts of an edge."""
    is_light = (gap >> 8 & 255) > 127  # the eye goes by green most of all
    edges = np.array(_ON_LIGHT if is_light else _ON_DARK)
    greys = np.repeat(edges[:, None], 3, axis=1)
    return np.append(np.array([0xFF000000 | gap], np.uint32), _packed(greys))


def _packed(colors: NDArray[np.generic]) -> NDArray[np.uint32]:
    """Return (n, 3) from 0 to 255 as 0xffrrggbb."""
    red, green, blue = colors.astype(np.uint32).T
    packed: NDArray[np.uint32] = 0xFF000000 | red << 16 | green << 8 | blue
    return packed


def _shrunk(maps: NDArray[np.float32], tile: tuple[int, int]) -> NDArray[np.float32]:
    """Average over whole blocks of patches where a tile has fewer pixels than those."""
    rows, cols = maps.shape[2:]
    width, height = tile
    return _averaged(_averaged(maps, 2, rows // height), 3, cols // width)


def _averaged(maps: NDArray[np.float32], axis: int, by: int) -> NDArray[np.float32]:
    """Average over blocks along axis 2 or 3; the last may be smaller."""
    if by < 2:
        return maps
    weights = _block_weights(maps.shape[axis], by)
    # A product takes a sixth of the time that sums of slices do, but spreads what is
    # not finite over whole rows.
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float32] = weights.T @ maps if axis == 2 else maps @ weights
    return means if np.isfinite(means).all() else _averaged_apart(maps, axis, by)


def _averaged_apart(
    maps: NDArray[np.float32], axis: int, by: int
) -> NDArray[np.float32]:
    """Average where a value that is not finite is to spoil no block but its own."""
    count = maps.shape[axis]
    shape = list(maps.shape)
    shape[axis] = blocks = -(-count // by)
    sums = np.zeros(shape, np.float32)
    ahead = (slice(None),) * axis
    for first in range(by):  # slices: several times faster than reduceat
        part = maps[(*ahead, slice(first, None, by))]
        sums[(*ahead, slice(0, part.shape[axis]))] += part
    sizes = np.full(blocks, by, np.float32)
    sizes[-1] = count - by * (blocks - 1)
    sums /= sizes.reshape(-1, *[1] * (3 - axis))
    return sums


@lru_cache(maxsize=16)
def _block_weights(count: int, by: int) -> NDArray[np.float32]:
    """Return the weights by which blocks average (count,) values, (count, blocks)."""
    block = np.arange(count) // by
    weights = (block[:, None] == np.arange(block[-1] + 1)).astype(np.float32)
    averaging: NDArray[np.float32] = weights / weights.sum(axis=0)
    return averaging


def _steps(
    maps: NDArray[np.float32], signed: bool, scale: TileScale, most: float | None
) -> NDArray[np.float32]:
    """Scale values to 0…255, the rows of the table; unknown ones are as dark as 0."""
    unknown = ~np.isfinite(maps)
    if unknown.any():
        maps = np.where(unknown, np.float32(np.nan), maps)
    low, high = _range_of(maps, signed, scale, most)
    zero = (_STEPS - 1) / 2 if signed else 0.0
    span = high - low
    # Of what is unknown altogether the span is no number: it is flat, too.
    flat = ~(span > 1e-5 * np.fmax(np.abs(low), np.abs(high)))
    factor = np.where(flat, 0.0, (_STEPS - 1) / np.where(flat, 1.0, span))
    steps = (maps - low.astype(np.float32)) * factor.astype(np.float32)
    if flat.any():
        middle = zero if signed else float(FLAT_INDEX)
        steps[np.broadcast_to(flat, steps.shape)] = middle
    if unknown.any():
        steps[unknown] = zero
    return np.clip(steps, 0.0, _STEPS - 1.0, out=steps)


def _range_of(
    maps: NDArray[np.float32], signed: bool, scale: TileScale, most: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of the first and the last colour, for each tile or for all."""
    shared = scale is TileScale.SHARED
    axes = None if shared else (2, 3)
    low = np.fmin.reduce(maps, axis=axes, keepdims=True).astype(np.float64)
    high = np.fmax.reduce(maps, axis=axes, keepdims=True).astype(np.float64)
    if signed:
        high = np.fmax(high, -low)
    if shared and most is not None:
        high[...] = most
    if signed:
        return -high, high
    return (np.zeros_like(high) if shared else low), high


def _columns(
    plan: Plan, steps: NDArray[np.float32], smooth: bool
) -> NDArray[np.float32]:
    """Return each row of tiles at the image's full width, (tile rows, rows, width)."""
    blocks = steps.shape[3]
    of_row = _in_rows(plan, steps)
    column, inside = _tile_columns(plan)
    left, part = _samples(plan.tile[0], plan.tiling.cols, blocks, smooth)
    source = np.where(column < 0, of_row.shape[2] - 1, column * blocks + left[inside])
    lines: NDArray[np.float32] = of_row.take(source, axis=2)
    if smooth:
        right = np.where(column < 0, source, source + (left[inside] < blocks - 1))
        rises = of_row.take(right, axis=2)
        rises -= lines
        rises *= part[inside]
        lines += rises
    return lines


def _in_rows(plan: Plan, steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Set maps beside each other as planned, (tile rows, rows, columns · cols + 1).

    The last column, and places without a map, are a gap.
    """
    layers, heads, rows, cols = steps.shape
    cells = _cells(plan)
    maps = steps.reshape(layers * heads, rows, cols)[cells]
    maps[cells < 0] = _GAP
    beside = np.full((len(cells), rows, cells.shape[1] * cols + 1), _GAP, np.float32)
    places = beside[:, :, :-1].reshape(len(cells), rows, cells.shape[1], cols)
    places[...] = maps.swapaxes(1, 2)
    return beside


@lru_cache(maxsize=16)
def _cells(plan: Plan) -> NDArray[np.intp]:
    """Return which tile is at each row and column of tiles; -1 where none is."""
    layers, heads = plan.tiling.layers, plan.tiling.heads
    cells = np.full((len(plan.tops), len(plan.lefts)), -1, np.intp)
    for tile in range(layers * heads):
        cells[plan.cell_of(*divmod(tile, heads))] = tile
    return cells


@lru_cache(maxsize=16)
def _tile_columns(plan: Plan) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return each pixel column's column of tiles, -1 between them, and where in it."""
    column = np.full(plan.size[0], -1, np.intp)
    inside = np.zeros(plan.size[0], np.intp)
    for number, left in enumerate(plan.lefts):
        column[left : left + plan.tile[0]] = number
        inside[left : left + plan.tile[0]] = np.arange(plan.tile[0])
    return column, inside


@lru_cache(maxsize=64)
def _samples(
    pixels: int, patches: int, blocks: int, smooth: bool
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return which block each pixel samples, and how much of the next one.

    A block's value stands at its centre; beyond the outermost centres it stays.
    """
    size = -(-patches // blocks)
    at = (np.arange(pixels) + 0.5) / pixels * (patches / size)
    if not smooth:
        first = np.minimum(at.astype(np.intp), blocks - 1)
        return first, np.zeros(pixels, np.float32)
    at = np.clip(at - 0.5, 0.0, blocks - 1.0)
    first = at.astype(np.intp)
    return first, (at - first).astype(np.float32)


def _edges(plan: Plan, shares: NDArray[np.float32] | None) -> NDArray[np.intp]:
    """Return what the lower edges of each row of tiles show, (tile rows, width)."""
    cells = _cells(plan)
    codes = np.full((len(cells), plan.size[0]), _GAP, np.intp)
    if shares is None:
        return codes
    column, inside = _tile_columns(plan)
    known = np.where(np.isnan(shares), 0.0, shares).clip(0.0, 1.0)
    lit = known.ravel()[cells] * plan.tile[0]
    on = (column >= 0) & (cells >= 0)[:, column]
    codes[on] = np.where(inside < np.rint(lit)[:, column], _LIT, _UNLIT)[on]
    return codes
