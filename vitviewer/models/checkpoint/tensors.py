"""A checked folder's tensors, by the names that their files have for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.models.checkpoint.weights import weight_files

if TYPE_CHECKING:
    from torch import Tensor

    Tensors = dict[str, Tensor]


def read_tensors(path: Path) -> Tensors:
    """Return all tensors of a folder that passed `check_weights`.

    Their numbers stay in the files, mapped into memory, until they are used. No more
    than the listed files is read: an adapter beside them is none of the model's
    weights, whether or not a library that would apply it is installed.
    """
    from safetensors import safe_open

    tensors: Tensors = {}
    for name in weight_files(path):
        with safe_open(path / name, framework="pt") as file:
            tensors |= {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    return tensors
