"""Ask where the wall is to go, and let it be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.qt.window import dialogs

if TYPE_CHECKING:
    from vitviewer.qt.wall.wall import Wall
    from vitviewer.qt.window.main_window import MainWindow


def connect_export(wall: Wall, window: MainWindow) -> None:
    """Let the wall's title write it, by the window's exporter."""
    wall.export_asked.connect(lambda kind: export_wall(wall, window, kind))


def export_wall(wall: Wall, window: MainWindow, kind: str) -> None:
    """Write what is shown now: behind the dialog something else may come."""
    shot = window.exporter.wall(wall.scale, wall.is_table)
    if shot is None:
        return
    stem = Path(shot.picture.name).stem or "picture"
    suffix = dialogs.NPZ if kind == "npz" else dialogs.PNG
    name = f"{stem}-wall{suffix}"
    path = dialogs.ask_export_path(window, window.settings, name, suffix)
    if path:
        window.exporter.save_wall(path, shot)
