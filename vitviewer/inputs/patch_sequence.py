"""Pictures as sequences of patches, padded at the end (NaFlex), and back."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional


def picture_of(patches: torch.Tensor, rows: int, cols: int, patch: int) -> torch.Tensor:
    """Put patches together again, (1, n, patch · patch · 3) to (1, 3, h, w)."""
    grid = patches[:, : rows * cols].reshape(1, rows, cols, patch, patch, 3)
    return grid.permute(0, 5, 1, 3, 2, 4).reshape(1, 3, rows * patch, cols * patch)


def inputs_of(values: torch.Tensor, patch: int, length: int) -> dict[str, Any]:
    """Cut pixel values (1, 3, h, w) into the patches that the model is given.

    Parameters
    ----------
    values : float32 (1, 3, h, w)
    patch : int
        Side of a patch, of which both sides are multiples.
    length : int
        How many patches the sequence is padded to.

    Returns
    -------
    dict
        ``pixel_values`` (1, length, patch · patch · 3), ``pixel_attention_mask``
        (1, length) and ``spatial_shapes`` (1, 2), rows and columns.
    """
    rows, cols = values.shape[2] // patch, values.shape[3] // patch
    grid = values.reshape(1, 3, rows, patch, cols, patch).permute(0, 2, 4, 3, 5, 1)
    patches = grid.reshape(1, rows * cols, -1)
    padding = length - rows * cols
    mask = torch.ones((1, rows * cols), dtype=torch.int32)
    return {
        "pixel_values": functional.pad(patches, (0, 0, 0, padding)),
        "pixel_attention_mask": functional.pad(mask, (0, padding)),
        "spatial_shapes": torch.tensor([[rows, cols]]),
    }
