"""Are these whole safetensors files? Their headers tell, before anything is loaded."""

from __future__ import annotations

import json
import math
import os
import re
import struct
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.json_files import (
    named,
    read_json,
    read_start,
    refuse_pointer,
)
from vitviewer.models.checkpoint.nearby import (
    NOT_THE_MODEL_S,
    argument,
    no_weights,
)
from vitviewer.text import quoted

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_MOST_HEADER_BYTES = 8 << 20
_MOST_TENSORS = 20_000
_MOST_SHARDS = 1000
_MOST_DIMENSIONS = 8
_SHARD = re.compile(r"[\w.-]{1,200}\.safetensors")
_PART = re.compile(r"(.+)-(\d{1,6})-of-(\d{1,6})\.safetensors")
# transformers would read all files of such a folder, whatever they are called.
_DISTRIBUTED = "shard-?????-model-?????-of-?????.safetensors"
_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_OTHERS = {
    **{"BOOL": 1, "I8": 1, "U8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4},
    **{"I64": 8, "U64": 8, "C64": 8, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1},
}
_BYTES = {**_FLOATS, **_OTHERS}
# What fp8, bitsandbytes, GPTQ, AWQ, torchao and compressed-tensors put beside weights.
_SCALES = re.compile(
    r"(?:^|[.:_])(?:weight_scale(?:_inv|_2)?|scale_weight|SCB|absmax|quant_map"
    r"|quant_state|qweight|qzeros|g_idx|weight_packed|qdata)(?:$|\.)"
)
_NOT_A_HEADER = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def check_weights(path: Path, config: dict[str, Any]) -> None:
    """Check that the weights are whole safetensors files that the config can mean.

    Raises
    ------
    ModelError
    """
    n_elements = sum(n * times for n, times in element_counts(path).items())
    # transformers fills what is missing with random numbers: 200 layers that the file
    # does not hold would take all memory before it says so. Each layer has at least
    # four matrices of width × width.
    width, depth = config.get("hidden_size"), config.get("num_hidden_layers")
    if 4 * (width or 1) ** 2 * (depth or 1) > n_elements:
        raise too_few(path)


def element_counts(path: Path) -> Counter[int]:
    """Return how many tensors of each number of elements a checked folder holds.

    Raises
    ------
    ModelError
        If its files are not whole safetensors files.
    """
    counts: Counter[int] = Counter()
    for name in weight_files(path):
        counts.update(check_file(path / name))
    return counts


def too_few(path: Path) -> ModelError:
    """Return the error of a config that describes more than the weights hold."""
    return ModelError(
        f"The weights in {named(path)} are too few for its config.json: download "
        "the model again."
    )


def weight_files(path: Path) -> list[str]:
    """List the safetensors files that make up the model."""
    if any(path.glob(_DISTRIBUTED)):
        raise ModelError(
            f"The folder {named(path)} holds a checkpoint of several machines: save it "
            f"as {WEIGHTS} first."
        )
    if os.path.lexists(path / WEIGHTS):
        return [WEIGHTS]
    if os.path.lexists(path / INDEX):
        return _shards(path / INDEX)
    others = other_names(path)
    if len(others) == 1 and others[0].endswith(".json"):
        return _shards(path / others[0])
    if any(map(_PART.fullmatch, others)) and not _are_all_parts(others):
        raise ModelError(
            f"The folder {named(path)} holds only some of the parts of its weights, "
            f"such as {quoted(others[0])}: download the model again."
        )
    if len(others) == 1 or _are_all_parts(others):
        return others
    if others:
        raise ModelError(
            f"The folder {named(path)} holds {len(others)} files that may be its "
            f"weights, such as {quoted(others[0])}: rename the right one to {WEIGHTS}."
        )
    pickles = (entry for pattern in PICKLES for entry in path.glob(pattern))
    if any(not entry.name.startswith(NOT_THE_MODEL_S) for entry in pickles):
        raise ModelError(
            f"The model in {named(path)} has its weights only as a Python pickle, "
            "which can run code when opened: if you trust it, run `vitviewer "
            f"convert {argument(path)}` once, which reads nothing but its "
            f"numbers and writes {WEIGHTS}."
        )
    raise no_weights(path, WEIGHTS)


def other_names(path: Path) -> list[str]:
    """List a folder's files of weights, or their index, that have unusual names.

    An adapter's and those in open_clip's layout are not a transformers model's.
    """
    if any(os.path.lexists(path / name) for name in (WEIGHTS, INDEX)):
        return []
    index = sorted(e.name for e in path.glob("*.safetensors.index.json"))
    return index or sorted(
        entry.name
        for entry in path.glob("*.safetensors")
        if _SHARD.fullmatch(entry.name) and not entry.name.startswith(NOT_THE_MODEL_S)
    )


def _are_all_parts(names: list[str]) -> bool:
    """Return whether files are all of one model's, by the numbers in their names."""
    parts = [_PART.fullmatch(name) for name in names]
    if not parts or not all(parts):
        return False
    found = [(part[1], int(part[2]), int(part[3])) for part in parts if part]
    stem, _, count = found[0]
    return count <= _MOST_SHARDS and found == [
        (stem, i + 1, count) for i in range(count)
    ]


def _shards(index: Path) -> list[str]:
    """List the files that an index names, all of its own folder."""
    content = read_json(index)
    shards = content.get("weight_map")
    names = list(shards.values()) if isinstance(shards, dict) else []
    if not names or not all(_is_shard(name) for name in names):
        raise ModelError(
            f"The index {named(index)} does not list safetensors files of its own "
            "folder: download the model again."
        )
    different = sorted(set(names))
    described = isinstance(content.get("metadata"), dict)
    if len(different) > _MOST_SHARDS or not described:
        raise ModelError(
            f"The index {named(index)} is not that of a model: download the model "
            "again."
        )
    return different


def _is_shard(name: object) -> bool:
    return isinstance(name, str) and _SHARD.fullmatch(name) is not None


def check_file(path: Path) -> Iterable[int]:
    """Check that a length, JSON and the tensors make the file; count their elements.

    Raises
    ------
    ModelError
    """
    size, head = read_start(path, _MOST_HEADER_BYTES + 8)
    refuse_pointer(path, head)
    length = struct.unpack("<Q", head[:8])[0] if len(head) >= 8 else 0
    if not 2 <= length <= _MOST_HEADER_BYTES or length + 8 > size:
        raise _damaged(path)
    text = head[8 : 8 + length]
    if text.count(b'"data_offsets"') > _MOST_TENSORS:
        raise ModelError(
            f"{named(path)} claims more than {_MOST_TENSORS} tensors, which no model "
            "has: download the model again."
        )
    try:
        header = json.loads(text, object_pairs_hook=_unique)
        header.pop("__metadata__", None)
        counts = _check_tensors(header, size - 8 - length)
    except _NOT_A_HEADER as error:
        raise _damaged(path) from error
    if _is_hollow(path, size) or not _opens(path):
        raise _damaged(path)
    if any(_is_quantised(name, entry["dtype"]) for name, entry in header.items()):
        raise ModelError(
            f"The weights in {named(path)} are quantised to whole numbers or 8 bits, "
            "without what they stand for: use the original model."
        )
    return counts


def _is_quantised(name: str, dtype: str) -> bool:
    """Return whether a tensor's numbers are not the model's own, or scale others."""
    last = name.rpartition(".")[2]
    if dtype.startswith("F8") or _SCALES.search(name):
        return True
    return "weight" in last and dtype not in _FLOATS


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of an object; a name that stands there twice hides a tensor."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _check_tensors(header: dict[str, Any], n_bytes: int) -> list[int]:
    """Check that the tensors fill the data without gap or overlap; count elements."""
    places, counts = [], []
    for entry in header.values():
        begin, end = entry["data_offsets"]
        shape = entry["shape"]
        sizes = [begin, end, *shape]
        if len(shape) > _MOST_DIMENSIONS or not all(type(n) is int for n in sizes):
            raise ValueError("not numbers")
        count = math.prod(shape)
        if min(sizes) < 0 or end - begin != count * _BYTES[entry["dtype"]]:
            raise ValueError("the shape is not that of the data")
        places.append((begin, end))
        counts.append(count)
    places.sort()
    ends = [0, *(end for _, end in places)]
    if [begin for begin, _ in places] != ends[:-1] or ends[-1] != n_bytes:
        raise ValueError("a gap or an overlap")
    return counts


def _opens(path: Path) -> bool:
    """Return whether safetensors takes the header too: Python's JSON is laxer than its.

    It reads no tensor.
    """
    try:
        with safe_open(path, framework="np"):
            return True
    except (SafetensorError, OSError):
        return False


def _is_hollow(path: Path, size: int) -> bool:
    """Return whether more than half of a file was never written.

    A download that was given its space and then interrupted looks like this; all its
    numbers are zero. File systems without holes say that there are none.
    """
    if not hasattr(os, "SEEK_DATA"):
        return False
    written, place = 0, 0
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while 2 * written <= size and place < size:
            start = os.lseek(descriptor, place, os.SEEK_DATA)
            place = os.lseek(descriptor, start, os.SEEK_HOLE)
            written += place - start
    except OSError:  # there is no data after this place, or no answer to the question
        return 0 < 2 * written < size
    finally:
        os.close(descriptor)
    return 2 * written < size


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"{named(path)} is damaged or was not downloaded whole: download it again."
    )
