"""Drive the real window as a user would: drop, press keys, click, read the screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from vitviewer.qt.controller import Controller
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow


@dataclass
class Viewer:
    """A furnished window with its controller and what a test needs to drive it."""

    window: MainWindow
    controller: Controller
    qtbot: Any

    @property
    def state(self):
        return self.controller.state

    @property
    def stage(self):
        return self.window.stage

    @property
    def canvas(self):
        return self.window.stage.canvas

    @property
    def title(self) -> str:
        """What the map shown is, in words; empty while there is none."""
        shown = self.controller.shown
        words = "" if shown is None else shown.title
        return words[:1].upper() + words[1:]

    @property
    def place(self) -> str:
        """Which picture the status bar says is shown, and how."""
        return self.window.status.place.text()

    def drop(self, *paths: str | Path) -> None:
        """Drop files on the window, as a file manager does."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        self.drop_mime(mime)

    def drop_mime(self, mime: QMimeData) -> None:
        """Drop anything on the window."""
        event = QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self.window.dropEvent(event)

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        """Press and release a key on the canvas."""
        self.qtbot.keyClick(self.canvas, key, modifier)

    def wait_for_map(self, name: str | None = None) -> None:
        """Wait until a map is shown (of a picture of this name)."""

        def shown() -> bool:
            c = self.controller
            named = name is None or (c.picture is not None and c.picture.name == name)
            return named and c.shown is not None

        self.qtbot.waitUntil(shown, timeout=60_000)

    def wait_for_title(self, part: str) -> None:
        """Wait until the title holds some words."""
        self.qtbot.waitUntil(lambda: part in self.title, timeout=60_000)

    def open(self, path: str | Path) -> None:
        """Drop one picture and wait for its map."""
        self.drop(path)
        self.wait_for_map(Path(path).name)

    def click_patch(self, row: int, col: int) -> None:
        """Click the middle of a patch on the canvas."""
        x, y, w, h = self.controller.explanation.geometry.patch_rect(row, col)
        viewport = self.canvas.viewport()
        point = self.canvas.to_viewport(x + w / 2, y + h / 2)
        self.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point)

    def pixels(self) -> np.ndarray:
        """Return what the canvas shows, uint8 (height, width, 3)."""
        return grab(self.canvas.viewport())


def grab(widget: QWidget) -> np.ndarray:
    """Return what a widget shows, uint8 (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8)
    rows = rows.reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), -1, 3).copy()


def make_viewer(qtbot, model: Path | None) -> Viewer:
    """Show a window, furnish it, and load a model into it."""
    controller = Controller()
    window = MainWindow(controller, Settings(), remember_layout=False)
    with qtbot.waitSignal(window.furnished, timeout=60_000):
        window.show()
    viewer = Viewer(window, controller, qtbot)
    if model is not None:
        controller.load_model(str(model))
        qtbot.waitUntil(lambda: controller.model is not None, timeout=120_000)
    return viewer


def close_viewer(viewer: Viewer) -> None:
    """Close the window and end its threads."""
    viewer.window.close()
    assert viewer.window.stop(30_000)


def save_picture(folder: Path, name: str, pixels: np.ndarray) -> Path:
    """Write a picture to drop."""
    path = folder / name
    Image.fromarray(pixels).save(path)
    return path


def retype(box: QWidget, keys: str) -> list[str]:
    """Type over what is there; return the text after each key."""
    line = box if isinstance(box, QLineEdit) else box.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    texts = []
    for key in keys:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, key)
            QApplication.sendEvent(line, event)
        texts.append(line.text())
    return texts
