"""Rows of a layer are attention by its definition, whatever goes into the softmax."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from tests.capture.attention_oracle import attention
from vitviewer.capture.layers import MatrixLayer, chosen
from vitviewer.capture.product_layer import ProductLayer, multiplied
from vitviewer.capture.verification import Witness

CLOSE = {"atol": 2e-6, "rtol": 0.0}
LOWEST = torch.finfo(torch.float32).min


@st.composite
def layers(draw):
    """Draw layers with and without each of the things that a layer may have."""
    maybe = lambda made: draw(st.sampled_from([None, made]))  # noqa: E731
    torch.manual_seed(draw(st.integers(0, 1000)))
    key_heads, group = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    n_keys = draw(st.integers(1, 7))
    n_queries = draw(st.integers(1, 7))
    heads = key_heads * group
    bias = torch.randn(draw(st.sampled_from([1, heads])), n_queries, n_keys)
    bias[torch.rand(bias.shape) < draw(st.sampled_from([0.2, 0.6]))] = -torch.inf
    return ProductLayer(
        query=torch.randn(heads, n_queries, 4),
        key=torch.randn(key_heads, n_keys, 4),
        scale=draw(st.sampled_from([0.5, 1.3])),
        bias=maybe(bias[:, : draw(st.sampled_from([1, n_queries]))]),
        first_query=draw(st.integers(0, n_keys - 1)),
        causal=draw(st.booleans()),
        softcap=maybe(2.0),
        sink=maybe(torch.randn(heads)),
    )


@settings(deadline=None)
@given(layers(), st.data())
def test_rows_are_attention_by_its_definition(layer, data):
    truth = attention(layer)
    start = data.draw(st.integers(0, layer.n_queries - 1))
    some = data.draw(st.lists(st.integers(0, layer.n_queries - 1), min_size=1))
    whole = layer.rows(0, layer.n_queries)
    assert whole.shape == (layer.n_heads, layer.n_queries, layer.n_keys)
    np.testing.assert_allclose(whole, truth, **CLOSE)
    np.testing.assert_allclose(
        layer.rows(start, layer.n_queries), truth[:, start:], **CLOSE
    )
    np.testing.assert_allclose(layer.sample(some), truth[:, some], **CLOSE)
    assert layer.sums_to_one == (layer.sink is None)
    if layer.sums_to_one:
        sums = whole.sum(-1)
        np.testing.assert_allclose(sums, truth.any(axis=-1) * 1.0, atol=1e-6)


def with_normalisers(layer):
    """Return the layer as if a kernel had told them: 0 for a row of nothing."""
    told = replace(layer, lse=layer.normalisers)
    assert torch.isfinite(told.lse).all()
    return told


@settings(deadline=None)
@given(layers(), st.booleans(), st.data())
def test_columns_are_attention_by_its_definition(layer, told, data):
    truth = attention(layer)
    layer = with_normalisers(layer) if told else layer
    start = data.draw(st.integers(0, layer.n_queries - 1))
    keys = data.draw(st.lists(st.integers(0, layer.n_keys - 1), min_size=1))
    some = layer.columns(start, layer.n_queries, chosen(keys))
    np.testing.assert_allclose(some, truth[:, start:][..., keys], **CLOSE)


@settings(deadline=None)
@given(layers(), st.booleans())
def test_used_rows_are_proven_by_their_sums(layer, told):
    truth = attention(layer)
    layer = with_normalisers(layer) if told else layer
    queries = list(range(layer.n_queries))
    rows, sums = layer.used(queries)
    np.testing.assert_allclose(rows, truth, **CLOSE)
    if layer.sums_to_one:
        np.testing.assert_allclose(sums, 1.0, atol=2e-6)
    if told:
        off = replace(layer, lse=layer.lse + 0.1)
        reads = truth.any(axis=-1)
        _, sums = off.used(queries)
        np.testing.assert_allclose(
            sums[reads], np.exp(-0.1) * truth.sum(-1)[reads], 1e-5
        )


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("size", [1e2, 1e4, 1e6, LOWEST])
def test_normalisers_too_large_for_float32_are_not_relied_on(size, told):
    """Logits of such a size, or a bias of the lowest number in all of a row."""
    torch.manual_seed(0)
    query, key = torch.randn(2, 9, 4), torch.randn(2, 7, 4)
    bias = torch.zeros(1, 9, 7)
    bias[0, ::2] = size
    layer = ProductLayer(query, key, 0.5, bias)
    layer = with_normalisers(layer) if told else layer
    # Of logits that float32 has rounded already the softmax is still exact.
    logits = (query @ key.transpose(1, 2) * 0.5 + bias).double().numpy()
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    truth = powers / powers.sum(axis=-1, keepdims=True)
    for key_index in range(7):
        column = layer.columns(0, 9, slice(key_index, key_index + 1))
        np.testing.assert_allclose(column[..., 0], truth[..., key_index], atol=2e-5)
    part = layer.columns(3, 8, slice(2, 5))
    np.testing.assert_allclose(part, truth[:, 3:8, 2:5], atol=2e-5)
    _, sums = layer.used(range(9))
    np.testing.assert_allclose(sums, 1.0, atol=1e-4)


@settings(deadline=None)
@given(layers())
def test_readable_counts_the_keys_that_can_get_anything(layer):
    # Logits are small here, so that only a hidden key gets exactly nothing.
    seen = (attention(layer) > 0).any(axis=0).sum(axis=-1)
    assert [layer.readable(i) for i in range(layer.n_queries)] == seen.tolist()


@settings(deadline=None)
@given(layers(), st.data())
def test_padding_that_is_trimmed_changes_no_other_row(layer, data):
    """Rows stay if the padding was hidden: here by a bias."""
    n = data.draw(st.integers(layer.first_query + 1, layer.n_keys))
    hidden = torch.zeros(1, layer.n_queries, layer.n_keys)
    hidden[..., n:] = -torch.inf
    layer = replace(layer, bias=hidden if layer.bias is None else layer.bias + hidden)
    trimmed = layer.trim(n)
    kept = min(layer.n_queries, n - layer.first_query)
    assert (trimmed.n_queries, trimmed.n_keys) == (kept, n)
    truth = attention(layer)[:, :kept, :n]
    np.testing.assert_allclose(trimmed.rows(0, kept), truth, **CLOSE)
    told = with_normalisers(layer).trim(n)
    np.testing.assert_allclose(told.columns(0, kept, slice(0, n)), truth, **CLOSE)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("key_heads", [1, 2, 6])
@pytest.mark.parametrize("n_queries", [1, 5, 9])
def test_rows_are_torch_s_own(causal, key_heads, n_queries):
    torch.manual_seed(n_queries)
    query, key = torch.randn(6, n_queries, 8), torch.randn(key_heads, 9, 8)
    value = torch.eye(9).expand(key_heads, 9, 9)
    truth = scaled_dot_product_attention(
        query[None], key[None], value[None], is_causal=causal, enable_gqa=True
    )
    layer = ProductLayer(query, key, 8**-0.5, causal=causal)
    torch.testing.assert_close(layer.rows(0, n_queries), truth[0])


def test_a_bias_of_queries_alone_changes_nothing():
    query, key = torch.randn(2, 5, 4), torch.randn(2, 7, 4)
    layer = ProductLayer(query, key, 0.5, bias=torch.randn(1, 5, 1))
    truth = ProductLayer(query, key, 0.5).rows(0, 5)
    torch.testing.assert_close(layer.rows(0, 5), truth)
    torch.testing.assert_close(layer.columns(0, 5, slice(4, 6)), truth[..., 4:6])


def test_a_bias_at_the_lowest_number_hides_as_infinity_does():
    bias = torch.zeros(1, 2, 3, dtype=torch.bfloat16)
    bias[0, 1, 1:] = torch.finfo(torch.bfloat16).min
    layer = ProductLayer(torch.randn(2, 2, 4), torch.randn(2, 3, 4), 0.5, bias)
    assert [layer.readable(0), layer.readable(1)] == [3, 1]


def test_keys_that_heads_share_are_kept_once():
    layer = ProductLayer(torch.zeros(8, 5, 4), torch.zeros(2, 5, 4), 0.5)
    assert layer.n_bytes == (8 + 2) * 5 * 4 * 4
    assert (layer.n_heads, layer.n_queries, layer.n_keys) == (8, 5, 5)


def test_matrices_need_not_be_square():
    matrices = torch.rand(2, 3, 5)
    layer = MatrixLayer(matrices)
    assert (layer.n_heads, layer.n_queries, layer.n_keys) == (2, 3, 5)
    assert torch.equal(layer.rows(1, 3), matrices[:, 1:3])
    assert torch.equal(layer.sample([2, 0]), matrices[:, [2, 0]])
    assert torch.equal(layer.columns(1, 3, slice(4, 5)), matrices[:, 1:3, 4:])
    matrices[1, 0] = 0.0
    rows, sums = layer.used([0, 2])
    assert torch.equal(rows, matrices[:, [0, 2]])
    assert float(sums[1, 0]) == 1.0, "a row of nothing is no row"
    torch.testing.assert_close(sums[0], matrices[0, [0, 2]].sum(-1))
    assert layer.readable(0) == 5
    assert layer.trim(4).n_keys == 4


@given(st.lists(st.integers(0, 30), min_size=1))
def test_an_index_is_a_slice_where_that_is_the_same(positions):
    values = torch.arange(31)
    index = chosen(positions)
    assert values[index].tolist() == positions
    follow = positions == list(range(positions[0], positions[0] + len(positions)))
    assert isinstance(index, slice) == follow


def test_each_head_is_multiplied_by_its_key_head_s_matrix():
    per_head, shared = torch.randn(6, 4, 5), torch.randn(2, 5, 3)
    truth = [per_head[h] @ shared[h // 3] for h in range(6)]
    torch.testing.assert_close(multiplied(per_head, shared), torch.stack(truth))


@settings(deadline=None)
@given(layers())
def test_the_witness_knows_the_rows_that_made_an_output(layer):
    value = torch.randn(len(layer.key), layer.n_keys, 3)
    group = layer.n_heads // len(layer.key)
    output = attention(layer) @ value.repeat_interleave(group, dim=0).double().numpy()
    output = torch.tensor(output).float()
    good, bad = Witness(), Witness()
    good.note(layer, value, output)
    assert good.product_error < 1e-4
    assert good.sum_error < 1e-5
    bad.note(layer, value, output + max(0.1 * output.abs().max(), 0.1))
    assert bad.product_error > 0.05
