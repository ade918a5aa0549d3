"""Where the tiles of all layers and heads stand, on one image for all of them.

Head 3 of one layer has nothing to do with head 3 of the next, so columns need not mean
anything: a layer is a block of its heads, and blocks run from left to right in as many
bands as make the tiles largest. The table (layers down, heads across) is there too.
All places are whole device pixels, so that no tile is blurred.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

EDGE = 2
"""Height of a tile's lower edge, which tells the share to prefix tokens."""
_GAP, _BLOCK_GAP, _WIDEST_BLOCK_GAP, _BAND_GAP = 3, 12, 40, 4
_ROW_GAP = 4
_SMALLEST = 2


class Tiling(NamedTuple):
    """What is to be laid out: numbers of layers and heads, and each map's grid."""

    layers: int
    heads: int
    rows: int
    cols: int


class Room(NamedTuple):
    """What there is room for, in device-independent pixels, and how fine the screen is.

    ``above`` is kept free over each block, or at the left of each row of the table
    (``beside``), for the layer's name; ``sides`` at the left and right, ``ends`` above
    and below all.
    """

    width: float
    height: float
    ratio: float = 1.0
    above: float = 0.0
    beside: float = 0.0
    sides: float = 0.0
    ends: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Places of all tiles, in device pixels.

    Parameters
    ----------
    tiling : Tiling
    size : (width, height)
        Of the whole image.
    tile : (width, height)
        Of a map; its lower edge comes below it.
    edge : int
        Height of that edge.
    across, down : int
        Heads from left to right and from top to bottom within a block.
    blocks : int
        Blocks in a band.
    lefts, tops : tuple of int
        Of the columns and rows of tiles.
    """

    tiling: Tiling
    size: tuple[int, int]
    tile: tuple[int, int]
    edge: int
    across: int
    down: int
    blocks: int
    lefts: tuple[int, ...]
    tops: tuple[int, ...]

    @property
    def bands(self) -> int:
        """How many bands of blocks there are."""
        return -(-self.tiling.layers // self.blocks)

    def cell_of(self, layer: int, head: int) -> tuple[int, int]:
        """Return a tile's row and column among all rows and columns of tiles."""
        row = layer // self.blocks * self.down + head // self.across
        return row, layer % self.blocks * self.across + head % self.across

    def rect_of(self, layer: int, head: int) -> tuple[int, int, int, int]:
        """Return x, y, width and height of a tile, its lower edge included."""
        row, col = self.cell_of(layer, head)
        width, height = self.tile
        return self.lefts[col], self.tops[row], width, height + self.edge

    def pick(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the layer and head at a point; None between the tiles."""
        col, row = bisect_right(self.lefts, x) - 1, bisect_right(self.tops, y) - 1
        if col < 0 or row < 0:
            return None
        width, height = self.tile
        if x >= self.lefts[col] + width or y >= self.tops[row] + height + self.edge:
            return None
        layer = row // self.down * self.blocks + col // self.across
        head = row % self.down * self.across + col % self.across
        there = layer < self.tiling.layers and head < self.tiling.heads
        return (layer, head) if there else None


@lru_cache(maxsize=64)
def plan_wall(tiling: Tiling, room: Room, table: bool = False) -> Plan | None:
    """Lay out all layers and heads, as large as there is room for.

    Returns
    -------
    Plan or None
        None where tiles would be too small to show anything.
    """
    layers, heads, rows, cols = tiling
    gap, edge = _device(_GAP, room.ratio), _device(EDGE, room.ratio)
    best: tuple[int, int, int] = (0, 0, 0)
    found: tuple[int, int, int, int] | None = None
    for across in [heads] if table else range(1, heads + 1):
        down = -(-heads // across)
        for bands in [layers] if table else range(1, layers + 1):
            blocks = -(-layers // bands)
            wide = (_wide(room, table, blocks) - gap * blocks * (across - 1)) / (
                blocks * across
            )
            tall = _tall(room, table, bands, down) / (bands * down) - edge
            width, height = _fitted(wide, tall, rows, cols)
            # Of equal tiles those in fewer bands are told apart more easily.
            score = (width * height, -bands, -abs(across - down))
            if min(width, height) >= _SMALLEST and score > best:
                best, found = score, (width, height, across, blocks)
    if found is None:
        return None
    return _placed(tiling, room, table, found)


@lru_cache(maxsize=64)
def plan_row(tiling: Tiling, room: Room) -> Plan | None:
    """Lay out one layer's heads over the whole width, in as many rows as is best.

    Gaps of a row share what the tiles leave of the width. ``tiling.layers`` is 1.
    """
    _, heads, rows, cols = tiling
    gap, edge = _device(_ROW_GAP, room.ratio), _device(EDGE, room.ratio)
    full, most = _device(room.width, room.ratio), _device(room.height, room.ratio)
    best: tuple[int, int] = (0, 0)
    found: tuple[int, int, int] | None = None
    for across in range(1, heads + 1):
        down = -(-heads // across)
        wide = (full - gap * (across - 1)) / across
        tall = (most - gap * (down - 1)) / down - edge
        width, height = _fitted(wide, tall, rows, cols)
        score = (width * height, -down)
        if min(width, height) >= _SMALLEST and score > best:
            best, found = score, (width, height, across)
    if found is None:
        return None
    width, height, across = found
    down = -(-heads // across)
    step = (full - width) / max(across - 1, 1)
    lefts = tuple(int(i * step) for i in range(across))
    tops = tuple(i * (height + edge + gap) for i in range(down))
    size = (full, tops[-1] + height + edge)
    return Plan(tiling, size, (width, height), edge, across, down, 1, lefts, tops)


def plan_one(rows: int, cols: int, room: Room) -> Plan | None:
    """Lay out a single map without an edge, as large as there is room for."""
    full, most = _device(room.width, room.ratio), _device(room.height, room.ratio)
    tile = _fitted(full, most, rows, cols)
    tiling = Tiling(1, 1, rows, cols)
    return Plan(tiling, tile, tile, 0, 1, 1, 1, (0,), (0,)) if min(tile) else None


def _placed(
    tiling: Tiling, room: Room, table: bool, found: tuple[int, int, int, int]
) -> Plan:
    """Put tiles of a size into their columns and rows."""
    width, height, across, blocks = found
    gap, edge = _device(_GAP, room.ratio), _device(EDGE, room.ratio)
    ratio = room.ratio
    sides, ends = _device(room.sides, ratio), _device(room.ends, ratio)
    down, bands = -(-tiling.heads // across), -(-tiling.layers // blocks)
    block = across * (width + gap) - gap
    left, above, between = sides, _device(room.above, ratio), _device(_BAND_GAP, ratio)
    if table:
        left, above, between = sides + _device(room.beside, ratio), 0, 0
    spare = _device(room.width, ratio) - left - sides - blocks * block
    apart = min(_device(_WIDEST_BLOCK_GAP, ratio), int(spare / max(blocks - 1, 1)))
    lefts = [
        left + b * (block + apart) + i * (width + gap)
        for b in range(blocks)
        for i in range(across)
    ]
    pitch = height + edge + gap
    tops = [
        ends + b * (above + down * pitch + between) + above + i * pitch
        for b in range(bands)
        for i in range(down)
    ]
    size = _device(room.width, ratio), _device(room.height, ratio)
    places = (tuple(lefts), tuple(tops))
    return Plan(tiling, size, (width, height), edge, across, down, blocks, *places)


def _wide(room: Room, table: bool, blocks: int) -> int:
    """Return how many device pixels a band's tiles share, with the gaps in blocks."""
    beside = _device(room.beside, room.ratio) if table else 0
    apart = _device(_BLOCK_GAP, room.ratio) * (blocks - 1)
    sides = 2 * _device(room.sides, room.ratio)
    return _device(room.width, room.ratio) - sides - beside - apart


def _tall(room: Room, table: bool, bands: int, down: int) -> int:
    """Return how many device pixels the rows of tiles share, with their edges."""
    gap = _device(_GAP, room.ratio)
    above = 0 if table else _device(room.above, room.ratio)
    between = 0 if table else _device(_BAND_GAP, room.ratio)
    taken = bands * (above + gap * down) - gap + between * (bands - 1)
    ends = 2 * _device(room.ends, room.ratio)
    return _device(room.height, room.ratio) - ends - taken


def _fitted(wide: float, tall: float, rows: int, cols: int) -> tuple[int, int]:
    """Return the largest whole width and height of the grid's shape within a room."""
    if wide < 1 or tall < 1:
        return 0, 0
    scale = min(int(wide) / cols, int(tall) / rows)
    return max(round(cols * scale), 1), max(round(rows * scale), 1)


def _device(length: float, ratio: float) -> int:
    """Return a length in device pixels; what is no nothing is at least one."""
    return max(round(length * ratio), 1 if length > 0 else 0)
