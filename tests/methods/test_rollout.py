"""Rollout by carried vectors equals the product of whole matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.cancelling import CancelledAfter
from vitviewer.capture import layers as layers_module
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.capture.recording import Recording
from vitviewer.errors import Cancelled, ModelError
from vitviewer.methods.rollout import fuse, rollout
from vitviewer.queries import Direction, Fusion

N_LAYERS, N_HEADS, N_TOKENS = 4, 6, 11
FUSE = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}
CLASS = np.eye(N_TOKENS)[0]
PATCH = np.eye(N_TOKENS)[7]
PATCHES = np.r_[0, np.full(N_TOKENS - 1, 1 / (N_TOKENS - 1))]


@pytest.fixture(scope="module")
def recording():
    """Return a recording of peaked random attention."""
    generator = torch.Generator().manual_seed(5)
    layers = [
        ProductLayer(
            *2 * torch.randn(2, N_HEADS, N_TOKENS, 8, generator=generator), 0.35, None
        )
        for _ in range(N_LAYERS)
    ]
    return Recording(layers)


def brute_force(recording, fusion):
    """Return R_l of every layer as Abnar & Zuidema write it, float64."""
    product, products = np.eye(N_TOKENS), []
    for layer in recording.layers:
        logits = (layer.query.double() @ layer.key.double().mT).numpy() * layer.scale
        attention = np.exp(logits - logits.max(axis=-1, keepdims=True))
        attention /= attention.sum(axis=-1, keepdims=True)
        matrix = (FUSE[fusion](attention, axis=0) + np.eye(N_TOKENS)) / 2
        matrix /= matrix.sum(axis=-1, keepdims=True)
        product = matrix @ product
        products.append(product)
    return np.stack(products)


@pytest.mark.parametrize("block_elements", [1, 200, 1 << 22])
@pytest.mark.parametrize("query", [CLASS, PATCH, PATCHES], ids=["class", "one", "mean"])
@pytest.mark.parametrize("fusion", FUSE)
def test_rows_and_columns_are_those_of_the_whole_product(
    recording, monkeypatch, fusion, query, block_elements
):
    monkeypatch.setattr(layers_module, "BLOCK_ELEMENTS", block_elements)
    truth = brute_force(recording, fusion)
    weights = torch.tensor(query, dtype=torch.float32)
    rows = rollout(recording, weights, fusion, Direction.FROM)
    columns = rollout(recording, weights, fusion, Direction.TO)
    np.testing.assert_allclose(rows, query @ truth, atol=1e-6)
    np.testing.assert_allclose(columns, truth @ query, atol=1e-6)
    np.testing.assert_allclose(rows.sum(dim=-1), 1, atol=1e-6)


@pytest.mark.parametrize("n_heads", [1, 2, 5, 6])
def test_heads_are_fused_as_numpy_does(n_heads):
    attention = torch.rand(n_heads, 3, 9, generator=torch.Generator().manual_seed(1))
    for fusion, numpy_fuse in FUSE.items():
        expected = numpy_fuse(attention.numpy(), axis=0)
        np.testing.assert_allclose(fuse(attention, fusion), expected, atol=1e-6)


def test_each_layer_s_attention_is_computed_once(recording, monkeypatch):
    seen = []
    rows = ProductLayer.rows
    monkeypatch.setattr(ProductLayer, "rows", lambda *a: seen.append(a[1:]) or rows(*a))
    rollout(recording, torch.tensor(CLASS).float(), Fusion.MEAN, Direction.FROM)
    assert seen == [(0, N_TOKENS)] * N_LAYERS


def test_a_rollout_can_be_cancelled(recording):
    for direction in Direction:
        cancelled = recording.within(CancelledAfter(2))
        with pytest.raises(Cancelled):
            rollout(cancelled, torch.tensor(CLASS).float(), Fusion.MEAN, direction)


def test_a_rollout_of_fewer_queries_than_keys_is_refused(recording):
    layer = recording.layers[0]
    last_word = Recording([replace(layer, query=layer.query[:, -1:])])
    with pytest.raises(ModelError, match="all tokens to all tokens"):
        rollout(last_word, torch.tensor(CLASS).float(), Fusion.MEAN, Direction.FROM)
