"""Weights with which numbers overflow, vanish or are all alike, in every precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.corpus.models.case import Case, Damage, both, config, tensors

_HEAD = "classifier."
_PATCHES = "patch_embeddings.projection.weight"
_NAN, _INF = float("nan"), float("inf")
_RED = {"Activations": "red"}
_DAMAGED = {**_RED, "Finite weights": "red"}


def edited(dtype: str, *edits: tuple[str, Callable[[Any], Any]]) -> Damage:
    """Change the tensors whose name has a part, in place, and store all in a dtype."""

    def edit(held: dict[str, Any]) -> dict[str, Any]:
        import torch

        for part, change in edits:
            names = [name for name in held if part in name]
            assert names, part
            for name in names:
                change(held[name])
        return {k: v.to(getattr(torch, dtype)).contiguous() for k, v in held.items()}

    return both(tensors(edit), config(dtype=dtype))


def fill(value: float) -> Callable[[Any], Any]:
    """Fill a tensor."""
    return lambda tensor: tensor.fill_(value)


def first(value: float) -> Callable[[Any], Any]:
    """Put a number into a tensor's first row, or its first place."""
    return lambda tensor: tensor[0].fill_(value)


def times(factor: float) -> Callable[[Any], Any]:
    """Multiply a tensor."""
    return lambda tensor: tensor.mul_(factor)


def _network(layer: int) -> tuple[str, Callable[[Any], Any]]:
    """Make a layer's network put out large numbers."""
    return f"layer.{layer}.intermediate.dense.bias", fill(9.0)


#: The patch embedding passes 65504 on white and stays small on grey and on noise.
WHITE_OVERFLOWS = edited("float16", (_PATCHES, first(400.0)))

CASES = [
    Case("float16, overflow on white", WHITE_OVERFLOWS),
    Case("bfloat16, far on white", edited("bfloat16", (_PATCHES, first(400.0)))),
    Case(
        "float16, overflow in the last network",
        edited("float16", _network(2), ("layer.2.output.dense.weight", fill(6e4))),
        checks=_RED,
    ),
    Case(
        "float16, overflow in the first network",
        edited("float16", _network(0), ("layer.0.output.dense.weight", fill(6e4))),
        checks={**_RED, "Output projection": "amber"},
    ),
    Case(
        "float16, overflow of the logits",
        edited(
            "float16", ("classifier.weight", fill(6e4)), ("layernorm.bias", fill(9))
        ),
        checks=_RED,
    ),
    Case(
        "float16, overflow without a classifier",
        edited(
            "float16",
            ("layer.2.mlp.fc1.bias", fill(9.0)),
            ("layer.2.mlp.fc2.weight", fill(6e4)),
        ),
        checks=_RED,
        base="dinov2",
    ),
    Case(
        "float32, overflow of the logits",
        edited(
            "float32", ("classifier.weight", fill(3e38)), ("layernorm.bias", fill(9))
        ),
        checks=_RED,
    ),
    Case(
        "bfloat16, overflow of the logits",
        edited(
            "bfloat16", ("classifier.weight", fill(3e38)), ("layernorm.bias", fill(9))
        ),
        checks=_RED,
    ),
    Case(
        "NaN in one bias of the classifier",
        edited("float32", ("classifier.bias", first(_NAN))),
        checks=_DAMAGED,
    ),
    Case(
        "NaN, several answers",
        both(
            edited("float32", ("classifier.bias", first(_NAN))),
            config(problem_type="multi_label_classification"),
        ),
        checks=_DAMAGED,
    ),
    Case(
        "NaN, a regression",
        both(
            edited("float32", ("classifier.bias", first(_NAN))),
            config(problem_type="regression"),
        ),
        checks=_DAMAGED,
    ),
    Case(
        "minus infinity for one class",
        edited("float32", ("classifier.bias", first(-_INF))),
        checks=_DAMAGED,
    ),
    Case(
        "NaN in the last layer's values",
        edited("float32", ("layer.2.attention.attention.value.bias", first(_NAN))),
        checks={**_DAMAGED, "Output projection": "amber"},
    ),
    Case(
        "NaN in a key of the last layer",
        edited("float32", ("layer.2.attention.attention.key.weight", first(_NAN))),
        "finite",
    ),
    Case("no eps and no variance", edited("float32", (_PATCHES, fill(0.0))), ""),
    Case("logits of 1e38", edited("float32", ("classifier.bias", fill(1e38)))),
    Case("one logit of 1e38", edited("float32", ("classifier.bias", first(1e38)))),
    Case("one logit of -1e38", edited("float32", ("classifier.bias", first(-1e38)))),
    Case("logits all alike", edited("float32", (_HEAD, fill(0.0)))),
    Case("subnormal queries", edited("float32", ("query.", times(1e-42)))),
    Case("attention all alike", edited("float32", ("query.", fill(0.0)))),
    Case("tiny values", edited("float32", ("value.", times(1e-20)))),
    Case("float16 of nothing but subnormals", edited("float16", ("key.", times(1e-7)))),
]
