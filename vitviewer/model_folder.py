"""A model folder from a stranger, checked before transformers sees it.

Only JSON and safetensors headers are read here, with bounds on everything; no pickle
is ever opened and no code from the folder runs.
"""

from __future__ import annotations

import json
import os
import re
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
PROCESSOR = "preprocessor_config.json"
_MOST_JSON_BYTES = 32 << 20
_MOST_HEADER_BYTES = 8 << 20
_SHARD = re.compile(r"[\w.-]+\.safetensors")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_DANGEROUS = re.compile(r"auto_map|custom_pipelines|_?attn_implementation.*|trust_.*")
_RANGES = {
    "num_hidden_layers": (1, 200),
    "hidden_size": (1, 16_384),
    "num_attention_heads": (1, 256),
    "intermediate_size": (1, 131_072),
    "num_channels": (1, 64),
    "num_register_tokens": (0, 1024),
    "num_labels": (0, 100_000),
    "mlp_ratio": (1, 64),
}
_SIDES = {"image_size": (1, 16_384), "patch_size": (1, 1024)}
_MOST_LABELS = 100_000


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
        raise ModelError(f"{_quoted(path)} is not a folder: choose a model's folder.")
    if not os.path.lexists(path / CONFIG):
        raise ModelError(
            f"The folder {_quoted(path)} holds no model: it has no config.json."
        )
    config = _clean(_read_json(path / CONFIG))
    if not isinstance(config.get("model_type"), str):
        raise ModelError(
            f"The config.json in {_quoted(path)} names no model_type: it is not a "
            "transformers model."
        )
    settings = path / PROCESSOR
    processor = _read_json(settings) if os.path.lexists(settings) else {}
    return ModelFolder(path, config, processor)


def check_numbers(config: dict[str, Any]) -> None:
    """Refuse a config that claims sizes no real model has.

    Raises
    ------
    ModelError
    """
    for key, (low, high) in _RANGES.items():
        _check_number(key, config.get(key), low, high)
    for key, (low, high) in _SIDES.items():
        value = config.get(key)
        for side in value if isinstance(value, list | tuple) else [value]:
            _check_number(key, side, low, high)
    for key in ("id2label", "label2id"):
        labels = config.get(key)
        if labels is not None and not isinstance(labels, dict):
            raise ModelError(f"The model's config.json has a {key} that is no table.")
        if labels is not None and len(labels) > _MOST_LABELS:
            raise ModelError(f"The model's config.json claims {len(labels)} labels.")


def check_weights(path: Path) -> None:
    """Check that a folder's weights are whole safetensors files inside of it.

    Raises
    ------
    ModelError
    """
    for name in _weight_files(path):
        _check_header(path / name)


def _weight_files(path: Path) -> list[str]:
    """List the safetensors files that make up the model."""
    if os.path.lexists(path / WEIGHTS):
        return [WEIGHTS]
    if os.path.lexists(path / INDEX):
        shards = _read_json(path / INDEX).get("weight_map")
        names = set(shards.values()) if isinstance(shards, dict) else set()
        if not names or not all(_is_shard(name) for name in names):
            raise ModelError(
                f"The index {_quoted(path / INDEX)} does not list safetensors files of "
                "its own folder: download the model again."
            )
        return sorted(names)
    if any(next(path.glob(pattern), None) for pattern in _PICKLES):
        raise ModelError(
            f"The model in {_quoted(path)} has its weights as a Python pickle, which "
            "can run code when opened: convert it with transformers' "
            "save_pretrained(folder) on a machine where you trust it."
        )
    raise ModelError(
        f"The folder {_quoted(path)} has a config but no weights: it needs "
        f"{WEIGHTS}."
    )


def _is_shard(name: object) -> bool:
    return isinstance(name, str) and _SHARD.fullmatch(name) is not None


def _check_header(path: Path) -> None:
    """Check a safetensors file's header: a length, then JSON, then the tensors."""
    size, head = _read_regular(path, _MOST_HEADER_BYTES + 8)
    if head.startswith(b"version https://git-lfs"):
        raise ModelError(
            f"{_quoted(path)} is only a git-lfs pointer: run `git lfs pull` in the "
            "model's folder."
        )
    length = struct.unpack("<Q", head[:8])[0] if len(head) >= 8 else 0
    if not 2 <= length <= _MOST_HEADER_BYTES or length + 8 > size:
        raise _damaged(path)
    try:
        header = json.loads(head[8 : 8 + length])
        header.pop("__metadata__", None)
        ends = [entry["data_offsets"][1] for entry in header.values()]
        end = max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(path) from error
    if not isinstance(end, int) or 8 + length + end != size:
        raise _damaged(path)


def _damaged(path: Path) -> ModelError:
    return ModelError(
        f"{_quoted(path)} is damaged or was not downloaded whole: download it again."
    )


def _clean(config: dict[str, Any]) -> dict[str, Any]:
    """Drop keys that name code or override how attention is run, at every level."""
    return {
        key: _clean(value) if isinstance(value, dict) else value
        for key, value in config.items()
        if not _DANGEROUS.fullmatch(key)
    }


def _check_number(key: str, value: Any, low: int, high: int) -> None:
    if value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and low <= value <= high):
        raise ModelError(
            f"The model's config.json has an impossible {key} ({str(value)[:40]}): "
            f"it must be from {low} to {high}."
        )


def _read_json(path: Path) -> dict[str, Any]:
    """Read a bounded JSON object from a regular file."""
    size, data = _read_regular(path, _MOST_JSON_BYTES)
    if size > _MOST_JSON_BYTES:
        raise ModelError(f"{_quoted(path)} is too large to be a model's description.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{_quoted(path)} is not valid JSON: download the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"{_quoted(path)} does not describe a model.")
    return value


def _read_regular(path: Path, limit: int) -> tuple[int, bytes]:
    """Return a regular file's size and first bytes; never waits on a FIFO."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{_quoted(path)} is not a regular file.")
            return status.st_size, file.read(limit)
    except OSError as error:
        raise ModelError(
            f"{_quoted(path)} could not be read ({error.strerror}): check the folder."
        ) from error


def _quoted(path: Path) -> str:
    """Name a file in a sentence: printable, short, in quotes."""
    name = path.name if path.name not in (CONFIG, INDEX, WEIGHTS) else str(path)
    text = "".join(c if c.isprintable() else "�" for c in name)
    return f"“{text if len(text) <= 80 else '…' + text[-79:]}”"
