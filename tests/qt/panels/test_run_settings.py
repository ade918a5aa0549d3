"""Resolution, device and query, chosen in the docks of the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.qt.sentence.kit import furnish
from tests.qt.window_kit import close_viewer, make_viewer
from tests.zoo import breed
from vitviewer.engine.engine import TOO_LARGE
from vitviewer.models.vision_model import VisionModel
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Direction, Query, QueryKind, Resolution

PICTURE = from_pixels(
    np.random.default_rng(1).integers(0, 256, (60, 120, 3), dtype=np.uint8), "noise"
)


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


def choose(viewer, combo, text):
    """Choose an entry of a combo box with the keyboard, as a user would."""
    exact = combo.findText(text)
    part = combo.findText(text, Qt.MatchFlag.MatchContains)
    index = part if exact < 0 else exact
    assert index >= 0, [combo.itemText(i) for i in range(combo.count())]
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def load(viewer, folder):
    viewer.controller.load_model(str(folder))
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.model is not None
            and viewer.controller.model.source == str(folder)
        ),
        timeout=60_000,
    )


def wait_for_resolution(viewer, resolution):
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.shown is not None
            and viewer.controller.explanation.resolution is resolution
        ),
        timeout=60_000,
    )


def test_resolution_is_chosen_and_the_overlay_follows(viewer):
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_map()
    settings = viewer.window.panels.run_settings
    cropped = viewer.controller.explanation.geometry
    choose(viewer, settings.resolution, "own shape")
    wait_for_resolution(viewer, Resolution.PICTURE)
    own = viewer.controller.explanation.geometry
    assert own.seen == (0.0, 0.0, 120.0, 60.0)
    assert own.cols == pytest.approx(2 * own.rows, abs=1)
    assert (own.cols, own.rows) != (cropped.cols, cropped.rows)
    choose(viewer, settings.resolution, "Trained")
    wait_for_resolution(viewer, Resolution.TRAINED)
    assert viewer.controller.explanation.geometry == cropped


def test_too_little_memory_is_a_notice_and_the_trained_size(viewer, monkeypatch):
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_map()
    run = VisionModel.run

    def limited(self, *args, resolution=Resolution.TRAINED, **kwargs):
        if resolution is not Resolution.TRAINED:
            raise MemoryError
        return run(self, *args, resolution=resolution, **kwargs)

    monkeypatch.setattr(VisionModel, "run", limited)
    settings = viewer.window.panels.run_settings
    with viewer.qtbot.waitSignal(viewer.controller.noticed, timeout=60_000) as told:
        choose(viewer, settings.resolution, "Twice")
    assert told.args == [TOO_LARGE]
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown is not None)
    assert viewer.state.resolution is Resolution.TRAINED
    assert settings.resolution.currentText() == "Trained size"


def test_device_is_chosen_by_hand(viewer):
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_map()
    settings = viewer.window.panels.run_settings
    assert "(now " in settings.device.itemText(0)
    first = viewer.controller.explanation
    choose(viewer, settings.device, "cpu")
    assert viewer.state.device == "cpu"
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.shown is not None
            and viewer.controller.explanation is not first
        ),
        timeout=60_000,
    )
    assert viewer.controller.model.device == "cpu"


def test_queries_are_offered_and_reset(viewer, tmp_path):
    load(viewer, breed(tmp_path / "registers", "DINOv2 with registers"))
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_map()
    desk = furnish(viewer)
    desk.open("query")
    assert desk.titles()[:5] == [
        "Class token",
        "Mean of all patches",
        *(f"Register {i} token" for i in (1, 2, 3)),
    ]
    desk.click_choice("Register 2 token")
    viewer.wait_for_title("from the register 2 token")
    assert viewer.controller.shown.answer.query == Query(QueryKind.SPECIAL, 2)
    viewer.click_patch(1, 1)
    viewer.wait_for_title("patch (1, 1)")
    assert desk.parts["query"].text().endswith("patch (1, 1)")
    viewer.window.activateWindow()  # offscreen, a list that closes leaves none active
    viewer.qtbot.waitUntil(viewer.window.isActiveWindow)
    viewer.press(Qt.Key.Key_Escape)
    viewer.wait_for_title("ttention from the class token")
    assert desk.parts["query"].text().endswith("class token")


def test_a_pooling_head_is_shown_first_and_has_no_layers(viewer, tmp_path):
    load(viewer, breed(tmp_path / "siglip", "SigLIP"))
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_title("ttention from the pooling head")
    desk, layer = furnish(viewer), viewer.window.panels.map.layer
    assert not layer.isEnabled()
    viewer.state.direction = Direction.TO
    desk.open("query")
    desk.click_choice("Mean of all patches")
    viewer.wait_for_title("from the mean of all patches")
    assert viewer.state.direction is Direction.FROM
    assert layer.isEnabled()


def test_a_classifier_that_reads_patches_starts_from_their_mean(viewer, tmp_path):
    load(viewer, breed(tmp_path / "beit", "BEiT, shared bias"))
    viewer.controller.opener.show(PICTURE)
    viewer.wait_for_title("from the mean of all patches")
    desk = furnish(viewer)
    desk.open("query")
    desk.click_choice("Class token")
    viewer.wait_for_title("(the classifier reads the mean of the patches)")
