"""Ask where the wall is to go, and let it be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.qt.window import dialogs

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vitviewer.qt.exporting import Exporter
    from vitviewer.qt.settings import Settings
    from vitviewer.qt.wall.wall import Wall


def connect_export(
    wall: Wall, window: QWidget, settings: Settings, exporter: Callable[[], Exporter]
) -> None:
    """Let the wall's title write it, by an exporter that may come later."""

    def export(kind: str) -> None:
        export_wall(wall, window, settings, exporter(), kind)

    wall.export_asked.connect(export)


def export_wall(
    wall: Wall, window: QWidget, settings: Settings, exporter: Exporter, kind: str
) -> None:
    """Write what is shown now: behind the dialog something else may come."""
    shot = exporter.wall(wall.scale, wall.is_table)
    if shot is None:
        return
    stem = Path(shot.picture.name).stem or "picture"
    suffix = dialogs.NPZ if kind == "npz" else dialogs.PNG
    path = dialogs.ask_export_path(window, settings, f"{stem}-wall{suffix}", suffix)
    if path:
        exporter.save_wall(path, shot)
