"""Places of tiles: none overlaps, each is picked where it is, and gaps are nobody's."""

from __future__ import annotations

import numpy as np
import pytest

from vitviewer.maps.mosaic import Plan, Room, Tiling, plan_one, plan_row, plan_wall

DOCK = Room(1494, 272, 1.0, 20, 24, 16, 2)
SHAPES = {
    "twelve by twelve": Tiling(12, 12, 14, 14),
    "wide grid": Tiling(12, 12, 13, 20),
    "tall grid": Tiling(5, 7, 24, 9),
    "many": Tiling(48, 32, 37, 37),
    "fused heads": Tiling(12, 1, 14, 14),
    "one map": Tiling(1, 1, 7, 7),
    "prime": Tiling(7, 11, 16, 16),
}


def plans(tiling: Tiling, ratio: float) -> dict[str, Plan]:
    """Lay the same maps out in all three ways."""
    row = Tiling(1, tiling.heads, tiling.rows, tiling.cols)
    found = {
        "blocks": plan_wall(tiling, DOCK._replace(ratio=ratio)),
        "table": plan_wall(tiling, DOCK._replace(height=900, ratio=ratio), True),
        "row": plan_row(row, Room(272, 88, ratio)),
    }
    assert all(found.values())
    return found


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_every_pixel_is_one_tile_s_or_nobody_s(name, ratio):
    """Painted one by one, tiles overlap nowhere, and are picked where they are."""
    for plan in plans(SHAPES[name], ratio).values():
        width, height = plan.size
        owner = np.full((height, width), -1)
        for tile in range(plan.tiling.layers * plan.tiling.heads):
            x, y, w, h = plan.rect_of(*divmod(tile, plan.tiling.heads))
            assert x >= 0 <= y
            assert x + w <= width
            assert y + h <= height
            assert (owner[y : y + h, x : x + w] == -1).all()
            owner[y : y + h, x : x + w] = tile
        ys, xs = np.mgrid[0:height:3, 0:width:7]
        for y, x in zip(ys.ravel(), xs.ravel(), strict=True):
            found = plan.pick(x + 0.5, y + 0.5)
            tile = -1 if found is None else found[0] * plan.tiling.heads + found[1]
            assert tile == owner[y, x]


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("way", ["blocks", "table", "row"])
def test_a_tile_reaches_from_its_first_to_its_last_pixel(way, ratio):
    plan = plans(SHAPES["prime"], ratio)[way]
    for layer in range(plan.tiling.layers):
        for head in range(plan.tiling.heads):
            x, y, w, h = plan.rect_of(layer, head)
            corners = [(x, y), (x + w - 1, y), (x, y + h - 1), (x + w - 1, y + h - 1)]
            assert {plan.pick(*corner) for corner in corners} == {(layer, head)}
            assert {
                plan.pick(x - 1, y),
                plan.pick(x + w, y),
                plan.pick(x, y - 1),
                plan.pick(x, y + h),
            } == {None}
    assert plan.pick(-1, -1) is None
    assert plan.pick(*plan.size) is None


def test_blocks_make_tiles_as_large_as_the_dock_allows():
    """The measures of a full HD screen's dock."""
    sides = {12: (12, 36), 24: (16, 22), 48: (32, 7)}
    for layers, (heads, least) in sides.items():
        tiling = Tiling(layers, heads, 16, 16)
        plan = plan_wall(tiling, DOCK)
        table = plan_wall(tiling, DOCK, table=True)
        assert min(plan.tile) >= least
        assert table is None or max(table.tile) < min(plan.tile)


def test_no_other_number_of_heads_across_makes_larger_tiles():
    """Against all numbers of bands and of heads across, by plain arithmetic."""
    room, tiling = Room(700, 300, 1.0, 18, 0, 10, 3), Tiling(9, 10, 12, 12)
    best = 0
    for across in range(1, 11):
        for bands in range(1, 10):
            down, blocks = -(-10 // across), -(-9 // bands)
            width = 700 - 20 - 12 * (blocks - 1) - 3 * blocks * (across - 1)
            height = 300 - 6 - 18 * bands - 4 * (bands - 1)
            height -= 3 * (bands * down - 1) + 2 * bands * down
            best = max(best, min(width // (blocks * across), height // (bands * down)))
    assert plan_wall(tiling, room).tile == (best, best)


@pytest.mark.parametrize(
    ("heads", "side"), [(3, 86), (4, 65), (6, 42), (12, 40), (16, 30), (24, 25)]
)
def test_a_layer_s_heads_fill_the_width(heads, side):
    plan = plan_row(Tiling(1, heads, 14, 14), Room(272, 88))
    assert abs(plan.tile[0] - side) <= 1
    assert plan.tile[0] == plan.tile[1]
    assert plan.lefts[0] == 0
    assert plan.lefts[-1] + plan.tile[0] == 272
    assert plan.size[1] <= 88


def test_where_nothing_could_be_seen_there_is_no_plan():
    assert plan_wall(SHAPES["many"], DOCK, table=True) is None
    assert plan_wall(SHAPES["one map"], Room(0, 0)) is None
    assert plan_row(Tiling(1, 12, 14, 14), Room(20, 3)) is None
    assert plan_one(3, 4, Room(0, 10)) is None
    assert plan_one(3, 4, Room(208, 135, 2.0)).tile == (360, 270)
