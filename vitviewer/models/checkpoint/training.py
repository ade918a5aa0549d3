"""What a training program saves: which of its tables is the model's state.

Lightning keeps it under ``state_dict``, DeepSpeed under ``module``, MAE under
``model``; DINO has a ``student`` and a ``teacher``, timm and others an average (EMA)
of the weights as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vitviewer.text import quoted

_NO_MODEL = re.compile(
    r"(?i)optim\w*|.*optimizer.*|.*sched\w*|.*scaler.*|.*criterion.*|.*loss.*|.*loops"
    r"|callbacks|rng\w*|.*hyper_?param\w*|args|config"
)
_AVERAGES = re.compile(r"(?i)teacher|.*ema.*|.*averag.*")
_USUAL = ("state_dict", "model", "model_state_dict", "module")
_MOST_LEVELS = 4
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A model's tensors by name, and a sentence where others were left out."""

    tensors: dict[str, Any]
    remark: str = ""


def model_in(content: Mapping[Any, Any]) -> Found:
    """Find the model's tensors in what a restricted reader made of a checkpoint."""
    remarks = []
    for _ in range(_MOST_LEVELS):
        own = dict(_direct(content))
        inner = {key: _count(table) for key, table in _tables(content)}
        if not inner or len(own) >= max(inner.values()):
            break
        chosen = _chosen(inner)
        left = [key for key in inner if key != chosen]
        if left:
            listed = ", ".join(quoted(key) for key in left[:_SHOWN])
            remarks.append(
                f"The checkpoint holds more than one model: {quoted(chosen)} was "
                f"taken, not {listed}."
            )
        content = content[chosen]
    return Found(dict(_direct(content)), " ".join(remarks))


def _chosen(inner: Mapping[str, int]) -> str:
    """Choose a table: an average before what it was made from, then the usual names."""
    most = max(inner.values())
    models = [key for key, count in inner.items() if 2 * count >= most]
    for key in models:
        if _AVERAGES.fullmatch(key):
            return key
    return next((key for key in _USUAL if key in models), models[0])


def _tables(content: Mapping[Any, Any]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield the tables that hold tensors and are no optimizer's or the like."""
    for key, value in content.items():
        is_table = isinstance(key, str) and isinstance(value, Mapping)
        if is_table and not _NO_MODEL.fullmatch(key) and _count(value):
            yield key, value


def _direct(content: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    import torch

    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, torch.Tensor):
            yield name, value


def _count(content: Mapping[Any, Any], levels: int = _MOST_LEVELS) -> int:
    """Count the tensors of a table, at any of a few levels."""
    below = (v for v in content.values() if isinstance(v, Mapping))
    deeper = sum(_count(v, levels - 1) for v in below) if levels else 0
    return sum(1 for _ in _direct(content)) + deeper
