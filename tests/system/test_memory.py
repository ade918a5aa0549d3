"""Where memory ends, the engine does with less and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.model_factory import make_model
from vitviewer.engine.engine import TOO_LARGE, Engine
from vitviewer.errors import ModelError
from vitviewer.models.vision_model import VisionModel
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Resolution

PICTURE = from_pixels(np.full((40, 50, 3), 90, np.uint8), "grey")
ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
]


@pytest.fixture
def engine(tmp_path):
    engine = Engine()
    engine.load(make_model(tmp_path / "model"), "cpu")
    return engine


def fail_where(monkeypatch, condition, error):
    """Let passes fail for which the condition on (model, resolution) holds."""
    run = VisionModel.run

    def limited(self, *args, resolution=Resolution.TRAINED, **kwargs):
        if condition(self, resolution):
            raise error
        return run(self, *args, resolution=resolution, **kwargs)

    monkeypatch.setattr(VisionModel, "run", limited)


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_a_resolution_that_is_too_large_gives_way_to_the_trained_size(
    engine, monkeypatch, error
):
    fail_where(monkeypatch, lambda _m, r: r is not Resolution.TRAINED, error)
    explanation = engine.explain(PICTURE, Resolution.DOUBLE)
    assert explanation.resolution is Resolution.TRAINED
    assert explanation.notes == (TOO_LARGE,)
    assert engine.explain(PICTURE).notes == ()


@pytest.mark.parametrize("error", ERRORS[:2], ids=lambda e: type(e).__name__)
def test_a_gpu_that_is_too_small_gives_way_to_the_cpu(engine, monkeypatch, error):
    model = engine._model
    engine._model = replace(model, facts=replace(model.facts, device="cuda:0"))
    fail_where(monkeypatch, lambda m, _r: m.facts.device != "cpu", error)
    explanation = engine.explain(PICTURE, Resolution.DOUBLE)
    assert explanation.model.device == "cpu"
    assert "not enough memory on cuda:0" in explanation.notes[-1]
    assert engine.explain(PICTURE).notes == ()


def test_a_cpu_that_is_too_small_says_so_and_goes_on(engine, monkeypatch):
    with monkeypatch.context() as patch:
        fail_where(patch, lambda *_: True, MemoryError())
        with pytest.raises(ModelError, match=r"not enough memory.*smaller model"):
            engine.explain(PICTURE)
    assert engine.explain(PICTURE).rows.values.shape[0] == 3


def test_another_resolution_has_another_grid(engine):
    shapes = {r: engine.explain(PICTURE, r).geometry for r in Resolution}
    assert shapes[Resolution.TRAINED].rows == shapes[Resolution.TRAINED].cols == 4
    assert shapes[Resolution.DOUBLE].rows == shapes[Resolution.DOUBLE].cols == 8
    own = shapes[Resolution.PICTURE]
    assert own.cols > own.rows
    assert own.seen == (0.0, 0.0, 50.0, 40.0)
    provenance = engine.explain(PICTURE, Resolution.DOUBLE).provenance
    assert provenance["resolution"] == "double"
    assert provenance["input_size"] == [64, 64]


def test_a_family_of_one_size_is_asked_for_that(tmp_path):
    from tests.zoo import breed

    engine = Engine()
    facts = engine.load(breed(tmp_path / "model", "AIMv2"), "cpu")
    assert facts.resolutions == (Resolution.TRAINED,)
    explanation = engine.explain(PICTURE, Resolution.DOUBLE)
    assert explanation.resolution is Resolution.TRAINED
