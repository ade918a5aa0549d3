"""Exported and copied pictures are what compose() makes, with their provenance."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.qt.window import dialogs


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


def wait_for_export(viewer, start) -> str:
    exporter = viewer.window.exporter
    with viewer.qtbot.waitSignal(exporter.finished, timeout=60_000) as signal:
        start()
    return signal.args[0]


def test_ctrl_s_writes_the_overlay_at_full_resolution(viewer, tmp_path, monkeypatch):
    target = tmp_path / "shot.png"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_args: (str(target), "")
    )
    control = Qt.KeyboardModifier.ControlModifier
    wait_for_export(viewer, lambda: viewer.press(Qt.Key.Key_S, control))
    overlay = viewer.window.exporter.snapshot().overlay()
    with Image.open(target) as written:
        np.testing.assert_array_equal(np.asarray(written), overlay)
        provenance = json.loads(written.text["vitviewer"])
    assert overlay.shape == viewer.controller.picture.pixels.shape
    assert provenance["map"] == viewer.controller.shown.patch_map.title
    assert provenance["view"]["layer"] == viewer.state.layer


@pytest.mark.parametrize("typed", ["shot", "shot.v2", "shot.jpg"])
def test_a_suffix_that_is_added_replaces_nothing_unasked(
    viewer, tmp_path, monkeypatch, typed
):
    """The dialog asked about the name as it was typed, which no file has."""
    named = tmp_path / f"{typed}.png"
    named.write_bytes(b"old")
    answers, starts = [str(tmp_path / typed), ""], []

    def answer(_parent, _title, start, _kinds):
        starts.append(start)
        return answers.pop(0), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    settings = viewer.window.settings
    assert dialogs.ask_export_path(viewer.window, settings, "a.png") == ""
    assert starts[1] == str(named)
    answers.extend([str(tmp_path / typed), str(named)])
    assert dialogs.ask_export_path(viewer.window, settings, "a.png") == str(named)
    answers.append(str(tmp_path / f"new {typed}"))
    new = tmp_path / f"new {typed}.png"
    assert dialogs.ask_export_path(viewer.window, settings, "a.png") == str(new)


def test_an_existing_file_is_replaced_whole(viewer, tmp_path):
    target = tmp_path / "shot.png"
    target.write_bytes(b"old")
    wait_for_export(viewer, lambda: viewer.window.exporter.save_overlay(str(target)))
    with Image.open(target) as written:
        assert written.size == viewer.controller.picture.size
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cat.png", "shot.png"]


def test_export_into_nowhere_is_one_sentence(viewer, tmp_path):
    target = tmp_path / "no" / "such" / "folder" / "shot.png"
    viewer.window.exporter.save_overlay(str(target))
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible, timeout=60_000)
    assert "shot.png" in viewer.window.notice.label.text()


def test_side_by_side_is_a_wider_picture(viewer, tmp_path):
    target = tmp_path / "figure.png"
    save = viewer.window.exporter.save_side_by_side
    wait_for_export(viewer, lambda: save(str(target)))
    with Image.open(target) as written:
        width, height = written.size
    assert width > 1.5 * height


def test_ctrl_c_copies_the_overlay(viewer):
    control = Qt.KeyboardModifier.ControlModifier
    wait_for_export(viewer, lambda: viewer.press(Qt.Key.Key_C, control))
    image = QGuiApplication.clipboard().image()
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width = image.height(), image.width()
    rows = np.frombuffer(image.constBits(), np.uint8)
    rows = rows.reshape(height, image.bytesPerLine())[:, : 3 * width]
    copied = rows.reshape(height, width, 3)
    np.testing.assert_array_equal(copied, viewer.window.exporter.snapshot().overlay())


def test_exports_do_not_overtake_one_another(viewer, tmp_path):
    targets = [tmp_path / f"{i}.png" for i in range(4)]
    for target in targets:
        viewer.window.exporter.save_overlay(str(target))
    viewer.qtbot.waitUntil(lambda: all(t.exists() for t in targets), timeout=60_000)
