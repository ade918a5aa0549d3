"""A method whose answer adds up to what it explains, planted as users plant theirs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vitviewer.methods import registry
from vitviewer.methods.method import Method
from vitviewer.queries import Target

#: Signed, adding up, heads apart, asked about no token, and exact in float32.
EVIDENCE = '''
"""Splits a number that hangs on the class alone over layers, heads and tokens."""

from vitviewer.methods.method import Method, Result
from vitviewer.queries import Target


def compute(context, request):
    import torch

    n, model = context.tokens.n_tokens, context.model
    layers = torch.arange(1.0, model.n_layers + 1)[:, None, None]
    heads = torch.arange(1.0, model.n_heads + 1)[:, None]
    shares = layers * (heads - 1.5) * (torch.arange(n) - n // 2) / 64
    target = request.target or Target(int(context.logits.argmax()))
    weight = target.index + 1.0
    if target.minus is not None:
        weight -= target.minus + 1.0
    values = weight * shares
    parts = {"embedding": 0.25 * weight, "biases": -1.5 * weight}
    total = float(values.double().sum()) + sum(parts.values())
    return Result(values, parts=parts, target_value=total, explained=target)


METHOD = Method(
    name="evidence",
    title="evidence",
    label="Evidence",
    question="How much does each token add to the class?",
    compute=compute,
    source="nowhere",
    queries=frozenset(),
    takes_target=True,
    unit="logit",
    signed=True,
    adds=True,
)
'''


@contextmanager
def evidence(folder: Path) -> Iterator[Method]:
    """Plant the method: one file, one line."""
    (folder / "evidence_method.py").write_text(EVIDENCE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(registry, "MODULES", [*registry.MODULES, "evidence_method"])
        yield registry.method("evidence")
    sys.modules.pop("evidence_method", None)


def weight_of(target: Target) -> float:
    """Return by what the evidence for a target is multiplied."""
    minus = 0.0 if target.minus is None else target.minus + 1.0
    return target.index + 1.0 - minus


def shares(n_layers: int, n_heads: int, n_tokens: int) -> NDArray[np.float64]:
    """Return the evidence for the class of weight one, (layers, heads, tokens)."""
    layers = np.arange(1.0, n_layers + 1)[:, None, None]
    heads = np.arange(1.0, n_heads + 1)[:, None]
    return layers * (heads - 1.5) * (np.arange(n_tokens) - n_tokens // 2) / 64
