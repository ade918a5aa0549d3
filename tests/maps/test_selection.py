"""From rows to the one map on the screen, its title and its range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.facts import N_LAYERS, TOKENS, explanation, facts
from vitviewer.answers import Rollout, Rows
from vitviewer.maps.selection import display_range, fuse_heads, select_map
from vitviewer.maps.state import Scale, ViewState
from vitviewer.queries import Direction, Fusion, Method, Query, QueryKind

MADE_UP = explanation()
VALUES = MADE_UP.rows.values
ROLLED = Rollout(Query(), Direction.FROM, Fusion.MEAN, VALUES.mean(axis=1)[::-1].copy())
ROLLOUT = Method.ROLLOUT
FUSE = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}


def select(rows=MADE_UP.rows, rollout=None, **choices):
    return select_map(MADE_UP, rows, rollout, ViewState(**choices))


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
    patch_map = select(rollout=ROLLED, method=ROLLOUT, layer=1)
    np.testing.assert_array_equal(patch_map.values, grid(ROLLED.values[1]))
    with pytest.raises(ValueError, match="not been computed"):
        select(method=ROLLOUT)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"layer": 2}, "class-token attention, layer 3, mean of 4 heads"),
        (
            {"layer": 0, "fusion": Fusion.HEAD, "head": 3},
            "class-token attention, layer 1, head 4 of 4",
        ),
        (
            {"layer": 0, "first_layer": 2, "fusion": Fusion.MAX},
            "class-token attention, mean of layers 1–3, max of 4 heads",
        ),
        (
            {"layer": 1, "first_layer": 1},
            "class-token attention, layer 2, mean of 4 heads",
        ),
        (
            {"layer": 1, "method": ROLLOUT},
            "class-token rollout, layers 1–2, mean of 4 heads",
        ),
        (
            {"layer": 1, "method": ROLLOUT, "fusion": Fusion.HEAD},
            "class-token rollout, layers 1–2, mean of 4 heads",
        ),
    ],
)
def test_titles_say_which_layers_and_heads(choices, words):
    assert select(rollout=ROLLED, **choices).title == words


@pytest.mark.parametrize(
    ("query", "direction", "words"),
    [
        (Query.patch(1, 2), Direction.FROM, "attention from patch (1, 2)"),
        (Query.patch(1, 2), Direction.TO, "attention to patch (1, 2)"),
        (Query(), Direction.TO, "attention to the class token"),
        (
            Query(QueryKind.MEAN),
            Direction.FROM,
            "attention averaged over all patch queries",
        ),
        (
            Query(QueryKind.MEAN),
            Direction.TO,
            "attention to the patches on average",
        ),
    ],
)
def test_titles_say_whose_attention_was_computed_not_what_is_wished(
    query, direction, words
):
    rows = Rows(query, direction, VALUES)
    assert select(rows).title.startswith(words + ", layer 1")


def test_no_title_names_a_class():
    told = replace(MADE_UP, model=facts(labels=("attention", "layer")))
    title = select_map(told, told.rows, None, ViewState()).title
    assert title == "class-token attention, layer 1, mean of 4 heads"


def test_ranges():
    limits = {
        Scale.MAP: None,
        Scale.LAYER: (0.0, VALUES[1, :, 2:].max()),
        Scale.MODEL: (0.0, VALUES[..., 2:].max()),
        Scale.ABSOLUTE: (0.0, 0.07),
    }
    for scale, limit in limits.items():
        state = ViewState(layer=1, scale=scale, absolute_max=0.07)
        patch_map = select_map(MADE_UP, MADE_UP.rows, None, state)
        shown = display_range(patch_map, TOKENS, MADE_UP.rows, state)
        values = patch_map.values
        assert shown == (limit or (float(values.min()), float(values.max())))


def test_the_readout_counts_every_token():
    patch_map = select(layer=0)
    everything = np.r_[patch_map.values.ravel(), patch_map.special]
    assert patch_map.n_tokens == everything.size == 8
    ranks = {patch_map.rank(row, col) for row in range(2) for col in range(3)}
    assert ranks == {1, 2, 3, 4, 5, 6}
    row, col = np.unravel_index(patch_map.values.argmax(), (2, 3))
    assert patch_map.rank(row, col) == 1
    share = patch_map.share(row, col)
    assert patch_map.times_uniform(row, col) == pytest.approx(share / (1 / 8))
    assert everything.sum() == pytest.approx(1)


def test_probabilities_are_softmax_or_one_sigmoid_each():
    logits = np.array([2.0, -1.0], np.float32)
    single = explanation(logits=logits).probabilities
    np.testing.assert_allclose(single, np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)
    several = explanation(logits=logits, model=facts(multi_label=True)).probabilities
    np.testing.assert_allclose(several, 1 / (1 + np.exp(-logits)), rtol=1e-6)
    assert explanation(logits=None).probabilities is None
    extreme = explanation(logits=np.array([1e30, -1e30], np.float32)).probabilities
    np.testing.assert_array_equal(extreme, [1, 0])


def test_rollout_is_scaled_by_rollouts():
    patch_map = select(rollout=ROLLED, method=ROLLOUT, layer=1)
    for scale, expected in (
        (Scale.LAYER, ROLLED.values[1, 2:].max()),
        (Scale.MODEL, ROLLED.values[:, 2:].max()),
    ):
        state = ViewState(method=ROLLOUT, layer=1, scale=scale)
        shown = display_range(patch_map, TOKENS, MADE_UP.rows, state, ROLLED)
        assert shown == (0.0, pytest.approx(expected))


def test_a_range_of_layers_is_scaled_by_all_its_layers():
    state = ViewState(layer=2, first_layer=1, scale=Scale.LAYER)
    shown = display_range(select(layer=2), TOKENS, MADE_UP.rows, state)
    assert shown == (0.0, pytest.approx(VALUES[1:3, :, 2:].max()))
