"""The program's job without a screen: explain, write overlay and window, end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QObject,
    QTimer,
    Slot,
)

from vitviewer.errors import VitviewerError
from vitviewer.export.names import distinct_stems
from vitviewer.pictures.opening import called
from vitviewer.qt.unexpected import GO_ON, details_of
from vitviewer.system.files import make_folder, write_bytes
from vitviewer.text import plain
from vitviewer.trust import distrust

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.qt.window.main_window import MainWindow

_ENDINGS = ("-window.png", "-overlay.png")


class HeadlessRun(QObject):
    """Drive the real window through its pictures, writing two files for each."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        super().__init__(window)
        self._window = window
        self._out = out
        self._failed = False
        self._written = False
        self._stems: list[str] = []
        window.furnished.connect(self._connect)

    @Slot()
    def _connect(self) -> None:
        controller = self._window.controller
        controller.vanishing.pause()  # each picture has its line, a missing one too
        controller.shown_changed.connect(self._on_shown)
        controller.noticed.connect(self._on_noticed)
        controller.model_changed.connect(self._on_model)
        controller.asker.worker.failed.connect(self._on_work_failed)
        self._window.exporter.finished.connect(self._on_finished)

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
        stem = self._stem()
        window, overlay = (self._out / f"{stem}{ending}" for ending in _ENDINGS)
        self._window.status.show_activity("")
        self._window.status.tell_activity()
        try:
            make_folder(self._out)
            self._photograph(window)
        except VitviewerError as error:
            self._on_failed(str(error))
            return
        print(f"window:  {window}")
        self._window.exporter.save_overlay(str(overlay))

    def _stem(self) -> str:
        """Return what the files of the current picture are called; no two the same."""
        playlist = self._window.controller.playlist
        if not self._stems:
            named = distinct_stems(playlist.sources, self._out, _ENDINGS, _stem_of)
            self._stems = [stem for _, stem in named]
        return self._stems[playlist.index]

    def _photograph(self, path: Path) -> None:
        """Write the window as PNG, whole or not at all."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self._window.grab().save(buffer, "PNG")
        write_bytes(path, bytes(data.data()))

    @Slot(str)
    def _on_finished(self, sentence: str) -> None:
        print(f"overlay: {sentence.removeprefix('Saved ')}")
        self._next()

    @Slot(str)
    def _on_noticed(self, sentence: str) -> None:
        explanation = self._window.controller.explanation
        if explanation is not None and sentence in explanation.notes:
            _complain(sentence)  # of what was done instead: a map follows
        else:
            self._on_failed(sentence)

    def _on_failed(self, sentence: str) -> None:
        _complain(sentence)
        self._failed = True
        self._next()

    @Slot(str, object, str)
    def _on_work_failed(self, kind: str, _job: object, _sentence: str) -> None:
        if kind == "load":  # what is told already: no picture will ever be explained
            QCoreApplication.exit(1)

    def _next(self) -> None:
        self._written = False
        before = self._window.controller.playlist.index
        self._window.controller.step(1)
        if self._window.controller.playlist.index == before:
            QCoreApplication.exit(1 if self._failed else 0)


def _stem_of(source: str) -> str:
    """Return a picture's name as the window shows it, without its suffix."""
    return Path(plain(called(source))).stem or "picture"


def _complain(sentence: str) -> None:
    """Print one line; where the program itself is at fault, the details are above."""
    if details_of(sentence):
        sentence = sentence.replace(GO_ON, "Please report it with the lines above.")
    print(f"vitviewer: {' '.join(sentence.split())}", file=sys.stderr)
