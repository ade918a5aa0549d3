"""A script names classes as the command line does, and pairs of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import vitviewer as vv
from tests.methods.planting import evidence, shares, weight_of
from tests.model_factory import make_model
from vitviewer.queries import Target
from vitviewer.system.resources import root

SAMPLE = root() / "samples" / "shapes" / "ring.png"
LABELS = ("tabby, tabby cat", "T-shirt", "dog, domestic dog", "1", "crane", "crane")
EXACT = shares(3, 4, 17)


@pytest.fixture(autouse=True, scope="module")
def planted(tmp_path_factory):
    with evidence(tmp_path_factory.mktemp("method")):
        yield


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> vv.Record:
    names = dict(enumerate(LABELS))
    folder: Path = make_model(tmp_path_factory.mktemp("vit"), "vit", id2label=names)
    return vv.load_model(folder, "cpu").record(SAMPLE)


@pytest.mark.parametrize(
    ("given", "target"),
    [
        (2, Target(2)),
        (np.int64(1), Target(1)),  # a number, though there is a label "1"
        ("t-shirt", Target(1)),
        ("dog-T-shirt", Target(2, 1)),
        (("tabby", 5), Target(0, 5)),
        (("crane", 5), None),
        ("1", None),
        (Target(4, 5), Target(4, 5)),
    ],
)
def test_a_class_goes_by_any_of_its_names(record, given, target):
    if target is None:
        with pytest.raises(ValueError, match="may be several classes"):
            record.map(method="evidence", target=given)
        return
    shown = record.map(0, 1, "evidence", target=given)
    expected = weight_of(target) * EXACT[0, 1, 1:].reshape(4, 4)
    np.testing.assert_array_equal(shown.values, expected)
    assert shown.answer.request.target == target
    summed = record.map((0, 2), method="evidence", target=given)
    np.testing.assert_allclose(
        summed.values.ravel(), weight_of(target) * EXACT[..., 1:].sum((0, 1)), rtol=1e-5
    )


def test_left_out_it_is_the_predicted_class(record):
    best = record.predictions(1)[0].index
    shown = record.map(method="evidence")
    assert shown.answer.explained == Target(best)
    weight = best + 1.0
    assert shown.answer.target_value == pytest.approx(weight * (EXACT.sum() - 1.25))


def test_a_wall_is_saved_with_its_target(record, tmp_path):
    wall = record.wall("evidence", target=("dog", "T-shirt"))
    wall.save(tmp_path / "wall.npz")
    with np.load(tmp_path / "wall.npz", allow_pickle=False) as file:
        maps, value = file["maps"], float(file["target_value"])
        target, parts = (json.loads(str(file[name])) for name in ("target", "parts"))
    assert target == {
        "index": 2,
        "label": "dog, domestic dog",
        "minus": 1,
        "minus_label": "T-shirt",
    }
    assert maps.sum(dtype=np.float64) + sum(parts.values()) == pytest.approx(value)
    assert value == pytest.approx(EXACT.sum() - 1.25)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": 6}, "‘6’ is no class of the model, which has 6, counted from 0"),
        ({"target": -1}, "‘-1’ is no class"),
        ({"target": "dgo"}, "near it is ‘dog, domestic dog’"),
        ({"target": ("dog", 2)}, "minus itself"),
        ({"target": 0.5}, "a label or a whole number"),
        ({"target": 0, "query": "cls"}, "evidence is asked about no token"),
        ({"query": (1, 1)}, "evidence is asked about no token"),
        ({"head": "max"}, "The heads of evidence add up"),
        ({"target": 0, "method": "rollout"}, "rollout explains no class"),
    ],
)
def test_what_cannot_be_explained_is_said(record, asked, words):
    with pytest.raises(ValueError, match=words):
        record.map(**{"method": "evidence", **asked})
