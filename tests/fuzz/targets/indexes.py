"""An index of several safetensors files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.fuzz.mutation import json_mutator
from tests.fuzz.targets.weights import laid_out, packed
from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.weights import INDEX, check_weights, element_counts

_SHARDS = ("model-1.safetensors", "model-2.safetensors")
_TENSOR = {"dtype": "F32", "shape": [2, 3]}


def attempt(data: bytes, folder: Path) -> None:
    for shard in _SHARDS:
        if not (folder / shard).exists():
            (folder / shard).write_bytes(packed(laid_out({f"{shard}.weight": _TENSOR})))
    (folder / INDEX).write_bytes(data)
    with suppress(ModelError):
        counts = element_counts(folder)
        named = set(json.loads(data)["weight_map"].values())
        assert named <= set(_SHARDS)
        assert counts == {6: len(named)}
        check_weights(folder, {"hidden_size": 1})


def seeds() -> Iterator[bytes]:
    for shards in (_SHARDS, _SHARDS[:1], ("../model-1.safetensors",)):
        places = {f"layer.{i}.weight": shard for i, shard in enumerate(shards)}
        index = {"metadata": {"total_size": 48}, "weight_map": places}
        yield json.dumps(index).encode()


mutate = json_mutator(seeds())
