"""The wall's own dock: it writes what is shown, and its choices reach the file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog

from tests.qt.wall.kit import settle
from tests.qt.window_kit import close_viewer, make_viewer, save_picture


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    viewer.window.docks["Wall"].show()
    settle()
    yield viewer
    close_viewer(viewer)


def export(viewer, kind: str, monkeypatch, typed: str) -> list[str]:
    """Choose an entry of the title's menu, and answer the dialog."""
    asked = []

    def answer(_parent, _title, start, kinds):
        asked.extend([start, kinds])
        return typed, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    wall = viewer.window.docks["Wall"].widget()
    actions = wall.title_controls()[-1].menu().actions()
    action = actions[0 if kind == "png" else 1]
    with viewer.qtbot.waitSignal(viewer.window.exporter.finished):
        action.trigger()
    return asked


def test_the_title_writes_a_picture_and_data(viewer, tmp_path, monkeypatch):
    wall = viewer.window.docks["Wall"].widget()
    table = wall.title_controls()[1]
    table.click()
    asked = export(viewer, "png", monkeypatch, str(tmp_path / "a"))
    assert asked[0].endswith("cat-wall.png")
    with Image.open(tmp_path / "a.png") as file:
        told = json.loads(file.text["vitviewer"])
        shot = viewer.window.exporter.wall(wall.scale, wall.is_table)
        np.testing.assert_array_equal(np.asarray(file), shot.pixels())
    assert told["wall"] == {"scale": "tile", "table": True}
    asked = export(viewer, "npz", monkeypatch, str(tmp_path / "b"))
    assert asked[0].endswith("cat-wall.npz")
    assert "*.npz" in asked[1]
    explained = viewer.controller.explanation
    with np.load(tmp_path / "b.npz", allow_pickle=False) as file:
        wanted = explained.tokens.grid(explained.rows.values)
        np.testing.assert_array_equal(file["maps"], wanted)


def test_with_no_picture_it_says_so(qtbot, monkeypatch):
    viewer = make_viewer(qtbot, None)
    wall = viewer.window.docks["Wall"].widget()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", pytest.fail)
    with qtbot.waitSignal(viewer.window.exporter.failed):
        wall.export_asked.emit("png")
    close_viewer(viewer)
