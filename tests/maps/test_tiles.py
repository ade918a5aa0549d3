"""The composed image, pixel by pixel, against plain loops in float64."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import product
from math import floor, isfinite

import cmap
import numpy as np
import pytest

from tests import facts
from vitviewer.answers import Answer
from vitviewer.maps import tiles
from vitviewer.maps.mosaic import Room, Tiling, plan_row, plan_wall
from vitviewer.maps.tiles import TileScale, as_rgb, compose_tiles, prefix_shares
from vitviewer.queries import Direction, Request
from vitviewer.tokens import TokenLayout

GAP = 0x242424
INFERNO = np.asarray(cmap.Colormap("bids:inferno").lut(256))[:, :3]


def maps_of(tiling: Tiling, signed: bool = False) -> np.ndarray:
    random = np.random.default_rng(sum(tiling))
    values = random.random(tiling, dtype=np.float32) ** 3
    return (values - np.float32(0.3)) if signed else values * np.float32(0.02)


def blocks_of(values: np.ndarray, tile: tuple[int, int]) -> tuple[np.ndarray, int, int]:
    """Average whole blocks of patches, one after another."""
    rows, cols = values.shape
    down, across = max(rows // tile[1], 1), max(cols // tile[0], 1)
    means = [
        [
            np.mean(values[y : y + down, x : x + across], dtype=np.float64)
            for x in range(0, cols, across)
        ]
        for y in range(0, rows, down)
    ]
    return np.array(means), down, across


def sampled(values: np.ndarray, y: float, x: float, smooth: bool) -> float:
    """Interpolate one point, in blocks."""
    rows, cols = values.shape
    if not smooth:
        return values[min(floor(y), rows - 1), min(floor(x), cols - 1)]
    y = min(max(y - 0.5, 0.0), rows - 1.0)
    x = min(max(x - 0.5, 0.0), cols - 1.0)
    top, left = floor(y), floor(x)
    bottom, right = min(top + 1, rows - 1), min(left + 1, cols - 1)
    upper = values[top, left] + (x - left) * (values[top, right] - values[top, left])
    lower = values[bottom, left]
    lower += (x - left) * (values[bottom, right] - values[bottom, left])
    return upper + (y - top) * (lower - upper)


def colors_of(values: np.ndarray, signed: bool) -> np.ndarray:
    """Return values' colours on near black, from 0 to 255."""
    size = np.abs(values)
    if signed:
        against, speaks_for = 0.68 + 0.32 * size, 0.32 - 0.32 * size
        at = np.where(values < 0, against, speaks_for)
        color = np.asarray(cmap.Colormap("crameri:managua")(at))[..., :3]
    else:
        color = INFERNO[np.rint(values * 255).astype(int)]
    alpha = size[..., None] ** 0.8
    return 255 * (0.07 * (1 - alpha) + alpha * color)


def slowly(plan, maps, signed, shared, smooth) -> np.ndarray:
    """Compose the tiles' pixels one by one in float64; the rest is left at NaN."""
    result = np.full((*plan.size[::-1], 3), np.nan)
    tiles = list(product(range(plan.tiling.layers), range(plan.tiling.heads)))
    blocks = {tile: blocks_of(maps[tile], plan.tile) for tile in tiles}
    every = np.concatenate([means.ravel() for means, _, _ in blocks.values()])
    for tile, (means, down, across) in blocks.items():
        known = every if shared else means.ravel()
        known = known[np.isfinite(known)]
        low, high = (0.0, known.max()) if shared else (known.min(), known.max())
        if signed:
            high = max(abs(known.min()), abs(known.max()))
            low = 0.0
        units = (means - low) / (high - low)
        units[~np.isfinite(units)] = 0.0
        x, y, _, _ = plan.rect_of(*tile)
        width, height = plan.tile
        rows, cols = plan.tiling[2:]
        values = np.empty((height, width))
        for j, i in np.ndindex(height, width):
            at = (j + 0.5) / height * rows / down, (i + 0.5) / width * cols / across
            values[j, i] = sampled(units, *at, smooth)
        result[y : y + height, x : x + width] = colors_of(values, signed)
    return result


CASES = {
    "larger than the grid": Tiling(2, 3, 5, 7),
    "as large as the grid": Tiling(2, 2, 20, 20),
    "smaller than the grid": Tiling(3, 4, 37, 37),
    "much smaller": Tiling(3, 5, 61, 40),
}


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("scale", TileScale)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_tiles_have_the_colours_of_their_values(name, signed, scale, smooth):
    tiling = CASES[name]
    maps = maps_of(tiling, signed)
    plan = plan_wall(tiling, Room(180, 70, 1.0, 6, 0, 3, 2))
    shared = scale is TileScale.SHARED
    expected = slowly(plan, maps, signed, shared, smooth)
    composed = as_rgb(
        compose_tiles(plan, maps, None, "bids:inferno", signed, scale, smooth, GAP)
    )
    tile = np.isfinite(expected[..., 0])
    assert tile.sum() == tiling.layers * tiling.heads * plan.tile[0] * plan.tile[1]
    # A value between two rows of the table may round to either.
    assert np.abs(composed[tile] - expected[tile]).max() < 6.0
    assert np.abs(composed[tile] - expected[tile]).mean() < 0.6
    assert (composed[~tile] == 0x24).all()


@pytest.mark.parametrize("ratio", [1, 2])
def test_lower_edges_say_the_share_of_prefix_tokens(ratio):
    tiling = Tiling(2, 3, 4, 4)
    shares = np.array([[0.0, 0.25, 1.0], [0.5, np.nan, 7.0]], np.float32)
    plan = plan_wall(tiling, Room(300, 120, ratio, 10, 0, 4, 2))
    image = as_rgb(compose_tiles(plan, maps_of(tiling), shares, gap=GAP))
    lit = {(0, 0): 0.0, (0, 1): 0.25, (0, 2): 1.0, (1, 0): 0.5, (1, 1): 0.0, (1, 2): 1}
    for tile, share in lit.items():
        x, y, w, h = plan.rect_of(*tile)
        edge = image[y + plan.tile[1] : y + h, x : x + w]
        assert edge.shape[0] == 2 * ratio
        bright = round(share * w)
        assert (edge[:, :bright] == 200).all()
        assert (edge[:, bright:] == 70).all()
        assert (image[y + h, x : x + w] == 0x24).all()


def test_on_a_light_panel_the_share_is_the_darker_part():
    tiling = Tiling(1, 1, 4, 4)
    plan = plan_wall(tiling, Room(100, 100))
    shares = np.array([[0.5]], np.float32)
    image = as_rgb(compose_tiles(plan, maps_of(tiling), shares, gap=0xF8F8F8))
    x, y, w, h = plan.rect_of(0, 0)
    edge = image[y + plan.tile[1] : y + h, x : x + w].astype(int)
    lit, rest = edge[:, : round(w / 2)], edge[:, round(w / 2) :]
    assert lit.max() + 60 < rest.min()
    assert rest.max() + 40 < 0xF8


def test_without_shares_the_place_of_the_edge_stays_empty():
    tiling = Tiling(1, 6, 4, 4)
    plan = plan_row(tiling, Room(272, 88))
    image = as_rgb(compose_tiles(plan, maps_of(tiling), None, gap=GAP))
    x, y, w, h = plan.rect_of(0, 0)
    assert (image[y + plan.tile[1] : y + h, x : x + w] == 0x24).all()


@pytest.mark.parametrize("scale", TileScale)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_dark_and_disturbs_no_other_tile(hole, signed, scale):
    tiling = Tiling(2, 2, 6, 6)
    maps = maps_of(tiling, signed)
    plan = plan_wall(tiling, Room(120, 60))
    broken = maps.copy()
    broken[0, 1] = hole
    broken[1, 0, 2, 3] = hole
    patch = np.where(np.isfinite(broken), broken, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = as_rgb(
            compose_tiles(plan, broken, None, "bids:inferno", signed, scale, False)
        )
    if scale is TileScale.TILE:
        x, y, w, _ = plan.rect_of(0, 0)
        whole = as_rgb(
            compose_tiles(plan, maps, None, "bids:inferno", signed, scale, False)
        )
        part = np.s_[y : y + plan.tile[1], x : x + w]
        np.testing.assert_array_equal(image[part], whole[part])
    x, y, w, _ = plan.rect_of(0, 1)
    assert (image[y : y + plan.tile[1], x : x + w].max() - 18) < 6
    x, y, w, _ = plan.rect_of(1, 0)
    middle = (
        y + round(2.5 / 6 * plan.tile[1]),
        x + round(3.5 / 6 * plan.tile[0]),
    )
    assert not isfinite(patch[1, 0, 2, 3])
    assert image[middle].max() < 24


@pytest.mark.parametrize("value", [0.0, 0.3, 1e30, 1e-40])
def test_a_map_without_contrast_is_stretched_to_nothing(value):
    tiling = Tiling(1, 1, 5, 5)
    plan = plan_wall(tiling, Room(60, 60))
    maps = np.full(tiling, value, np.float32)
    tile = as_rgb(compose_tiles(plan, maps))[: plan.tile[1], : plan.tile[0]]
    assert len(np.unique(tile.reshape(-1, 3), axis=0)) == 1


def test_one_scale_for_all_tells_strong_heads_from_weak_ones():
    tiling = Tiling(1, 2, 4, 4)
    maps = maps_of(tiling)
    maps[0, 1] = maps[0, 0] / 10
    plan = plan_row(tiling, Room(200, 88))
    halves = {}
    for scale in TileScale:
        image = as_rgb(compose_tiles(plan, maps, scale=scale)).astype(int)
        rects = [plan.rect_of(0, head) for head in (0, 1)]
        halves[scale] = [image[y : y + h - 2, x : x + w] for x, y, w, h in rects]
    strong, weak = halves[TileScale.TILE]
    assert np.abs(strong - weak).max() <= 6  # a table row's rounding at most
    strong, weak = halves[TileScale.SHARED]
    assert weak.max() < strong.max() / 2


def test_memory_that_is_given_is_written_to():
    tiling = Tiling(3, 4, 9, 9)
    plan = plan_wall(tiling, Room(150, 90, 1.0, 8, 0, 5, 3))
    memory = np.full(plan.size[::-1], 7, np.uint32)
    image = compose_tiles(plan, maps_of(tiling), out=memory)
    assert image is memory
    np.testing.assert_array_equal(image, compose_tiles(plan, maps_of(tiling)))


def test_shares_are_what_no_patch_gets():
    made = facts.explanation()
    shares = prefix_shares(made.rows, made.tokens)
    expected = made.rows.values[..., :2].astype(np.float64).sum(-1)
    np.testing.assert_allclose(shares, expected, rtol=1e-6)
    patches = made.tokens.grid(made.rows.values).sum(axis=(2, 3))
    np.testing.assert_allclose(shares + patches, 1.0, rtol=1e-5)


def test_answers_that_are_no_shares_of_one_row_have_none():
    made = facts.explanation()
    evidence = replace(made.rows, unit="logit")
    looked_at = replace(made.rows, request=Request(direction=Direction.TO))
    bare = TokenLayout.of_grid((), 2, 4)
    assert prefix_shares(evidence, made.tokens) is None
    assert prefix_shares(looked_at, made.tokens) is None
    assert prefix_shares(Answer(Request(), made.rows.values, 8), bare) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("axis", "by"), [(2, 2), (2, 4), (3, 3), (3, 4)])
def test_what_is_not_finite_spoils_no_block_but_its_own(axis, by, bad):
    maps = np.random.default_rng(1).random((2, 3, 11, 13)).astype(np.float32)
    clean = tiles._averaged(maps, axis, by)
    blocks = [
        maps.take(range(i, min(i + by, maps.shape[axis])), axis=axis)
        for i in range(0, maps.shape[axis], by)
    ]
    expected = np.stack([block.mean(axis=axis) for block in blocks], axis=axis)
    np.testing.assert_allclose(clean, expected, rtol=1e-6)
    maps[1, 2, 5, 6] = bad
    spoilt = tiles._averaged(maps, axis, by)
    place = [1, 2, 5, 6]
    place[axis] //= by
    assert not np.isfinite(spoilt[tuple(place)])
    spoilt[tuple(place)] = clean[tuple(place)]
    np.testing.assert_allclose(spoilt, clean, rtol=1e-6)
