"""Which token is which."""

from __future__ import annotations

import numpy as np
import pytest

from vitviewer.tokens import CLASS_TOKEN, TokenLayout

REGISTERS = TokenLayout((CLASS_TOKEN, "register 1", "register 2"), rows=2, cols=3)
DETECTION = TokenLayout((CLASS_TOKEN,), rows=3, cols=2, suffix=("d 1", "d 2"))


def test_counts_and_places():
    assert (REGISTERS.n_patches, REGISTERS.n_tokens) == (6, 9)
    assert REGISTERS.patches == slice(3, 9)
    assert DETECTION.n_tokens == 9
    assert DETECTION.patches == slice(1, 7)
    assert DETECTION.special == (CLASS_TOKEN, "d 1", "d 2")


def test_patches_are_row_major():
    assert [REGISTERS.patch_index(0, 0), REGISTERS.patch_index(1, 2)] == [3, 8]
    values = np.arange(9, dtype=np.float32)
    grid = REGISTERS.grid(values)
    assert grid.tolist() == [[3, 4, 5], [6, 7, 8]]
    assert all(
        grid[row, col] == REGISTERS.patch_index(row, col)
        for row in range(2)
        for col in range(3)
    )


@pytest.mark.parametrize(("row", "col"), [(-1, 0), (0, -1), (2, 0), (0, 3)])
def test_a_patch_outside_the_grid_is_an_error(row, col):
    with pytest.raises(IndexError, match="outside the grid of 2 × 3"):
        REGISTERS.patch_index(row, col)


def test_values_of_all_tokens_are_kept_once():
    values = np.random.default_rng(0).random((4, 2, 9), dtype=np.float32)
    grid, special = DETECTION.grid(values), DETECTION.special_values(values)
    assert grid.shape == (4, 2, 3, 2)
    assert special.shape == (4, 2, 3)
    everything = np.concatenate([grid.reshape(4, 2, 6), special], axis=-1)
    assert np.array_equal(np.sort(everything), np.sort(values))


def test_class_token_is_found_by_name():
    assert REGISTERS.class_index == 0
    assert TokenLayout((), 2, 2).class_index is None
    assert TokenLayout(("register 1", CLASS_TOKEN), 2, 2).class_index == 1
