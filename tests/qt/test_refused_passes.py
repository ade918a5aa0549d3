"""A pass that overflows, or fails: what the window says, and that it goes on."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.corpus.models.not_finite import WHITE_OVERFLOWS
from tests.model_factory import make_model
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.errors import ModelError
from vitviewer.qt.panels.trust import headline
from vitviewer.queries import Precision, Resolution
from vitviewer.trust import Verdict, overall


@pytest.fixture
def halved(tiny_vit, tmp_path):
    folder = tmp_path / "halved"
    shutil.copytree(tiny_vit, folder)
    WHITE_OVERFLOWS(folder)
    return folder


@pytest.fixture
def white(tmp_path):
    return save_picture(tmp_path, "white.png", np.full((40, 50, 3), 255, np.uint8))


@pytest.fixture
def grey(tmp_path):
    return save_picture(tmp_path, "grey.png", np.full((40, 50, 3), 120, np.uint8))


@pytest.fixture
def viewer(qtbot, halved):
    viewer = make_viewer(qtbot, halved)
    yield viewer
    close_viewer(viewer)


def refuse(viewer, picture):
    viewer.drop(picture)
    viewer.qtbot.waitUntil(lambda: viewer.controller.refusal is not None)
    grab(viewer.window)


def test_an_overflow_is_red_without_map_or_prediction(viewer, white, grey):
    viewer.open(grey)
    assert len(viewer.window.panels.prediction.bars.entries) == 5
    refuse(viewer, white)
    window, panels = viewer.window, viewer.window.panels
    assert viewer.controller.shown is viewer.controller.explanation is None
    assert panels.prediction.bars.entries == []
    assert panels.prediction.note.text() == "No prediction"
    assert headline(panels.trust._checks) == "Do not trust this: Activations"
    assert "overflows in float16 on this picture" in panels.trust.rows[0].reason.text()
    assert "overflows in float16 on this picture" in window.notice.label.text()
    assert viewer.title == ""
    viewer.open(grey)
    assert overall(panels.trust._checks) is Verdict.GREEN


def test_float32_is_offered_and_shows_the_map(viewer, white):
    box = viewer.window.panels.run_settings.precision
    refuse(viewer, white)
    words = [box.itemText(i) for i in range(box.count())]
    assert words == ["As published (float16)", "float32"]
    assert not box.isHidden()
    box.setCurrentIndex(1)
    box.activated.emit(1)
    viewer.wait_for_map("white.png")
    assert viewer.controller.model.dtype == "float32"
    assert overall(viewer.window.panels.trust._checks) is Verdict.AMBER
    assert box.currentText() == "float32"


def test_a_choice_of_precision_is_not_for_float32(viewer, tiny_vit):
    viewer.controller.load_model(str(tiny_vit))
    viewer.qtbot.waitUntil(lambda: viewer.controller.model.dtype == "float32")
    assert viewer.window.panels.run_settings.precision.isHidden()
    assert viewer.state.to_dict().get("precision") is None
    viewer.state.precision = Precision.FLOAT32
    assert viewer.state.to_dict()["precision"] == "float32"


def test_a_size_that_fails_is_not_left_chosen(viewer, grey, monkeypatch):
    viewer.open(grey)
    engine = viewer.controller.asker.engine
    explain = engine.explain

    def only_trained(picture, resolution, job):
        if resolution is not Resolution.TRAINED:
            raise ModelError("This size is not taken.")
        return explain(picture, resolution, job)

    monkeypatch.setattr(engine, "explain", only_trained)
    viewer.state.resolution = Resolution.DOUBLE
    viewer.qtbot.waitUntil(lambda: "not taken" in viewer.window.notice.label.text())
    assert viewer.state.resolution is Resolution.TRAINED
    box = viewer.window.panels.run_settings.resolution
    assert box.currentText() == "Trained size"


def test_a_size_that_is_not_the_config_s_is_not_called_trained(viewer, tmp_path):
    folder = make_model(tmp_path / "model", image_size=48, patch_size=8)
    viewer.controller.load_model(str(folder))
    viewer.qtbot.waitUntil(lambda: viewer.controller.model.is_resized)
    box = viewer.window.panels.run_settings.resolution
    words = [box.itemText(i) for i in range(box.count())]
    assert words == [
        "Processor's size",
        "Twice the processor's size",
        "The picture's own shape",
    ]


def test_a_regression_shows_numbers(viewer, grey, tmp_path):
    viewer.open(grey)
    config = {
        "id2label": {i: f"out {i}" for i in range(7)},
        "problem_type": "regression",
    }
    folder = make_model(tmp_path / "model", **config)
    viewer.controller.load_model(str(folder))
    panel = viewer.window.panels.prediction
    viewer.qtbot.waitUntil(lambda: "regression" in panel.note.text())
    logits = viewer.controller.explanation.logits
    assert panel.note.text() == "7 numbers (regression), the first 5 shown"
    assert panel.bars.entries == [(f"out {i}", float(logits[i])) for i in range(5)]
    assert "%" not in panel.bars.accessibleDescription()
    grab(viewer.window)


def test_the_pointer_stays_while_the_grid_changes(viewer, grey, tmp_path):
    viewer.open(grey)
    x, y, width, height = viewer.controller.explanation.geometry.patch_rect(3, 3)
    viewer.canvas.hovered.emit((x + width / 2, y + height / 2, 3, 3))
    assert "patch row 3, column 3" in viewer.window.status.readout.text()
    folder = make_model(tmp_path / "model", patch_size=16)
    viewer.controller.load_model(str(folder))
    readout = viewer.window.status.readout
    viewer.qtbot.waitUntil(lambda: "patch row 1, column 1" in readout.text())
