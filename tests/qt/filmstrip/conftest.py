"""The real window with the strip in a dock at its left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QDockWidget

from tests.qt.window_kit import Viewer, close_viewer, grab, make_viewer
from vitviewer.qt.filmstrip.delegate import CELL
from vitviewer.qt.filmstrip.strip import Filmstrip

CLOSING_MS = 30_000


@dataclass
class Film:
    """A viewer and its strip."""

    viewer: Viewer
    strip: Filmstrip
    dock: QDockWidget
    qtbot: Any

    def open(self, *sources: str | Path) -> None:
        """Drop pictures or a folder, and wait until the first is shown."""
        controller = self.viewer.controller
        with self.qtbot.waitSignal(controller.picture_changed):
            self.viewer.drop(*sources)

    def wait_for_all(self) -> None:
        """Wait until there is a small picture, or a reason, in each row."""
        rows = range(self.strip.count)
        self.qtbot.waitUntil(lambda: all(self.made(row) for row in rows))

    def made(self, row: int):
        return self.strip.thumbnails.get(self.source(row))

    def source(self, row: int) -> str:
        return self.viewer.controller.playlist.sources[row]

    def text(self, row: int, role=Qt.ItemDataRole.AccessibleTextRole) -> str:
        return self.strip.model().index(row, 0).data(role)

    def rect(self, row: int) -> QRect:
        return self.strip.visualRect(self.strip.model().index(row, 0))

    def cell(self, row: int) -> QRect:
        """Return where the small picture of a row is painted, at the most."""
        rect = self.rect(row)
        left = rect.left() + (rect.width() - CELL.width() + 1) // 2
        return QRect(QPoint(left, rect.top() + 4), CELL)

    def pixels(self, rect: QRect) -> np.ndarray:
        """Return what the strip shows in a rectangle."""
        shown = grab(self.strip.viewport())
        rows = slice(rect.top(), rect.bottom() + 1)
        return shown[rows, rect.left() : rect.right() + 1]

    def click(self, row: int) -> None:
        point = self.rect(row).center()
        button = Qt.MouseButton.LeftButton
        self.qtbot.mouseClick(self.strip.viewport(), button, pos=point)


@pytest.fixture
def film(qtbot):
    viewer = make_viewer(qtbot, None)
    strip = Filmstrip(viewer.controller)
    dock = QDockWidget("Pictures")
    dock.setWidget(strip)
    dock.setFixedWidth(120)
    viewer.window.resize(1280, 720)
    viewer.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    qtbot.waitUntil(strip.isVisible)
    yield Film(viewer, strip, dock, qtbot)
    viewer.window.close()
    assert strip.stop(CLOSING_MS)
    close_viewer(viewer)


COLORS = {
    "1 red.png": (200, 30, 30),
    "2 green.jpg": (30, 160, 60),
    "3 blue.png": (40, 60, 220),
    "4 grey.bmp": (120, 120, 120),
}


@pytest.fixture
def folder(tmp_path):
    """Four pictures of one colour each, and one that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, color in COLORS.items():
        Image.new("RGB", (300, 200), color).save(folder / name, quality=95)
    (folder / "5 broken <b>.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return folder


@pytest.fixture
def many(tmp_path):
    """Thirty pictures of 30 × 20 pixels."""
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(30):
        Image.new("RGB", (30, 20), (8 * n, 0, 0)).save(folder / f"{n}.png")
    return folder
