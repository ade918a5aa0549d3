"""The user's choices: saved, restored, evented, fitted to a model."""

from __future__ import annotations

import json

import pytest

from tests.facts import facts
from vitviewer.maps.state import (
    Alpha,
    Interpolation,
    Photograph,
    Scale,
    ViewState,
)
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Target

CHOSEN = {
    "method": "rollout",
    "layer": 5,
    "head": 3,
    "fusion": Fusion.MEDIAN,
    "query": Query.patch(2, 9),
    "direction": Direction.TO,
    "overlay_visible": False,
    "opacity": 0.25,
    "colormap": "bids:viridis",
    "interpolation": Interpolation.SMOOTH,
    "scale": Scale.ABSOLUTE,
    "absolute_max": 0.5,
    "alpha": Alpha.LINEAR,
    "photograph": Photograph.AS_IS,
    "signed_colormap": "crameri:vik",
    "show_input": True,
}


def test_choices_survive_json():
    state, other = ViewState(**CHOSEN), ViewState()
    other.restore(json.loads(json.dumps(state.to_dict())))
    assert other == state
    assert type(other.fusion) is Fusion
    assert type(other.query) is Query


@pytest.mark.parametrize(
    "junk",
    [
        {"method": "telepathy"},
        {"method": None},
        {"method": ["attention"]},
        {"fusion": 3},
        {"layer": -1},
        {"layer": 2.0},
        {"layer": True},
        {"layer": "2"},
        {"head": None},
        {"opacity": 1.5},
        {"opacity": float("nan")},
        {"opacity": "0.5"},
        {"opacity": True},
        {"colormap": 7},
        {"fade": "yes"},
        {"fixed": [0.2, 0.1]},
        {"fixed": [0.0, float("inf")]},
        {"fixed": [0, 10**400]},
        {"fixed": [0.1]},
        {"fixed": "01"},
        {"alpha": "steep"},
        {"alpha": True},
        {"photograph": None},
        {"signed_colormap": 7},
        {"settings": {"rollout": {"fusion": "sideways"}, "none": {"x": 1}}},
        {"target": {"index": -1}},
        {"target": 3},
        {"query": "class"},
        {"query": {"kind": "word"}},
        {"query": {"kind": "patch", "row": -1, "col": 0}},
        {"query": {"kind": "patch", "row": "1", "col": 0}},
        {"query": {"kind": "patch", "row": True, "col": 0}},
        {"events": 1},
        {"__class__": 1},
        {"to_dict": 1},
        {"unknown": 1},
    ],
)
def test_junk_is_left_out_and_the_rest_taken(junk):
    state = ViewState()
    state.restore({**junk, "head": junk.get("head", 4)})
    assert state == ViewState(head=0 if "head" in junk else 4)


def test_a_change_is_told_once():
    state, heard = ViewState(), []
    state.events.layer.connect(heard.append)
    state.layer = 3
    state.layer = 3
    state.head = 2
    assert heard == [3]


def test_a_new_model_brings_the_choices_within_it():
    state = ViewState(**{**CHOSEN, "head": 11, "layer": 40, "first_layer": 2})
    state.fit_to(facts(n_layers=4, n_heads=3))
    assert (state.layer, state.first_layer, state.head) == (3, None, 2)
    assert state.query == Query(QueryKind.CLASS)
    state.fit_to(facts(readout=Query(QueryKind.MEAN)))
    assert state.query == Query(QueryKind.MEAN)
    assert state.opacity == CHOSEN["opacity"]


OLD = {"opacity": 0.6, "colormap": "bids:inferno", "interpolation": "nearest"}


@pytest.mark.parametrize(
    ("fade", "alpha"), [(True, Alpha.LINEAR), (False, Alpha.UNIFORM)]
)
def test_what_version_0_1_0_saved_looks_as_it_did(fade, alpha):
    state = ViewState()
    state.restore({**OLD, "fade": fade})
    assert state.alpha is alpha
    assert state.photograph is Photograph.AS_IS
    assert (state.opacity, state.colormap) == (0.6, "bids:inferno")
    assert state.interpolation is Interpolation.NEAREST


def test_what_is_saved_now_is_not_taken_for_older():
    saved = {"alpha": "rising", "photograph": "muted", "fade": True}
    state = ViewState(alpha=Alpha.UNIFORM, photograph=Photograph.AS_IS)
    state.restore(saved)
    assert (state.alpha, state.photograph) == (Alpha.RISING, Photograph.MUTED)


@pytest.mark.parametrize("fade", ["yes", None, 1, {}])
def test_an_older_switch_that_makes_no_sense_is_left_out(fade):
    state = ViewState()
    state.restore({"fade": fade})
    assert state == ViewState()


@pytest.mark.parametrize("target", [Target(2), Target(0, 2), Target(7, 1)])
def test_another_model_s_classes_are_others(target):
    state = ViewState(target=target, method="budget")
    state.fit_target(facts(labels=("cat", "dog", "cow")))
    assert state.target == (target if target != Target(7, 1) else None)
    state.fit_target(facts(labels=("cat", "dog")))
    assert state.target is None
    state.target = Target(0)
    state.fit_to(facts())
    assert state.target is None


def test_a_method_that_a_model_cannot_be_asked_gives_way():
    state = ViewState(method="budget")
    assert state.fit_method(facts()) == ""
    assert state.method == "budget"
    assert "no classes" in state.fit_method(facts(labels=None))
    assert state.method == "attention"
