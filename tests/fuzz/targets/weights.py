"""A file that is said to be safetensors."""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from safetensors import safe_open

from tests.fuzz.mutation import changed, words_of
from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.weights import WEIGHTS, check_weights, element_counts

_SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "U8": 1, "BOOL": 1}
_HEADERS: list[dict[str, Any]] = [
    {"a.weight": {"dtype": "F32", "shape": [2, 3]}},
    {
        "__metadata__": {"format": "pt"},
        "a.weight": {"dtype": "F16", "shape": [2, 2, 1]},
        "a.bias": {"dtype": "BF16", "shape": [4]},
        "steps": {"dtype": "I64", "shape": []},
    },
    {"b": {"dtype": "BOOL", "shape": [0]}, "c": {"dtype": "F64", "shape": [1]}},
]
_WORDS = sorted({*words_of(_HEADERS), *_SIZES, "data_offsets", "F8_E4M3", "U64", "F4"})
_BLIND_SHARE = 0.3
_MOST_DATA = 4096


def attempt(data: bytes, folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(data)
    with suppress(ModelError):
        counts = element_counts(folder)
        assert counts == Counter(map(math.prod, shapes_in(path)))
        check_weights(folder, {})


def shapes_in(path: Path) -> list[list[int]]:
    """Return the shapes that safetensors' own reader finds in a file."""
    with safe_open(path, framework="np") as file:
        return [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118


def seeds() -> Iterator[bytes]:
    yield from (packed(laid_out(header)) for header in _HEADERS)
    yield packed({})


def mutate(
    data: bytes, most: int, rng: Random, other: Callable[[bytes, int], bytes]
) -> bytes:
    """Change the header as JSON, and mostly let offsets and data follow from it."""
    length = int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError):
        return other(data, most)
    if rng.random() < _BLIND_SHARE:
        return other(data, most)
    header = changed(header, rng, _WORDS)
    return packed(laid_out(header) if rng.random() < 0.7 else header)[:most]


def laid_out(header: Any) -> Any:
    """Return a header whose tensors lie one after the other."""
    end, placed = 0, {}
    for name, entry in header.items() if isinstance(header, dict) else ():
        with suppress(TypeError, ValueError, KeyError, OverflowError):
            begin, n = end, math.prod(map(int, entry["shape"])) * _SIZES[entry["dtype"]]
            end = begin + n if 0 <= n <= _MOST_DATA else begin
            entry = {**entry, "data_offsets": [begin, begin + n]}
        placed[name] = entry
    return placed


def packed(header: Any) -> bytes:
    """Return a file of a header and as much data as it asks for."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(_end(header))


def _end(header: Any) -> int:
    try:
        ends = [e["data_offsets"][1] for n, e in header.items() if n[:2] != "__"]
        return min(max(0, 0, *map(int, ends)), _MOST_DATA)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return 0
