"""The real classifier knows the generator's shapes, and its logits are what it says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from tests.conftest import photograph
from tests.real.classifier import (
    STORED,
    features,
    fit,
    labels_of,
    left_out,
    refit,
    ridge,
    store,
)
from tests.real.conftest import Pass
from tests.real.model import WIDTH
from tests.real.reference import Reference
from tests.real.scenes import SIDE, held_out_scene, seen, two_object_scene
from tests.real.test_attention import LARGEST
from vitviewer.api.model import Model
from vitviewer.cli.main import main
from vitviewer.models.bundled.scenes import LARGEST_SHARE
from vitviewer.models.bundled.shapes import SHAPES
from vitviewer.queries import Resolution
from vitviewer.trust import Verdict


@pytest.fixture(scope="module")
def reference(real_folder) -> Reference:
    return Reference(real_folder)


@pytest.fixture(scope="module")
def stored() -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias in float64."""
    parts = load_file(STORED)
    return parts["weight"].astype(np.float64), parts["bias"].astype(np.float64)


def test_transformers_finds_every_weight_and_no_other(real_classifier_folder, stored):
    from transformers import AutoModelForImageClassification

    model, said = AutoModelForImageClassification.from_pretrained(
        real_classifier_folder, output_loading_info=True
    )
    assert type(model).__name__ == "Dinov2ForImageClassification"
    assert not any(said.values()), said
    assert stored[0].shape == (len(SHAPES), 2 * WIDTH)
    np.testing.assert_array_equal(model.classifier.weight.detach(), stored[0])
    np.testing.assert_array_equal(model.classifier.bias.detach(), stored[1])


def test_it_opens_with_its_labels(real_classifier):
    assert real_classifier.facts.labels == SHAPES
    scene = held_out_scene(0)
    record = Model(real_classifier).record(scene.picture)
    doubts = {c.name for c in record.checks if c.verdict is not Verdict.GREEN}
    assert doubts <= {"Preparation"}  # as with all DINOv2: see test_attention
    first, *others = record.predictions()
    assert first.label == SHAPES[scene.label]
    assert first.probability > 0.5 > sum(p.probability for p in others)


@pytest.mark.parametrize(
    ("name", "resolution"),
    [
        ("scene", Resolution.TRAINED),
        ("chelsea", Resolution.TRAINED),
        ("rocket", Resolution.PICTURE),
        pytest.param("coffee", Resolution.DOUBLE, marks=pytest.mark.long),
    ],
)
def test_logits_are_the_features_times_the_weights(
    real_classifier, reference, stored, name, resolution
):
    pixels = held_out_scene(1).picture if name == "scene" else photograph(name)
    run = real_classifier.run(pixels, resolution=resolution)
    values = Pass(pixels, run, reference, resolution).values
    weight, bias = stored
    logits = reference.features(values) @ weight.T + bias
    assert run.logits.shape == logits.shape
    assert np.abs(run.logits - logits).max() < 1e-4 * np.ptp(logits)


def test_scenes_go_in_as_they_are(real_classifier):
    scene = held_out_scene(2)
    assert scene.picture.shape == (SIDE, SIDE, 3)
    run = real_classifier.run(scene.picture)
    np.testing.assert_array_equal(run.input_pixels, seen(scene))


def test_it_knows_scenes_that_it_was_not_fitted_to(real_folder, stored):
    scenes = [held_out_scene(number) for number in range(40)]
    answers = features(real_folder, scenes) @ stored[0].T + stored[1]
    labels = labels_of(scenes)
    assert len(set(labels)) == len(SHAPES)
    assert (answers.argmax(axis=1) == labels).mean() >= 0.9


def test_of_two_objects_it_mostly_puts_both_first(real_folder, stored):
    scenes = [two_object_scene(seed) for seed in range(20)]
    for scene in scenes:
        first, second = (mask.sum() for mask in scene.masks)
        assert not (scene.masks[0] & scene.masks[1]).any()
        assert first >= second > LARGEST_SHARE * first / 2
        assert len(set(scene.labels)) == 2
    answers = features(real_folder, scenes) @ stored[0].T + stored[1]
    best = np.argsort(-answers, axis=1)[:, :2]
    both = [set(b) == set(s.labels) for b, s in zip(best, scenes, strict=True)]
    assert np.mean(both) >= 0.6  # by chance: 1 in 45


def test_leaving_out_in_closed_form_is_leaving_out_by_hand():
    rng = np.random.default_rng(0)
    x, y = rng.normal(2, 1, (12, 30)), np.eye(3)[rng.integers(3, size=12)]
    for penalty in (0.1, 10):
        found = left_out(x, y, penalty)
        for number in range(len(x)):
            others = np.arange(len(x)) != number
            weight, bias = ridge(x[others], y[others], penalty)
            np.testing.assert_allclose(found[number], weight @ x[number] + bias)


def test_a_fit_finds_classes_that_are_there():
    """Of scenes that say nothing of their class it finds none, and says so."""
    rng = np.random.default_rng(1)
    labels = np.arange(200) % len(SHAPES)
    noise = rng.normal(size=(200, 40))
    told = fit(noise + 3 * rng.normal(size=(len(SHAPES), 40))[labels], labels)
    untold = fit(noise, labels)
    assert told.accuracy > 0.95
    assert untold.accuracy < 0.3
    assert untold.penalty > told.penalty
    assert untold.scale < told.scale


@pytest.mark.long
def test_the_fixture_is_what_a_new_fit_finds(real_folder, stored, tmp_path):
    fitted = refit(real_folder)
    assert fitted.accuracy > 0.95
    store(fitted, tmp_path / "fitted.safetensors")
    again = load_file(tmp_path / "fitted.safetensors")
    for name, part in zip(("weight", "bias"), stored, strict=True):
        assert np.abs(again[name] - part).max() < 1e-3 * np.abs(part).max()


def test_inspect_tells_its_labels(real_classifier_folder, capsys):
    assert main(["inspect", str(real_classifier_folder), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["labels"] == list(SHAPES)
    assert facts["n_parameters"] == 22_056_576 + len(SHAPES) * (2 * WIDTH + 1)


def test_export_holds_the_attention_of_the_encoder(
    real_classifier_folder, real_classifier, reference, tmp_path
):
    scene = held_out_scene(3)
    picture, out = tmp_path / "scene.png", tmp_path / "out"
    Image.fromarray(scene.picture).save(picture)
    model = ["--model", str(real_classifier_folder), "--device", "cpu"]
    every = ["--format", "npz", "--layer", "all", "--head", "all"]
    assert main(["export", str(picture), *model, *every, "--out", str(out)]) == 0
    (file,) = out.iterdir()
    run = real_classifier.run(scene.picture)
    values = Pass(scene.picture, run, reference, Resolution.TRAINED).values
    truth = reference.rows(values, [0])[:, :, 0, 1:]
    with np.load(file) as exported:
        np.testing.assert_allclose(
            exported["maps"].reshape(truth.shape), truth, atol=LARGEST
        )
