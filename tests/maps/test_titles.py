"""Titles say what was computed, and no more than that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.facts import explanation, facts, rolled
from vitviewer.answers import Answer, Layers
from vitviewer.maps.resolve import resolve
from vitviewer.maps.state import ViewState
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Request

MADE_UP = explanation()
VALUES = MADE_UP.rows.values
ROLLED = rolled(VALUES.mean(axis=1))


def title(answer=MADE_UP.rows, **choices):
    return resolve(MADE_UP, answer, ViewState(**choices)).title


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
    ],
)
def test_which_layers_and_heads(choices, words):
    assert title(**choices) == words


@pytest.mark.parametrize("fusion", [Fusion.MEAN, Fusion.HEAD])
def test_rollout_says_up_to_where(fusion):
    words = title(ROLLED, layer=1, method="rollout", fusion=fusion)
    assert words == "class-token rollout, layers 1–2, mean of 4 heads"


@pytest.mark.parametrize(
    ("query", "direction", "words"),
    [
        (Query.patch(1, 2), Direction.FROM, "attention from patch (1, 2)"),
        (Query.patch(1, 2), Direction.TO, "attention to patch (1, 2)"),
        (Query(), Direction.TO, "attention to the class token"),
        (Query(QueryKind.TOKEN, 4), Direction.FROM, "attention from token 4"),
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
def test_whose_attention_was_computed_not_what_is_wished(query, direction, words):
    answer = Answer(Request("attention", query, direction), VALUES, 8)
    assert title(answer).startswith(words + ", layer 1")


def test_no_title_names_a_class():
    told = replace(MADE_UP, model=facts(labels=("attention", "layer")))
    words = resolve(told, told.rows, ViewState()).title
    assert words == "class-token attention, layer 1, mean of 4 heads"


def test_a_pooling_head_has_no_layer():
    request = Request("attention", Query(QueryKind.POOL))
    answer = Answer(request, VALUES[:1], 8, layers=Layers.NONE)
    assert title(answer, layer=2) == "pooling-head attention, mean of 4 heads"


def test_evidence_is_summed_in_words_too():
    answer = Answer(Request(), VALUES, 8, adds=True)
    words = title(answer, layer=2, first_layer=0)
    assert words == "class-token attention, sum of layers 1–3, sum of 4 heads"
