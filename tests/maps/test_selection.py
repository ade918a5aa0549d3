"""From an answer to one map: which layers, which heads, fused how."""

from __future__ import annotations

import numpy as np
import pytest

from tests.facts import N_LAYERS, TOKENS, explanation, rolled
from vitviewer.maps.resolve import resolve
from vitviewer.maps.selection import fuse_heads, request_of
from vitviewer.maps.state import ViewState
from vitviewer.queries import CLASS_QUERY, Direction, Fusion, Query, Request

MADE_UP = explanation()
VALUES = MADE_UP.rows.values
ROLLED = rolled(VALUES.mean(axis=1)[::-1].copy())
FUSE = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}


def select(answer=MADE_UP.rows, **choices):
    return resolve(MADE_UP, answer, ViewState(**choices)).patch_map


def grid(values):
    return values[2:].reshape(2, 3)


@pytest.mark.parametrize("fusion", FUSE)
def test_heads_of_one_layer(fusion):
    patch_map = select(layer=1, fusion=fusion)
    expected = FUSE[fusion](VALUES[1].astype(np.float64), axis=0)
    np.testing.assert_allclose(patch_map.values, grid(expected), rtol=1e-6)
    np.testing.assert_allclose(patch_map.special, expected[:2], rtol=1e-6)
    assert patch_map.values.dtype == np.float32


def test_one_head_is_taken_as_it_is():
    patch_map = select(layer=2, head=3, fusion=Fusion.HEAD)
    np.testing.assert_array_equal(patch_map.values, grid(VALUES[2, 3]))
    assert fuse_heads(VALUES, Fusion.HEAD, 1).shape == (N_LAYERS, TOKENS.n_tokens)


@pytest.mark.parametrize(("layer", "first"), [(2, 1), (1, 2)])
def test_a_range_of_layers_is_their_mean_whichever_end_comes_first(layer, first):
    patch_map = select(layer=layer, first_layer=first, fusion=Fusion.MAX)
    expected = VALUES[1:3].max(axis=1).mean(axis=0)
    np.testing.assert_allclose(patch_map.values, grid(expected), rtol=1e-6)


def test_rollout_shows_the_layer_it_was_rolled_out_to():
    patch_map = select(ROLLED, method="rollout", layer=1)
    np.testing.assert_array_equal(patch_map.values, grid(ROLLED.values[1, 0]))
    ranged = select(ROLLED, method="rollout", layer=1, first_layer=0)
    np.testing.assert_array_equal(ranged.values, patch_map.values)


def test_the_readout_counts_every_token():
    patch_map = select(layer=0)
    everything = np.r_[patch_map.values.ravel(), patch_map.special]
    assert patch_map.n_keys == everything.size == 8
    ranks = {patch_map.rank(row, col) for row in range(2) for col in range(3)}
    assert ranks == {1, 2, 3, 4, 5, 6}
    row, col = np.unravel_index(patch_map.values.argmax(), (2, 3))
    assert patch_map.rank(row, col) == 1
    share = patch_map.share(row, col)
    assert patch_map.times_uniform(row, col) == pytest.approx(share / (1 / 8))
    assert everything.sum() == pytest.approx(1)


def test_requests_hold_what_changes_the_answer_and_nothing_else():
    assert request_of(ViewState()) == Request()
    scrubbed = ViewState(
        layer=2, head=1, fusion=Fusion.HEAD, opacity=0.1, first_layer=0
    )
    assert request_of(scrubbed) == Request()
    patch = ViewState(query=Query.patch(1, 2), direction=Direction.TO)
    assert request_of(patch) == Request("attention", Query.patch(1, 2), Direction.TO)
    for fusion in (Fusion.HEAD, Fusion.MEAN):
        rollout = ViewState(method="rollout", fusion=fusion)
        assert request_of(rollout) == Request("rollout", CLASS_QUERY)
    most = ViewState(method="rollout", fusion=Fusion.MAX, settings={"attention": {}})
    assert request_of(most).settings == (("fusion", "max"),)


def test_probabilities_are_softmax_or_one_sigmoid_each():
    from tests.facts import facts

    logits = np.array([2.0, -1.0], np.float32)
    single = explanation(logits=logits).probabilities
    np.testing.assert_allclose(single, np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)
    several = explanation(logits=logits, model=facts(multi_label=True)).probabilities
    np.testing.assert_allclose(several, 1 / (1 + np.exp(-logits)), rtol=1e-6)
    assert explanation(logits=None).probabilities is None
    extreme = explanation(logits=np.array([1e30, -1e30], np.float32)).probabilities
    np.testing.assert_array_equal(extreme, [1, 0])
