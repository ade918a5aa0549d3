"""A model folder from a stranger, checked before transformers sees it.

Only JSON and safetensors headers are read here, with bounds on everything; no pickle
is ever opened and no code from the folder runs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.json_files import named, read_json
from vitviewer.models.checkpoint.nearby import no_config, no_folder
from vitviewer.text import plain

CONFIG = "config.json"
TIMM = "timm_wrapper"
PROCESSOR = "preprocessor_config.json"
WHOLE_PROCESSOR = "processor_config.json"
# They name code or another file of weights (a pickle, even), override how attention is
# run, change what a pass returns, or stand for a part of transformers' own classes.
_DROPPED = re.compile(
    r"auto_map|custom_pipelines|trust_.*|transformers_weights|fusion_config"
    r"|kernel_config|use_kernels|_?(attn|experts)_implementation.*|return_dict"
    r"|torchscript|output_attentions|output_hidden_states|attribute_map|sub_configs"
    r"|_name_or_path|name_or_path|_commit_hash|__.*|base_model_\w+_plan"
)
_DTYPES = (None, "auto", "float64", "float32", "float16", "bfloat16")
_MOST_KEYS = 1000
_RANGES = {
    "num_hidden_layers": (1, 200),
    "hidden_size": (1, 16_384),
    "num_attention_heads": (1, 128),
    "intermediate_size": (1, 131_072),
    "num_channels": (1, 64),
    "num_register_tokens": (0, 1024),
    "num_registers": (0, 1024),
    "num_cls_tokens": (0, 1024),
    "n_cls_tokens": (0, 1024),
    "num_detection_tokens": (0, 10_000),
    "num_patches": (1, 65_536),
    "num_labels": (0, 50_000),
}
_SIDES = {"image_size": (1, 16_384), "patch_size": (1, 1024)}
_MOST_LABELS = 50_000
_MOST_SHOWN = 1000
_MOST_MEMBERS = 100


@dataclass(frozen=True)
class ModelFolder:
    """A folder that passed: its cleaned config and its processor settings."""

    path: Path
    config: dict[str, Any]
    processor: dict[str, Any]

    @property
    def model_type(self) -> str:
        """The config's ``model_type``."""
        return str(self.config["model_type"])


def read(path: Path) -> ModelFolder:
    """Check a folder and read what describes its model.

    Raises
    ------
    ModelError
        In one sentence, why the folder is refused and what to do.
    """
    if not path.is_dir():
        raise no_folder(path)
    if not os.path.lexists(path / CONFIG):
        raise no_config(path)
    config = cleaned(read_json(path / CONFIG))
    if "model_type" not in config and isinstance(config.get("architecture"), str):
        config["model_type"] = TIMM  # timm's own folders do not name it
    if not isinstance(config.get("model_type"), str):
        raise ModelError(
            f"The config.json in {named(path)} names no model_type: it is not a "
            "transformers model."
        )
    if len(config) > _MOST_KEYS:
        raise ModelError(
            f"The config.json in {named(path)} has {len(config)} settings, more than "
            "any model: download the model again."
        )
    first = config.pop("architectures", None)
    if isinstance(first, list) and first and isinstance(first[0], str):
        config["architectures"] = first[:1]
    return ModelFolder(path, config, _processor(path))


def _processor(path: Path) -> dict[str, Any]:
    """Read either of the files that the processor's settings may stand in."""
    for name in (PROCESSOR, WHOLE_PROCESSOR):
        if os.path.lexists(path / name):
            return read_json(path / name)
    return {}


def check_numbers(config: dict[str, Any]) -> None:
    """Refuse a config that claims sizes or a dtype no model has, at any level.

    Raises
    ------
    ModelError
    """
    for part in config.values():
        if isinstance(part, dict):
            check_numbers(part)
    for key, (low, high) in _RANGES.items():
        _check_number(key, config.get(key), low, high)
    for key, (low, high) in _SIDES.items():
        value = config.get(key)
        for side in value if isinstance(value, list | tuple) else [value]:
            _check_number(key, side, low, high)
    _check_heads(config)
    for key in ("dtype", "torch_dtype"):
        _check_dtype(key, config.get(key))
    if config.get("quantization_config"):
        raise ModelError(
            "The model's weights are quantised, which cannot be recorded truthfully: "
            "use the original model."
        )


def labels(config: dict[str, Any]) -> dict[int, str] | None:
    """Return the config's ``id2label`` without gaps: a lost name is "class 7".

    Names are made printable and short; a number is its digits, a list its members.
    None where the config has no table.

    Raises
    ------
    ModelError
        If the table is none, or claims more classes than any model has.
    """
    table = config.get("id2label")
    if table is None:
        return None
    try:
        named = {int(key): name for key, name in table.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(
            "The model's config.json has an id2label that is no table of classes: "
            "correct it or remove it."
        ) from error
    count = max(named, default=-1) + 1
    if not 0 <= min(named, default=0) <= count <= _MOST_LABELS:
        raise ModelError(
            f"The model's config.json claims {count} classes: at most {_MOST_LABELS} "
            "can be shown."
        )
    return {i: _label(named.get(i), i) for i in range(count)}


def _label(name: object, index: int) -> str:
    return _short(_name_of(name).strip()) or f"class {index}"


def _name_of(name: object) -> str:
    """Return what a class is called; empty where that is no name."""
    if isinstance(name, list):
        return ", ".join(filter(None, map(_name_of, name[:_MOST_MEMBERS])))
    if isinstance(name, bool):
        return "true" if name else "false"  # as the JSON has it
    if isinstance(name, float) and not isfinite(name):
        return ""
    return str(name) if isinstance(name, str | int | float) else ""


def cleaned(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config without keys that are not its own to decide, at every level."""
    return {
        key: cleaned(value) if isinstance(value, dict) else value
        for key, value in config.items()
        if not _DROPPED.fullmatch(key)
    }


def _check_heads(config: dict[str, Any]) -> None:
    width, heads = config.get("hidden_size"), config.get("num_attention_heads")
    if width and heads and width % heads and not config.get("head_dim"):
        raise ModelError(
            f"The model's config.json has {heads} heads, which does not divide its "
            f"hidden_size of {width}: correct it."
        )


def _check_dtype(key: str, value: Any) -> None:
    name = value.removeprefix("torch.") if isinstance(value, str) else value
    if name not in _DTYPES:
        raise ModelError(
            f"The model's config.json has an impossible {key} ({_short(value)}): it "
            "must be float32, float16 or bfloat16."
        )


def _short(value: Any) -> str:
    return plain(str(value)[:_MOST_SHOWN])


def _check_number(key: str, value: Any, low: int, high: int) -> None:
    if value is None:
        return
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not (is_number and low <= value <= high):
        raise ModelError(
            f"The model's config.json has an impossible {key} ({_short(value)}): "
            f"it must be a whole number from {low} to {high}."
        )
