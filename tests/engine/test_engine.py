"""Requests in, plain NumPy answers out."""

from __future__ import annotations

import json
import threading
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
import torch

from tests.model_factory import make_model
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.engine.engine import Engine
from vitviewer.errors import Cancelled, ModelError
from vitviewer.jobs import Job
from vitviewer.pictures.picture import Picture
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Request
from vitviewer.version import __version__

RANDOM = np.random.default_rng(11)
PICTURES = [
    Picture(RANDOM.integers(0, 256, (50, 70, 3), dtype=np.uint8), f"{i}.png", f"/{i}")
    for i in range(2)
]
CLASS, MEAN = Query(), Query(QueryKind.MEAN)


@pytest.fixture
def engine(tiny_vit):
    return loaded(tiny_vit)


def loaded(folder):
    engine = Engine()
    engine.load(folder, "cpu")
    return engine


def rows(engine, query, direction=Direction.FROM):
    return engine.answer(Request(query=query, direction=direction))


def rollout(engine, query, fusion=Fusion.MEAN, direction=Direction.FROM):
    settings = () if fusion is Fusion.MEAN else (("fusion", fusion.value),)
    return engine.answer(Request("rollout", query, direction, settings=settings))


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
    answers = [told, rows(engine, MEAN), rollout(engine, CLASS)]
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
        [rows(engine, Query.patch(r, c)).values for r, c in np.ndindex(4, 4)]
    )
    np.testing.assert_allclose(rows(engine, MEAN).values, whole.mean(axis=0), atol=1e-6)
    to = rows(engine, Query.patch(2, 3), Direction.TO).values
    np.testing.assert_allclose(
        to[..., 1:], np.moveaxis(whole[..., 1 + 2 * 4 + 3], 0, -1), atol=1e-6
    )
    to_all = rows(engine, MEAN, Direction.TO).values
    expected = np.moveaxis(whole[..., 1:].mean(axis=-1), 0, -1)
    np.testing.assert_allclose(to_all[..., 1:], expected, atol=1e-6)


def test_rollout_starts_as_the_first_layer_s_attention(engine):
    told = engine.explain(PICTURES[0])
    rolled = rollout(engine, CLASS, Fusion.MAX)
    first = told.rows.values[0].max(axis=0) + np.eye(17)[0]
    np.testing.assert_allclose(rolled.values[0, 0], first / first.sum(), atol=1e-6)
    assert rolled.values.shape == (3, 1, 17)
    mean_to = rollout(engine, MEAN, direction=Direction.TO)
    single = [
        rollout(engine, Query.patch(r, c), direction=Direction.TO).values
        for r, c in np.ndindex(4, 4)
    ]
    np.testing.assert_allclose(mean_to.values, np.mean(single, axis=0), atol=1e-6)


def test_questions_in_the_wrong_order_are_answered_in_words(tiny_vit):
    engine = Engine()
    with pytest.raises(ModelError, match="No model is loaded"):
        engine.explain(PICTURES[0])
    engine.load(tiny_vit, "cpu")
    for question in (rows, rollout):
        with pytest.raises(ModelError, match="No picture has been explained"):
            question(engine, CLASS)


def test_a_patch_outside_the_grid_is_an_error(engine):
    engine.explain(PICTURES[0])
    with pytest.raises(IndexError, match="outside the grid"):
        rows(engine, Query.patch(4, 0))


def test_a_model_that_does_not_load_leaves_the_old_one(engine, tmp_path):
    told = engine.explain(PICTURES[0])
    with pytest.raises(ModelError):
        engine.load(tmp_path, "cpu")
    np.testing.assert_array_equal(rows(engine, CLASS).values, told.rows.values)


def test_another_model_forgets_the_picture(engine, tiny_deit):
    engine.explain(PICTURES[0])
    engine.load(tiny_deit, "cpu")
    with pytest.raises(ModelError, match="No picture"):
        rows(engine, CLASS)


def cancel_in(job, monkeypatch, layer):
    """Cancel from another thread when the forward pass reaches a layer."""
    reached = []
    check = Job.check

    def check_and_cancel(checked):
        reached.append(1)
        if len(reached) == layer:
            thread = threading.Thread(target=job.cancel)
            thread.start()
            thread.join()
        check(checked)

    monkeypatch.setattr(Job, "check", check_and_cancel)


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_a_cancelled_pass_changes_nothing(engine, monkeypatch, layer):
    first = engine.explain(PICTURES[0])
    with monkeypatch.context() as patch:
        job = Job()
        cancel_in(job, patch, layer)
        with pytest.raises(Cancelled):
            engine.explain(PICTURES[1], job=job)
    np.testing.assert_array_equal(rows(engine, CLASS).values, first.rows.values)
    again = engine.explain(PICTURES[0])
    assert again.rows.values.tobytes() == first.rows.values.tobytes()
    assert again.logits.tobytes() == first.logits.tobytes()


def test_a_cancel_reaches_its_own_request_alone(engine):
    """Neither is it lost before the request begins, nor does it hit the next one."""
    cancelled = Job()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        engine.explain(PICTURES[0], job=cancelled)
    assert engine.explain(PICTURES[0]).logits is not None
    with pytest.raises(Cancelled):
        engine.answer(Request(), cancelled)
    assert engine.answer(Request()).values.shape == (3, 4, 17)


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
            rows(engine, CLASS)
    assert caught.value.__context__ is None, "the traceback would keep the tensors"
    np.testing.assert_array_equal(rows(engine, CLASS).values, told.rows.values)


def test_a_bfloat16_model_answers_in_float32(tmp_path):
    folder = make_model(tmp_path, "dinov2-classifier", torch.bfloat16)
    told = loaded(folder).explain(PICTURES[0])
    assert told.model.dtype == "bfloat16"
    assert told.rows.values.dtype == told.logits.dtype == np.float32
    np.testing.assert_allclose(told.rows.values.sum(axis=-1), 1, atol=1e-5)
