"""A place near a model, in the window: its notice has a button that opens the model."""

from __future__ import annotations

import shutil

import pytest

from tests.model_factory import make_model
from tests.qt.window_kit import close_viewer, make_viewer

COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


@pytest.mark.parametrize("kind", ["a Trainer's output", "the hub's cache"])
def test_one_click_opens_what_is_below_a_dropped_folder(viewer, tmp_path, kind):
    place = tmp_path / "out"
    inner = place / "checkpoint-30"
    if kind == "the hub's cache":
        place = tmp_path / "models--org--name"
        inner = place / "snapshots" / COMMIT
    make_model(inner)
    viewer.drop(place)
    notice = viewer.window.notice
    viewer.qtbot.waitUntil(notice.button.isVisible)
    assert str(inner) in notice.label.text()
    assert notice.button.text() == "Open it"
    notice.button.click()
    viewer.qtbot.waitUntil(lambda: viewer.controller.model is not None)
    assert viewer.controller.model.source == str(inner)
    assert viewer.controller.model.name in ("checkpoint-30", "org/name")
    assert not notice.isVisible()


def test_a_notice_about_no_model_offers_nothing(viewer, tmp_path):
    folder = make_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    viewer.controller.load_model(str(folder))
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    assert not viewer.window.notice.button.isVisible()


def test_a_file_of_the_model_offers_its_folder(viewer, tmp_path):
    folder = make_model(tmp_path / "model")
    shutil.copy(folder / "config.json", tmp_path)
    viewer.controller.load_model(str(folder / "model.safetensors"))
    viewer.qtbot.waitUntil(viewer.window.notice.button.isVisible)
    viewer.window.notice.button.click()
    viewer.qtbot.waitUntil(lambda: viewer.controller.model is not None)
    assert viewer.controller.model.source == str(folder)
