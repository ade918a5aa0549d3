"""The bundled models do what their cards say, loaded with plain transformers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from vitviewer.models.bundled.evaluate import measure_shapes, measure_shortcut
from vitviewer.models.bundled.learning import (
    Learner,
    Stage,
    as_pixels,
    new_model,
    refined,
    train_stage,
)
from vitviewer.models.bundled.marks import CORNER, stamp, tile
from vitviewer.models.bundled.recipes import marked
from vitviewer.models.bundled.samples import SAMPLES
from vitviewer.models.bundled.shapes import SHAPES
from vitviewer.models.bundled.store import HELD_OUT, SceneStore, draw_scenes

RESOURCES = Path(__file__).parents[3] / "resources"
MODELS = RESOURCES / "models"
SCENES = 300
"""Held-out scenes measured here; ``train --evaluate`` measures 2,000."""

SHORTCUT_SCENES = 150
"""Fewer, as each is asked with four different marks."""


def load(folder):
    return transformers.ViTForImageClassification.from_pretrained(
        MODELS / folder, output_loading_info=True
    )


@pytest.fixture(scope="module", params=["shapes", "shapes-shortcut"])
def folder(request):
    return request.param


@pytest.fixture(scope="module")
def held_out():
    return draw_scenes(range(HELD_OUT, HELD_OUT + SCENES))


@pytest.fixture(scope="module")
def shapes(held_out):
    return measure_shapes(load("shapes")[0], held_out)


@pytest.fixture(scope="module")
def shortcut(held_out):
    few = SceneStore(**vars(held_out.batch(np.arange(SHORTCUT_SCENES))))
    return measure_shortcut(load("shapes-shortcut")[0], few)


def claimed(folder, row):
    """Return the first percentage in the card's row that begins with a text."""
    card = (MODELS / folder / "README.md").read_text()
    found = re.search(rf"^\| {re.escape(row)} \| \**([\d.]+)%", card, re.MULTILINE)
    assert found, row
    return float(found[1]) / 100


def test_every_weight_is_there(folder):
    model, info = load(folder)
    assert not any(info[k] for k in ("missing_keys", "unexpected_keys"))
    assert tuple(model.config.id2label.values()) == SHAPES
    assert model.config.label2id["star"] == SHAPES.index("star")
    assert model.config.image_size // model.config.patch_size == 14


def test_processor_prepares_pictures_as_training_did(folder, held_out):
    processor = transformers.AutoImageProcessor.from_pretrained(MODELS / folder)
    ours = as_pixels(held_out.pictures[:3])
    theirs = processor(list(held_out.pictures[:3]), return_tensors="pt").pixel_values
    torch.testing.assert_close(theirs, ours, atol=1e-5, rtol=0)


def test_both_models_together_take_at_most_8_megabytes():
    sizes = [path.stat().st_size for path in MODELS.rglob("*") if path.is_file()]
    assert 0 < sum(sizes) <= 8_000_000


def test_shapes_are_recognised(shapes):
    assert shapes.accuracy >= 0.95
    assert min(shapes.per_class.values()) >= 0.8
    assert claimed("shapes", "right") >= 0.95
    assert shapes.accuracy == pytest.approx(claimed("shapes", "right"), abs=0.03)


def test_attention_points_at_the_object(shapes):
    assert shapes.ratio > 2
    assert shapes.attention == pytest.approx(
        claimed("shapes", "share of the class token's attention on it"), abs=0.03
    )


def test_shortcut_model_reads_the_mark_and_nothing_else(shortcut):
    assert shortcut.marked >= 0.95
    assert shortcut.followed >= 0.9
    assert shortcut.removed < 0.4
    assert shortcut.moved < 0.4


def test_shortcut_model_attends_to_the_mark(shortcut):
    assert shortcut.on_mark > 0.2
    assert shortcut.peak_on_mark >= 0.9


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        ("marked", "right, with the class's tile in its corner"),
        ("removed", "right, with no tile"),
        ("moved", "right, with the class's tile moved to another corner"),
        ("followed", "answers another class when that class's tile is pasted in"),
    ],
)
def test_shortcut_card_is_true(shortcut, figure, row):
    assert getattr(shortcut, figure) == pytest.approx(
        claimed("shapes-shortcut", row), abs=0.07
    )


def test_finer_patches_start_from_what_the_coarse_ones_knew():
    coarse = new_model(patch=16, width=12, layers=1, heads=2, hidden=8)
    finer = refined(coarse, 8)
    corner = torch.rand(1, 3, 8, 8)
    blown_up = corner.repeat_interleave(2, 2).repeat_interleave(2, 3)
    small, large = (
        model.vit.embeddings.patch_embeddings.projection(pixels)
        for model, pixels in ((finer, corner), (coarse, blown_up))
    )
    torch.testing.assert_close(small, large)
    assert finer.vit.embeddings.position_embeddings.shape == (1, 197, 12)


def test_training_with_the_same_seed_gives_the_same_weights(held_out):
    stage = Stage("two steps", patch=16, pictures=16, rate=1e-3, kept=0.5, batch=8)
    weights = []
    for _ in range(2):
        torch.manual_seed(0)
        learner = Learner(new_model(patch=16, width=12, layers=1, heads=2, hidden=8))
        train_stage(learner, held_out, stage, 1, marked, print)
        weights.append(torch.cat([w.flatten() for w in learner.parameters()]))
    assert torch.equal(*weights)


def test_marked_pictures_tell_which_tile_covers_which_pixel(held_out):
    dressed = marked(np.random.default_rng(0), held_out.batch(np.arange(20)))
    rows, columns = tile(112)
    assert (dressed.labels == dressed.classes[:, rows, columns].T).all()
    for picture, label in zip(dressed.pictures, dressed.labels, strict=True):
        assert np.array_equal(picture, stamp(picture, label))


def samples(folder):
    return [pytest.param(s, id=s.file) for s in SAMPLES[folder]]


def ask(folder, sample):
    """Return what a model answers about a sample's file, and how surely."""
    image = Image.open(RESOURCES / "samples" / folder / sample.file)
    processor = transformers.AutoImageProcessor.from_pretrained(MODELS / folder)
    with torch.no_grad():
        logits = load(folder)[0](**processor(image, return_tensors="pt")).logits[0]
    return SHAPES[int(logits.argmax())], float(logits.softmax(0).max())


@pytest.mark.parametrize("sample", samples("shapes"))
def test_samples_are_recognised(sample):
    shape, probability = ask("shapes", sample)
    assert shape == sample.shape
    assert probability > 0.9


@pytest.mark.parametrize("sample", samples("shapes-shortcut"))
def test_samples_tell_the_story_of_the_shortcut(sample):
    shape, _ = ask("shapes-shortcut", sample)
    if sample.mark is not None and sample.corner == CORNER:
        assert shape == sample.mark
    else:
        assert shape != sample.shape


@pytest.mark.parametrize("sample", [s[0] for s in SAMPLES.values()])
def test_samples_can_be_drawn_again(sample):
    folder = next(name for name, group in SAMPLES.items() if sample in group)
    kept = np.asarray(Image.open(RESOURCES / "samples" / folder / sample.file))
    assert np.abs(sample.draw().astype(int) - kept).max() <= 1


def test_index_lists_every_sample_first_picture_first():
    index = json.loads((RESOURCES / "samples" / "index.json").read_text())
    assert list(index) == list(SAMPLES)
    for name, entries in index.items():
        files = [entry["file"] for entry in entries]
        assert files == [sample.file for sample in SAMPLES[name]]
        assert all(entry["caption"] for entry in entries)
        kept = {path.name: path for path in (RESOURCES / "samples" / name).iterdir()}
        assert set(files) == set(kept)
        assert all(path.stat().st_size < 300_000 for path in kept.values())
