"""Lines on a map that hold a quarter and a half of its sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps.colormaps import lookup_table
from vitviewer.maps.colors import even_weights, fine_factor, sampled
from vitviewer.maps.style import is_flat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.maps.style import OverlayStyle

SHARES = {0.5: 1.3, 0.25: 2.2}
"""Shares of the sum to the width of the line that holds each, in pixels of a screen."""
CASING_ALPHA = 0.55
"""How opaque the dark line under each is, of the line's own opacity."""
CASING = 2.0
"""How much wider that is."""
_SUB_PATCH = 8
_STEPS = 10_000  # of values that are told apart where their sum is halved
_AT = 0.85  # where in the colormap the lines' colour is, or as far from its middle

# The edges of a cell: top, right, bottom, left.
_T, _R, _B, _L = range(4)
# By corners inside (1 top left, 2 top right, 4 bottom right, 8 bottom left), from which
# edge to which a line runs with the inside at its left. 5 and 10 are saddles whose
# inside corners are apart, 16 and 17 the same ones where they are joined.
_RUNS = {
    1: ((_L, _T),),
    2: ((_T, _R),),
    3: ((_L, _R),),
    4: ((_R, _B),),
    5: ((_L, _T), (_R, _B)),
    6: ((_T, _B),),
    7: ((_L, _B),),
    8: ((_B, _L),),
    9: ((_B, _T),),
    10: ((_T, _R), (_B, _L)),
    11: ((_B, _R),),
    12: ((_R, _L),),
    13: ((_R, _T),),
    14: ((_T, _L),),
    16: ((_L, _B), (_R, _T)),
    17: ((_T, _L), (_B, _R)),
}


@dataclass(frozen=True)
class Contour:
    """Closed lines of one kind.

    Parameters
    ----------
    lines : tuple of float64 (points, 2)
        Column and row in patches: patch (0, 0) reaches from 0 to 1. The first point
        comes again as the last.
    color : (red, green, blue)
    width : float
        In pixels of a screen.
    """

    lines: tuple[NDArray[np.float64], ...]
    color: tuple[int, int, int]
    width: float


def contours_of(
    values: NDArray[np.float32], style: OverlayStyle
) -> tuple[Contour, ...]:
    """Return the lines of a map, those that are drawn first coming first.

    Of signed values the amounts are summed, and what speaks for and against has lines
    of its own colour. A map without contrast has no lines.
    """
    fine = _fine(values)
    amounts = np.abs(fine) if style.signed else np.maximum(fine, 0.0)
    if is_flat(float(amounts.min()), float(amounts.max())):
        return ()
    table = lookup_table(style.colormap)
    signs = (1.0, -1.0) if style.signed else (1.0,)
    found = []
    for share, width in SHARES.items():
        level = level_of(amounts, share)
        for sign in signs:
            lines = tuple(level_lines(sign * fine, level, values.shape))
            place = 0.5 + sign * (_AT - 0.5)
            red, green, blue = map(int, table[round(255 * place), :3])
            found.append(Contour(lines, (red, green, blue), width))
    return tuple(found)


def level_of(amounts: NDArray[np.float64], share: float) -> float:
    """Return the value from which on the largest amounts make up a share of all."""
    steps = np.rint(amounts * (_STEPS / amounts.max())).astype(np.intp).ravel()
    sums = np.bincount(steps, minlength=_STEPS + 1) * np.arange(_STEPS + 1.0)
    there = np.flatnonzero(sums)[::-1]
    above = np.cumsum(sums[there])
    # A line through samples of one value has half of them inside.
    middle = above - sums[there] / 2.0
    return float(np.interp(share * above[-1], middle, there) * amounts.max() / _STEPS)


def level_lines(
    fine: NDArray[np.float64], level: float, shape: tuple[int, ...]
) -> list[NDArray[np.float64]]:
    """Follow the closed lines around what is at least ``level`` (marching squares).

    Parameters
    ----------
    fine : float64 (height, width)
        Even samples of a map.
    level : float
    shape : (rows, cols)
        Of the map: where a line leaves it, it runs along the edge.
    """
    # A first ring repeats the outermost samples at the edge, a second one is outside.
    padded = np.pad(np.pad(fine, 1, mode="edge"), 1, constant_values=level - 1.0)
    inside = padded >= level
    cases = inside[:-1, :-1] + 2 * inside[:-1, 1:]
    cases = cases + 4 * inside[1:, 1:] + 8 * inside[1:, :-1]
    middle = padded[:-1, :-1] + padded[:-1, 1:] + padded[1:, 1:] + padded[1:, :-1]
    joined = middle >= 4.0 * level
    for apart, together in ((5, 16), (10, 17)):
        cases[joined & (cases == apart)] = together
    following = _following(cases, padded.shape[1], padded.size)
    y, x = (_places(n, count) for n, count in zip(fine.shape, shape, strict=True))
    return [_points(np.array(e), padded, level, x, y) for e in _loops(following)]


def _fine(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return even samples of the smooth map; what is no number counts as nothing."""
    known = np.where(np.isfinite(values), values, 0.0).astype(np.float32)
    factor = fine_factor(values.shape, _SUB_PATCH)
    down, across = (even_weights(count, factor, True) for count in values.shape)
    return sampled(known, down, across).astype(np.float64)


def _places(samples: int, patches: int) -> NDArray[np.float64]:
    """Return where padded samples lie, in patches; both rings lie on the edge."""
    middle = (np.arange(samples) + 0.5) * patches / samples
    return np.concatenate([[0.0, 0.0], middle, [patches, patches]])


def _following(cases: NDArray[np.int_], width: int, size: int) -> dict[int, int]:
    """Return which edge of the grid comes after which.

    Edge i · width + j begins at sample (i, j) and runs across; with ``size`` added, it
    runs down.
    """
    result: dict[int, int] = {}
    for case, runs in _RUNS.items():
        rows, cols = np.nonzero(cases == case)
        corner = rows * width + cols
        edges = (corner, size + corner + 1, corner + width, size + corner)
        for start, end in runs:
            result.update(zip(edges[start].tolist(), edges[end].tolist(), strict=True))
    return result


def _loops(following: dict[int, int]) -> list[list[int]]:
    """Follow edges until each line is closed."""
    loops = []
    while following:
        first, edge = following.popitem()
        loop = [first]
        while edge != first:
            loop.append(edge)
            edge = following.pop(edge)
        loops.append([*loop, first])
    return loops


def _points(
    edges: NDArray[np.int_],
    padded: NDArray[np.float64],
    level: float,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where a line crosses edges of the grid, float64 (points, 2): x and y."""
    falls = edges >= padded.size
    row, col = np.divmod(edges % padded.size, padded.shape[1])
    row2, col2 = row + falls, col + ~falls
    start, end = padded[row, col], padded[row2, col2]
    part = (level - start) / (end - start)  # one is inside, one not: they differ
    return np.stack(
        [x[col] + part * (x[col2] - x[col]), y[row] + part * (y[row2] - y[row])], axis=1
    )
