"""The program's job without a screen: explain, write overlay and window, end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

from vitviewer.text import plain
from vitviewer.trust import distrust

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.qt.window.main_window import MainWindow


class HeadlessRun(QObject):
    """Drive the real window through its pictures, writing two files for each."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        super().__init__(window)
        self._window = window
        self._out = out
        self._failed = False
        self._written = False
        window.furnished.connect(self._connect)

    @Slot()
    def _connect(self) -> None:
        controller = self._window.controller
        exporter = self._window.exporter
        controller.shown_changed.connect(self._on_shown)
        controller.noticed.connect(self._on_failed)
        controller.model_changed.connect(self._on_model)
        exporter.finished.connect(self._on_finished)

    @Slot(object)
    def _on_model(self, model: ModelFacts) -> None:
        """Say on standard error that a model is red, in one line."""
        warned = distrust(model.trust)
        if warned:
            print(f"{plain(model.name)}: {warned}", file=sys.stderr)

    @Slot(object)
    def _on_shown(self, shown: object) -> None:
        if shown is not None and not self._written:
            self._written = True
            # The window paints what was just selected, then it is photographed.
            QTimer.singleShot(0, self._write)

    @Slot()
    def _write(self) -> None:
        picture = self._window.controller.picture
        assert picture is not None
        self._out.mkdir(parents=True, exist_ok=True)
        stem = Path(picture.name).stem
        path = self._out / f"{stem}-window.png"
        self._window.status.show_activity("")
        if not self._window.grab().save(str(path)):
            self._on_failed(f"{path} could not be written: choose another folder.")
            return
        print(f"window:  {path}")
        self._window.exporter.save_overlay(str(self._out / f"{stem}-overlay.png"))

    @Slot(str)
    def _on_finished(self, sentence: str) -> None:
        print(f"overlay: {sentence.removeprefix('Saved ')}")
        self._next()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)
        self._failed = True
        self._next()

    def _next(self) -> None:
        self._written = False
        before = self._window.controller.playlist.index
        self._window.controller.step(1)
        if self._window.controller.playlist.index == before:
            QCoreApplication.exit(1 if self._failed else 0)
