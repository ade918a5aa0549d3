"""The file dialogs, and where they start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from vitviewer.pictures.folders import SUFFIXES
from vitviewer.qt.widgets.plain import plain_boxes

if TYPE_CHECKING:
    from vitviewer.qt.settings import Settings

PNG, NPZ = ".png", ".npz"
_KINDS = {PNG: "PNG picture", NPZ: "NumPy data"}


def ask_pictures(parent: QWidget, settings: Settings) -> list[str]:
    """Ask for pictures to open; empty if cancelled."""
    patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
    kinds = f"Pictures ({patterns});;All files (*)"
    with plain_boxes():
        paths, _ = QFileDialog.getOpenFileNames(
            parent, "Open pictures", settings.folder, kinds
        )
    if paths:
        settings.folder = str(Path(paths[0]).parent)
    return list(paths)


def ask_folder(parent: QWidget, settings: Settings) -> str:
    """Ask for a folder of pictures; empty if cancelled."""
    title = "Open a folder of pictures"
    with plain_boxes():
        folder = QFileDialog.getExistingDirectory(parent, title, settings.folder)
    if folder:
        settings.folder = folder
    return str(folder)


def ask_export_path(
    parent: QWidget, settings: Settings, name: str, suffix: str = PNG
) -> str:
    """Ask where to save a file of a kind; empty if cancelled.

    A name without the suffix gets it. Where that names a file which is there, the
    dialog asks anew, for only it can ask whether to replace that one.
    """
    path = _ask_export_path(parent, str(Path(settings.folder) / name), suffix)
    while path and not path.lower().endswith(suffix):
        path += suffix
        if os.path.lexists(path):
            path = _ask_export_path(parent, path, suffix)
    if path:
        settings.folder = str(Path(path).parent)
    return path


def _ask_export_path(parent: QWidget, start: str, suffix: str) -> str:
    kinds = f"{_KINDS[suffix]} (*{suffix})"
    with plain_boxes():  # one may ask whether to replace a file, by its name
        path, _ = QFileDialog.getSaveFileName(parent, "Export", start, kinds)
    return str(path)
