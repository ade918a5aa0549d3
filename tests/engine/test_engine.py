"""Requests in, plain NumPy answers out."""

from __future__ import annotations

import json
import threading
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import torch

from tests.model_factory import make_model
from vitviewer.capture import attention_function as capture
from vitviewer.capture.layers import ProductLayer
from vitviewer.engine.engine import Engine, load_model
from vitviewer.errors import Cancelled, ModelError
from vitviewer.pictures.picture import Picture
from vitviewer.queries import Direction, Fusion, Query, QueryKind
from vitviewer.version import __version__

RANDOM = np.random.default_rng(11)
PICTURES = [
    Picture(RANDOM.integers(0, 256, (50, 70, 3), dtype=np.uint8), f"{i}.png", f"/{i}")
    for i in range(2)
]
CLASS, MEAN = Query(), Query(QueryKind.MEAN)


@pytest.fixture
def engine(tiny_vit):
    return load_model(tiny_vit, "cpu")


def plain_values(value):
    """List all that an answer holds, however deep."""
    if is_dataclass(value):
        value = [getattr(value, f.name) for f in fields(value)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in plain_values(item)]
    return [value]


def test_an_explanation_is_whole_and_plain(engine):
    told = engine.explain(PICTURES[0])
    assert told.rows.values.shape == (3, 4, 17)
    assert (told.rows.query, told.rows.direction) == (CLASS, Direction.FROM)
    assert told.logits.shape == (5,)
    assert told.probabilities.sum() == pytest.approx(1)
    assert told.geometry.picture_size == (70, 50)
    assert told.input_pixels.shape == (32, 32, 3)
    assert told.seconds > 0
    answers = [told, engine.rows(MEAN), engine.rollout(CLASS)]
    for leaf in plain_values(answers):
        assert not isinstance(leaf, torch.Tensor)
    for array in (told.rows.values, told.logits, answers[1].values, answers[2].values):
        assert array.dtype == np.float32


def test_provenance_is_json_and_tells_what_was_run(engine):
    told = engine.explain(PICTURES[0])
    provenance = json.loads(json.dumps(told.provenance))
    assert provenance["picture_sha256"] == PICTURES[0].digest
    assert provenance["versions"]["vitviewer"] == __version__
    assert provenance["versions"]["torch"] == torch.__version__
    for key in ("model", "processor", "dtype", "device", "capture", "revision"):
        assert key in provenance


def test_rows_of_every_kind_of_query(engine):
    engine.explain(PICTURES[0])
    whole = np.stack(
        [engine.rows(Query.patch(r, c)).values for r, c in np.ndindex(4, 4)]
    )
    np.testing.assert_allclose(engine.rows(MEAN).values, whole.mean(axis=0), atol=1e-6)
    to = engine.rows(Query.patch(2, 3), Direction.TO).values
    np.testing.assert_allclose(
        to[..., 1:], np.moveaxis(whole[..., 1 + 2 * 4 + 3], 0, -1), atol=1e-6
    )
    to_all = engine.rows(MEAN, Direction.TO).values
    expected = np.moveaxis(whole[..., 1:].mean(axis=-1), 0, -1)
    np.testing.assert_allclose(to_all[..., 1:], expected, atol=1e-6)


def test_rollout_starts_as_the_first_layer_s_attention(engine):
    told = engine.explain(PICTURES[0])
    rolled = engine.rollout(CLASS, Fusion.MAX)
    first = told.rows.values[0].max(axis=0) + np.eye(17)[0]
    np.testing.assert_allclose(rolled.values[0], first / first.sum(), atol=1e-6)
    assert rolled.values.shape == (3, 17)
    mean_to = engine.rollout(MEAN, direction=Direction.TO)
    single = [
        engine.rollout(Query.patch(r, c), direction=Direction.TO).values
        for r, c in np.ndindex(4, 4)
    ]
    np.testing.assert_allclose(mean_to.values, np.mean(single, axis=0), atol=1e-6)


def test_questions_in_the_wrong_order_are_answered_in_words(tiny_vit):
    engine = Engine()
    with pytest.raises(ModelError, match="No model is loaded"):
        engine.explain(PICTURES[0])
    engine.load(tiny_vit, "cpu")
    for question in (engine.rows, engine.rollout):
        with pytest.raises(ModelError, match="No picture has been explained"):
            question(CLASS)


def test_a_patch_outside_the_grid_is_an_error(engine):
    engine.explain(PICTURES[0])
    with pytest.raises(IndexError, match="outside the grid"):
        engine.rows(Query.patch(4, 0))


def test_a_model_that_does_not_load_leaves_the_old_one(engine, tmp_path):
    told = engine.explain(PICTURES[0])
    with pytest.raises(ModelError):
        engine.load(tmp_path, "cpu")
    np.testing.assert_array_equal(engine.rows(CLASS).values, told.rows.values)


def test_another_model_forgets_the_picture(engine, tiny_deit):
    engine.explain(PICTURES[0])
    engine.load(tiny_deit, "cpu")
    with pytest.raises(ModelError, match="No picture"):
        engine.rows(CLASS)


def cancel_in(engine, monkeypatch, layer):
    """Cancel from another thread when the forward pass reaches a layer."""
    reached = []
    record = capture.Recording.check

    def check(recording):
        reached.append(1)
        if len(reached) == layer:
            thread = threading.Thread(target=engine.cancel)
            thread.start()
            thread.join()
        record(recording)

    monkeypatch.setattr(capture.Recording, "check", check)


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_a_cancelled_pass_changes_nothing(engine, monkeypatch, layer):
    first = engine.explain(PICTURES[0])
    with monkeypatch.context() as patch:
        cancel_in(engine, patch, layer)
        with pytest.raises(Cancelled):
            engine.explain(PICTURES[1])
    np.testing.assert_array_equal(engine.rows(CLASS).values, first.rows.values)
    again = engine.explain(PICTURES[0])
    assert again.rows.values.tobytes() == first.rows.values.tobytes()
    assert again.logits.tobytes() == first.logits.tobytes()


def test_cancelling_while_nothing_runs_is_forgotten(engine):
    engine.cancel()
    assert engine.explain(PICTURES[0]).logits is not None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "not enough memory"),
        (RuntimeError("[enforce] DefaultCPUAllocator: can't"), "not enough memory"),
        (RuntimeError("shapes\ndo not fit"), r"failed \(shapes\)"),
    ],
)
def test_what_torch_cannot_do_is_said_in_a_sentence(engine, monkeypatch, error, words):
    told = engine.explain(PICTURES[0])

    def fail(*_args):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(ProductLayer, "rows", fail)
        with pytest.raises(ModelError, match=words) as caught:
            engine.rows(CLASS)
    assert caught.value.__context__ is None, "the traceback would keep the tensors"
    np.testing.assert_array_equal(engine.rows(CLASS).values, told.rows.values)


def test_a_bfloat16_model_answers_in_float32(tmp_path):
    folder = make_model(tmp_path, "dinov2-classifier", torch.bfloat16)
    told = load_model(folder, "cpu").explain(PICTURES[0])
    assert told.model.dtype == "bfloat16"
    assert told.rows.values.dtype == told.logits.dtype == np.float32
    np.testing.assert_allclose(told.rows.values.sum(axis=-1), 1, atol=1e-5)
