"""What is shown is one value: the map, its range, and the words beside it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from tests.facts import TOKENS, explanation, rolled
from vitviewer.answers import Answer
from vitviewer.maps.resolve import resolve
from vitviewer.maps.state import (
    Alpha,
    Interpolation,
    Photograph,
    Scale,
    ViewState,
)
from vitviewer.queries import Query, QueryKind, Request
from vitviewer.tokens import Pane, TokenGroup, TokenLayout

MADE_UP = explanation()
VALUES = MADE_UP.rows.values
ROLLED = rolled(VALUES.mean(axis=1)[::-1].copy())


def shown(answer=MADE_UP.rows, **choices):
    return resolve(MADE_UP, answer, ViewState(**choices))


def test_ranges():
    limits = {
        Scale.MAP: None,
        Scale.LAYER: (0.0, VALUES[1, :, 2:].max()),
        Scale.MODEL: (0.0, VALUES[..., 2:].max()),
        Scale.ABSOLUTE: (0.0, 0.07),
    }
    for scale, limit in limits.items():
        resolved = shown(layer=1, scale=scale, absolute_max=0.07)
        values = resolved.patch_map.values
        expected = limit or (float(values.min()), float(values.max()))
        assert (resolved.lo, resolved.hi) == expected


def test_rollout_is_scaled_by_rollouts():
    for scale, expected in (
        (Scale.LAYER, ROLLED.values[1, 0, 2:].max()),
        (Scale.MODEL, ROLLED.values[..., 2:].max()),
    ):
        resolved = shown(ROLLED, method="rollout", layer=1, scale=scale)
        assert (resolved.lo, resolved.hi) == (0.0, pytest.approx(expected))


@pytest.mark.parametrize(
    ("layer", "first", "words"),
    [
        (2, 1, "layers 2–3"),
        (0, 2, "layers 1–3"),
        (2, None, "layer 3"),
        (1, 1, "layer 2"),
    ],
)
def test_the_bar_names_the_layers_that_its_range_is_taken_from(layer, first, words):
    resolved = shown(layer=layer, first_layer=first, scale=Scale.LAYER)
    low, high = sorted((layer, layer if first is None else first))
    expected = VALUES[low : high + 1, :, 2:].max()
    assert (resolved.lo, resolved.hi) == (0.0, pytest.approx(expected))
    assert resolved.scale == words


def test_the_bar_names_other_scales():
    names = {s: shown(scale=s).scale for s in Scale if s is not Scale.LAYER}
    assert names == {
        Scale.MAP: "this map",
        Scale.MODEL: "whole model",
        Scale.ABSOLUTE: "absolute",
        Scale.FIXED: "fixed",
    }


def test_a_fixed_range_is_the_one_that_was_set():
    assert (shown(scale=Scale.FIXED, fixed=(0.01, 0.2)).lo) == 0.01
    signed = shown(replace(MADE_UP.rows, signed=True), scale=Scale.FIXED, fixed=(-3, 2))
    assert (signed.lo, signed.hi) == (-3, 3)
    rollout = shown(ROLLED, method="rollout", layer=1, scale=Scale.LAYER)
    assert rollout.scale == "layer 2"


@pytest.mark.parametrize("scale", Scale)
def test_signed_values_have_zero_in_the_middle(scale):
    signed = (VALUES - VALUES.mean()).astype(np.float32)
    answer = Answer(Request(), signed, 8, signed=True)
    resolved = shown(answer, layer=1, scale=scale)
    assert resolved.lo == -resolved.hi < 0
    if scale is Scale.MODEL:
        assert resolved.hi == pytest.approx(np.abs(signed[..., 2:]).max())


def test_what_adds_up_is_summed():
    answer = Answer(Request(), VALUES, 8, adds=True)
    resolved = shown(answer, layer=2, first_layer=1)
    expected = TOKENS.grid(VALUES[1:3].sum(axis=(0, 1)))
    np.testing.assert_allclose(resolved.patch_map.values, expected, rtol=1e-6)


def test_it_is_frozen_and_holds_what_was_chosen():
    chosen = {
        "opacity": 0.3,
        "interpolation": Interpolation.NEAREST,
        "alpha": Alpha.LINEAR,
        "photograph": Photograph.AS_IS,
    }
    resolved = shown(**chosen)
    style = resolved.style
    assert {name: getattr(style, name) for name in chosen} == chosen
    assert resolved.choices["opacity"] == 0.3
    with pytest.raises(FrozenInstanceError):
        resolved.scale = "x"


def test_every_pane_has_a_map_and_all_share_one_range():
    tokens = TokenLayout(
        (TokenGroup("class", ("class",), (0,)),),
        (
            Pane("picture", np.array([[1, 2], [3, 4]])),
            Pane("tile", np.array([[7, 6, 5]])),
        ),
    )
    told = replace(MADE_UP, tokens=tokens)
    resolved = resolve(told, told.rows, ViewState(layer=1))
    fused = VALUES[1].mean(axis=0)
    whole, tile = resolved.maps
    np.testing.assert_allclose(whole.values, [fused[1:3], fused[3:5]], rtol=1e-6)
    np.testing.assert_allclose(tile.values, [fused[[7, 6, 5]]], rtol=1e-6)
    assert (whole.pane, tile.pane) == ("picture", "tile")
    assert (resolved.lo, resolved.hi) == (
        pytest.approx(fused[1:].min()),
        pytest.approx(fused[1:].max()),
    )


def test_the_marked_patch_is_the_answer_s():
    patch = Answer(Request(query=Query.patch(1, 2)), VALUES, 8)
    assert shown(patch).query_patch == (1, 2)
    assert shown(patch, query=Query(QueryKind.MEAN)).query_patch == (1, 2)
    assert shown().query_patch is None


SIGNED = Answer(Request(), VALUES - VALUES.mean(), 8, signed=True)


@pytest.mark.parametrize(
    ("chosen", "signed", "painted"),
    [
        ({}, False, "ember"),
        ({}, True, "ember-and-ice"),
        ({"colormap": "bids:viridis"}, True, "ember-and-ice"),
        ({"signed_colormap": "crameri:vik"}, True, "crameri:vik"),
        ({"signed_colormap": "crameri:vik"}, False, "ember"),
        ({"colormap": "crameri:broc"}, True, "crameri:broc"),
        ({"colormap": "crameri:broc"}, False, "crameri:broc"),
    ],
)
def test_signed_values_never_get_colors_that_do_not_diverge(chosen, signed, painted):
    style = shown(SIGNED if signed else MADE_UP.rows, **chosen).style
    assert (style.colormap, style.signed) == (painted, signed)
    assert style.lo == -style.hi if signed else style.lo >= 0


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, "opacity rising to 85%, picture muted"),
        ({"alpha": Alpha.UNIFORM}, "opacity 85%, picture muted"),
        ({"photograph": Photograph.AS_IS}, "opacity rising to 85%"),
        (
            {"interpolation": Interpolation.CONTOURS},
            "lines around 25% and 50% of the sum, picture muted",
        ),
    ],
)
def test_captions_say_how_it_is_painted(chosen, words):
    assert shown(**chosen).style.in_words == words
