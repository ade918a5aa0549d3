"""The config.json of a folder, up to where its model would be built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.fuzz.mutation import json_mutator
from tests.fuzz.targets.weights import laid_out, packed
from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import CONFIG, TIMM, check_numbers, labels, read
from vitviewer.models.checkpoint.weights import WEIGHTS, check_weights
from vitviewer.models.families import timm as timm_config
from vitviewer.models.families.blueprint import FAMILIES, blueprint_of
from vitviewer.models.families.composites import COMPOSITES

_TENSOR = {"dtype": "F32", "shape": [20, 20]}
_SIZES = {
    **{"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2},
    **{"intermediate_size": 16, "image_size": 32, "patch_size": 16},
}
_LABELS = {"id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}
_TIMM = {
    "architecture": "vit_tiny_patch16_224",
    "num_classes": 2,
    "num_features": 192,
    "global_pool": "token",
    "model_args": {"img_size": 32, "embed_dim": 8, "depth": 2, "num_heads": 2},
    "pretrained_cfg": {
        **{"tag": "augreg", "input_size": [3, 32, 32], "fixed_input_size": True},
        **{"interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "center"},
        **{"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "num_classes": 2},
        **{"label_names": ["n1", "n2"], "label_descriptions": {"n1": "cat"}},
    },
}


def attempt(data: bytes, folder: Path) -> None:
    weights = folder / WEIGHTS
    if not weights.exists():
        weights.write_bytes(packed(laid_out({"a.weight": _TENSOR})))
    (folder / CONFIG).write_bytes(data)
    with suppress(ModelError):
        _inspect(folder)


def _inspect(folder: Path) -> None:
    found = read(folder)
    target = blueprint_of(found.config)
    assert target.title.isprintable()
    assert isinstance(target.architecture, str)
    check_numbers(found.config)
    check_weights(folder, target.encoder)
    if found.model_type == TIMM:
        _inspect_timm(found.config)
    named = labels(found.config)
    assert named is None or list(named) == list(range(len(named)))


def _inspect_timm(config: dict[str, Any]) -> None:
    timm_config.arguments_of(config)
    timm_config.build_settings(config)
    named = timm_config.named_classes(config, 3)
    assert named is None or len(named) == 3
    timm_config.processor_of(config)


def seeds() -> Iterator[bytes]:
    for kind, family in FAMILIES.items():
        named = {"model_type": kind, "architectures": [family.backbone]}
        yield json.dumps({**named, **_SIZES, **_LABELS}).encode()
    for kind, whole in COMPOSITES.items():
        tower = {"model_type": whole.tower, **_SIZES}
        yield json.dumps({"model_type": kind, whole.key: tower}).encode()
    yield json.dumps(_TIMM).encode()
    yield json.dumps({**_TIMM, "model_type": TIMM}).encode()


mutate = json_mutator(seeds())
