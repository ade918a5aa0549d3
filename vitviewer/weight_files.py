"""Are these whole safetensors files? Their headers tell, before anything is loaded."""

from __future__ import annotations

import json
import os
import re
import struct
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.model_files import named, read_json, read_start

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
_MOST_HEADER_BYTES = 8 << 20
_SHARD = re.compile(r"[\w.-]+\.safetensors")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_FLOATS = {"F64", "F32", "F16", "BF16"}
_NOT_A_HEADER = (ValueError, TypeError, KeyError, IndexError, AttributeError)


def check_weights(path: Path, config: dict[str, Any]) -> None:
    """Check that the weights are whole safetensors files that the config can mean.

    Raises
    ------
    ModelError
    """
    n_bytes = sum(_check_header(path / name) for name in _weight_files(path))
    # transformers fills what is missing with random numbers: 200 layers that the file
    # does not hold would take all memory before it says so. Each layer has at least
    # four matrices of width × width, and no dtype takes less than a byte.
    width, depth = config.get("hidden_size"), config.get("num_hidden_layers")
    if 4 * (width or 1) ** 2 * (depth or 1) > n_bytes:
        raise ModelError(
            f"The weights in {named(path)} are too few for its config.json: download "
            "the model again."
        )


def _weight_files(path: Path) -> list[str]:
    """List the safetensors files that make up the model."""
    if os.path.lexists(path / WEIGHTS):
        return [WEIGHTS]
    if os.path.lexists(path / INDEX):
        shards = read_json(path / INDEX).get("weight_map")
        names = set(shards.values()) if isinstance(shards, dict) else set()
        if not names or not all(_is_shard(name) for name in names):
            raise ModelError(
                f"The index {named(path / INDEX)} does not list safetensors files of "
                "its own folder: download the model again."
            )
        return sorted(names)
    if any(next(path.glob(pattern), None) for pattern in _PICKLES):
        raise ModelError(
            f"The model in {named(path)} has its weights as a Python pickle, which "
            "can run code when opened: get a version with safetensors from "
            "https://huggingface.co/spaces/safetensors/convert."
        )
    raise ModelError(
        f"The folder {named(path)} has a config but no weights: it needs {WEIGHTS}."
    )


def _is_shard(name: object) -> bool:
    return isinstance(name, str) and _SHARD.fullmatch(name) is not None


def _check_header(path: Path) -> int:
    """Check that a length, JSON and the tensors make the file; return its bytes."""
    size, head = read_start(path, _MOST_HEADER_BYTES + 8)
    if head.startswith(b"version https://git-lfs"):
        raise ModelError(
            f"{named(path)} is only a git-lfs pointer: run `git lfs pull` in the "
            "model's folder."
        )
    length = struct.unpack("<Q", head[:8])[0] if len(head) >= 8 else 0
    if not 2 <= length <= _MOST_HEADER_BYTES or length + 8 > size:
        raise _damaged(path)
    try:
        header = json.loads(head[8 : 8 + length])
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        dtypes = {v["dtype"] for k, v in header.items() if k.endswith("weight")}
        plain = dtypes <= _FLOATS
    except (*_NOT_A_HEADER, RecursionError) as error:
        raise _damaged(path) from error
    if not isinstance(end, int) or 8 + length + end != size:
        raise _damaged(path)
    if not plain:
        raise ModelError(
            f"The weights in {named(path)} are quantised to whole numbers or 8 bits, "
            "without what they stand for: use the original model."
        )
    return size


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"{named(path)} is damaged or was not downloaded whole: download it again."
    )
