"""Which token is which: grids, panes, merged patches, and what lies on no picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitviewer.errors import OutsideGridError
from vitviewer.geometry import Geometry
from vitviewer.tokens import CLASS_TOKEN, Pane, TokenGroup, TokenLayout

REGISTERS = TokenLayout.of_grid((CLASS_TOKEN, "register 1", "register 2"), 2, 3)
DETECTION = TokenLayout.of_grid((CLASS_TOKEN,), 3, 2, suffix=("d 1", "d 2"))
GEOMETRY = Geometry((30, 20), (30, 20), (0, 0), (30, 20), (10, 10))


def test_counts_and_places():
    assert (REGISTERS.n_patches, REGISTERS.n_tokens) == (6, 9)
    assert REGISTERS.patches.tolist() == [3, 4, 5, 6, 7, 8]
    assert DETECTION.n_tokens == 9
    assert DETECTION.patches.tolist() == [1, 2, 3, 4, 5, 6]
    assert DETECTION.special == (CLASS_TOKEN, "d 1", "d 2")
    assert [DETECTION.special_index(i) for i in range(3)] == [0, 7, 8]
    for number in (-1, 3):
        with pytest.raises(IndexError):
            DETECTION.special_index(number)


def test_patches_are_row_major():
    assert [REGISTERS.patch_index(0, 0), REGISTERS.patch_index(1, 2)] == [3, 8]
    values = np.arange(9, dtype=np.float32)
    grid = REGISTERS.grid(values)
    assert grid.tolist() == [[3, 4, 5], [6, 7, 8]]
    assert np.shares_memory(grid, values), "scrubbing should not copy"
    assert all(
        grid[row, col] == REGISTERS.patch_index(row, col)
        for row in range(2)
        for col in range(3)
    )


@pytest.mark.parametrize(("row", "col"), [(-1, 0), (0, -1), (2, 0), (0, 3)])
def test_a_patch_outside_the_grid_is_an_error(row, col):
    with pytest.raises(IndexError, match="outside the grid of 2 × 3"):
        REGISTERS.patch_index(row, col)


@pytest.mark.parametrize("pane", [-1, 1])
def test_a_pane_that_there_is_not_is_an_error(pane):
    with pytest.raises(OutsideGridError, match="no pane"):
        REGISTERS.patch_index(0, 0, pane)
    with pytest.raises(OutsideGridError, match="no pane"):
        REGISTERS.grid(np.zeros(9, np.float32), pane)


def test_values_of_all_tokens_are_kept_once():
    values = np.random.default_rng(0).random((4, 2, 9), dtype=np.float32)
    grid, special = DETECTION.grid(values), DETECTION.special_values(values)
    assert grid.shape == (4, 2, 3, 2)
    assert special.shape == (4, 2, 3)
    everything = np.concatenate([grid.reshape(4, 2, 6), special], axis=-1)
    assert np.array_equal(np.sort(everything), np.sort(values))


def test_class_token_is_found_by_name():
    assert REGISTERS.class_index == 0
    assert TokenLayout.of_grid((), 2, 2).class_index is None
    assert TokenLayout.of_grid(("register 1", CLASS_TOKEN), 2, 2).class_index == 1


def test_special_tokens_are_grouped_by_kind():
    assert REGISTERS.groups == (
        TokenGroup(CLASS_TOKEN, (CLASS_TOKEN,), (0,)),
        TokenGroup("register", ("register 1", "register 2"), (1, 2)),
    )
    several = TokenLayout.of_grid(("class 1", "class 2"), 1, 1, ("7",))
    assert [g.name for g in several.groups] == ["class", "7"]


def test_equal_layouts_are_equal_and_others_are_not():
    again = TokenLayout.of_grid((CLASS_TOKEN,), 3, 2, ("d 1", "d 2"))
    assert again == DETECTION
    assert hash(again) == hash(DETECTION)
    placed = TokenLayout.of_grid((), 2, 3, geometry=GEOMETRY)
    others = [
        TokenLayout.of_grid((CLASS_TOKEN,), 2, 3, ("d 1", "d 2")),
        TokenLayout.of_grid(("c",), 3, 2, ("d 1", "d 2")),
        TokenLayout.of_grid((), 2, 3),
        placed,
    ]
    assert len({DETECTION, again, *others}) == 5
    assert placed == TokenLayout.of_grid((), 2, 3, geometry=GEOMETRY)
    assert placed.panes[0] != "picture"


def test_what_makes_no_sense_is_refused():
    grid = Pane("picture", np.array([[1, 2]]))
    words = TokenGroup("word", ("a",), (0,))
    bad = [
        lambda: Pane("picture", np.arange(3)),
        lambda: Pane("picture", np.zeros((0, 2))),
        lambda: Pane("picture", np.array([[-1, 0]])),
        lambda: Pane("picture", np.arange(6).reshape(3, 2), GEOMETRY),
        lambda: TokenGroup("word", ("a",), (0, 1)),
        lambda: TokenLayout((words,), ()),
        lambda: TokenLayout((), (grid,)),
        lambda: TokenLayout((words, words), (grid,)),
        lambda: TokenLayout((words, TokenGroup("w", ("b",), (1,))), (grid,)),
    ]
    for make in bad:
        with pytest.raises(ValueError, match=r"pane|token"):
            make()
    assert TokenLayout((words,), (grid,)).n_tokens == 3


def test_nobody_can_change_a_pane():
    index = np.array([[0, 1]])
    pane = Pane("picture", index)
    index[:] = 7
    assert pane.index.tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="read-only"):
        pane.index[:] = 7


@st.composite
def layouts(draw):
    """Draw tokens in any order, in panes that may share some, and in groups."""
    n_tokens = draw(st.integers(1, 40))
    order = draw(st.permutations(range(n_tokens)))
    n_patches = draw(st.integers(1, n_tokens))
    patches, left = list(order[:n_patches]), list(order[n_patches:])
    cells = [*patches, *draw(st.lists(st.sampled_from(patches), max_size=20))]
    panes = []
    while cells:
        rows = draw(st.integers(1, min(4, len(cells))))
        cols = draw(st.integers(1, len(cells) // rows))
        here, cells = cells[: rows * cols], cells[rows * cols :]
        panes.append(Pane(f"tile {len(panes)}", np.reshape(here, (rows, cols))))
    cut = draw(st.integers(0, len(left)))
    groups = [
        TokenGroup(name, tuple(f"{name} {p}" for p in places), tuple(places))
        for name, places in (("prompt", left[:cut]), ("word", left[cut:]))
    ]
    return TokenLayout(tuple(groups), tuple(panes))


@given(layouts(), st.integers(0, 2))
def test_any_layout_says_of_each_token_where_it_is(layout, n_axes):
    n = layout.n_tokens
    shape = (*range(2, 2 + n_axes), n)
    values = np.random.default_rng(n).random(shape, dtype=np.float32)
    pairs = [zip(g.positions, g.labels, strict=True) for g in layout.groups]
    labels = dict(pair for group in pairs for pair in group)
    on_panes = {int(p) for pane in layout.panes for p in pane.index.ravel()}
    assert on_panes | set(labels) == set(range(n))
    assert layout.patches.tolist() == sorted(on_panes)
    assert layout.n_patches == len(on_panes)
    assert layout.special == tuple(labels[p] for p in sorted(labels))
    for number, position in enumerate(sorted(labels)):
        assert layout.special_index(number) == position
        special = layout.special_values(values)
        assert np.array_equal(special[..., number], values[..., position])
    assert layout.special_values(values).shape == (*shape[:-1], len(labels))
    for number, pane in enumerate(layout.panes):
        grid = layout.grid(values, number)
        assert grid.shape == (*shape[:-1], pane.rows, pane.cols)
        for row, col in np.ndindex(pane.rows, pane.cols):
            position = layout.patch_index(row, col, number)
            assert position == pane.index[row, col]
            assert np.array_equal(grid[..., row, col], values[..., position])


@given(st.integers(0, 3), st.integers(1, 5), st.integers(1, 5), st.integers(0, 3))
def test_one_grid_is_the_plain_case(n_before, rows, cols, n_after):
    before = tuple(f"register {i}" for i in range(n_before))
    after = tuple(f"detection {i}" for i in range(n_after))
    layout = TokenLayout.of_grid(before, rows, cols, after)
    n = n_before + rows * cols + n_after
    values = np.arange(n, dtype=np.float32)
    assert (layout.rows, layout.cols, layout.n_tokens) == (rows, cols, n)
    assert layout.special == before + after
    patches = values[n_before : n - n_after]
    assert np.array_equal(layout.grid(values), patches.reshape(rows, cols))
    assert np.array_equal(values[layout.patches], patches)
    rest = np.r_[values[:n_before], values[n - n_after :]]
    assert np.array_equal(layout.special_values(values), rest)
