"""A recording of any layers: packed, asked in blocks, answered under any job."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from vitviewer.capture import layers as layers_module
from vitviewer.capture.function_modes import SdpaMode, sdpa_layer
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.capture.recording import Recording
from vitviewer.capture.verification import Witness
from vitviewer.errors import Cancelled
from vitviewer.jobs import Job


def layer(heads=4, key_heads=2, n_queries=5, n_keys=7, dtype=torch.float32):
    query = torch.randn(heads, n_queries, 8).to(dtype)
    return ProductLayer(query, torch.randn(key_heads, n_keys, 8).to(dtype), 0.4)


def whole(recording):
    return torch.stack([x.rows(0, x.n_queries) for x in recording.layers])


def test_queries_and_keys_of_any_shape_go_into_one_block_each():
    given = [layer(), layer(), layer()]
    recording = Recording(expected=3)
    for one in given:
        recording.add(one)
    for tensor in ("query", "key"):
        packed = [getattr(one, tensor) for one in recording.layers]
        assert len({t.untyped_storage().data_ptr() for t in packed}) == 1
        for ours, theirs in zip(packed, given, strict=True):
            assert torch.equal(ours, getattr(theirs, tensor))
    assert recording.n_bytes == 3 * (4 * 5 + 2 * 7) * 8 * 4
    assert (recording.n_queries, recording.n_tokens) == (5, 7)


@pytest.mark.parametrize(
    "other", [{"n_keys": 9}, {"n_queries": 3}, {"key_heads": 4}, {"dtype": torch.half}]
)
def test_a_layer_that_is_unlike_the_first_is_kept_as_it_is(other):
    recording, odd = Recording(expected=3), layer(**other)
    for one in (layer(), odd, layer(), layer()):
        recording.add(one)
    assert recording.layers[1] is odd
    first, third = recording.layers[0], recording.layers[2]
    assert first.key.untyped_storage().data_ptr() == (
        third.key.untyped_storage().data_ptr()
    )
    assert len(recording.layers) == 4, "more than expected are kept all the same"


@pytest.mark.parametrize("block_elements", [1, 60, 1 << 22])
def test_answers_need_not_be_square(monkeypatch, block_elements):
    monkeypatch.setattr(layers_module, "BLOCK_ELEMENTS", block_elements)
    recording = Recording([layer(), layer()])
    truth = whole(recording)
    close = torch.testing.assert_close
    close(recording.rows(4), truth[:, :, 4])
    close(recording.columns(6), truth[..., 6])
    close(recording.mean_rows([4, 1]), truth[:, :, [4, 1]].mean(dim=2))
    close(recording.mean_columns([6, 0, 3]), truth[..., [6, 0, 3]].mean(dim=3))
    blocks = [block for _, block in recording.blocks(recording.layers[0])]
    close(torch.cat(blocks, dim=1), truth[0])


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(
    "odd",
    [
        None,
        {"scale": 0.5},
        {"softcap": 3.0},
        {"causal": True},
        {"sink": torch.ones(4)},
        {"bias": torch.randn(1, 5, 7)},
        {"query": torch.randn(4, 5, 8)},
    ],
    ids=lambda odd: next(iter(odd or {"alike": 0})),
)
def test_layers_that_are_alike_answer_as_one(odd, told):
    """Heads are heads, in whatever layer; one odd layer, and each answers by itself."""
    recording = Recording(expected=3)
    for number in range(3):
        made = replace(layer(), **(odd or {})) if number == 1 else layer()
        made = replace(made, lse=made.normalisers) if told else made
        recording.add(made)
    if odd and "query" in odd:  # it lies elsewhere
        recording.layers[1] = replace(recording.layers[1], query=odd["query"].clone())
        recording.layers[1] = replace(recording.layers[1], lse=None)
    assert len(recording._merged()) == (odd is None)
    truth = whole(recording)
    for query in range(5):
        torch.testing.assert_close(recording.rows(query), truth[:, :, query])
    for key in range(7):
        torch.testing.assert_close(recording.columns(key), truth[..., key])
    recording.trim(4)
    assert recording._merged() == []
    assert recording.columns(2).shape == (3, 4, 4)


def test_layers_of_unlike_heads_do_not_mix():
    recording = Recording([layer(heads=4), layer(heads=2)])
    for question in (lambda: recording.rows(0), lambda: recording.columns(0)):
        with pytest.raises(RuntimeError, match="equal size"):
            question()


def test_one_layer_s_coarse_rows_are_that_layer_s_work():
    """Its own rows are made by softmax; the others' columns stay what they were."""
    recording = Recording(expected=3)
    for number in range(3):
        made = layer(heads=2, key_heads=2)
        made = replace(made, query=made.query * (5e3 if number == 1 else 1))
        recording.add(replace(made, lse=made.normalisers))
    assert [one.has_coarse_rows for one in recording.layers] == [False, True, False]
    truth = whole(recording)
    for key in range(7):
        torch.testing.assert_close(recording.columns(key), truth[..., key])


def test_a_row_that_may_read_nothing_counts_as_no_row():
    one = layer(n_keys=5, key_heads=4)
    bias = torch.zeros(4, 5, 5)
    bias[:, 1] = bias[2, 3] = -torch.inf
    recording = Recording([replace(one, bias=bias)])
    rows = whole(recording)[0]
    assert (rows[:, 1] == 0).all()
    mean = recording.mean_rows([0, 1, 3])[0]
    torch.testing.assert_close(mean[0], (rows[0, 0] + rows[0, 3]) / 2)
    torch.testing.assert_close(mean[2], rows[2, 0])
    assert (recording.mean_rows([1]) == 0).all()
    assert (recording.columns(2)[0, :, 1] == 0).all()


def test_a_recording_answers_each_request_under_its_own_job():
    recording, job = Recording([layer()]), Job()
    asked = recording.within(job)
    job.cancel()
    with pytest.raises(Cancelled):
        asked.rows(0)
    assert torch.equal(asked.layers[0].query, recording.layers[0].query)
    assert torch.equal(recording.within(Job()).rows(0), recording.rows(0))


@pytest.mark.parametrize("causal", [False, True])
def test_calls_of_torch_s_function_are_recorded_causal_or_not(causal):
    recording, witness = Recording(), Witness()
    states = torch.randn(3, 1, 4, 6, 8)
    with SdpaMode(recording, witness):
        scaled_dot_product_attention(*states, is_causal=causal)
        scaled_dot_product_attention(states[0, :, :, :2], *states[1:])
    assert [one.causal for one in recording.layers] == [causal], "the square one alone"
    assert witness.product_error < 1e-5


@pytest.mark.parametrize("shape", [(5, 7), (1, 5, 7), (1, 4, 5, 7), (1, 1, 1, 7)])
def test_masks_of_any_shape_are_part_of_the_rows(shape):
    mask, made = torch.randn(shape), layer()
    query, key = made.query[None], made.key[None]
    value = torch.eye(7).expand(1, 2, 7, 7)
    truth = scaled_dot_product_attention(query, key, value, mask, enable_gqa=True)
    ours = sdpa_layer(query, key, value, mask, enable_gqa=True)
    torch.testing.assert_close(ours.rows(0, 5), truth[0])
    assert sdpa_layer(query, key, value, dropout_p=0.1) is None
