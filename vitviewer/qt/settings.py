"""What is remembered between sessions, read back with suspicion."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from vitviewer.qt.theme import THEMES

_LAYOUT_VERSION = 1
_MOST_RECENT = 10


class Settings:
    """Typed access to an INI file; a value that makes no sense reads as its default."""

    def __init__(self) -> None:
        scope, ini = QSettings.Scope.UserScope, QSettings.Format.IniFormat
        self._store = QSettings(ini, scope, "vitviewer", "vitviewer")

    @property
    def theme(self) -> str:
        """Name of the theme."""
        value = self._store.value("theme")
        return value if value in THEMES else THEMES[0]

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def recent(self) -> list[str]:
        """Recently opened files that still exist, newest first."""
        try:
            saved = json.loads(str(self._store.value("recent", "[]")))
        except ValueError:
            return []
        if not isinstance(saved, list):
            return []
        return [p for p in saved if isinstance(p, str) and Path(p).exists()]

    def remember(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        others = [p for p in self.recent if p != path]
        self._store.setValue("recent", json.dumps([path, *others][:_MOST_RECENT]))

    def forget_recent(self) -> None:
        """Empty the list of recent files."""
        self._store.remove("recent")

    @property
    def folder(self) -> str:
        """Where the last file dialog ended."""
        value = self._store.value("folder", "")
        return value if isinstance(value, str) and Path(value).is_dir() else ""

    @folder.setter
    def folder(self, path: str) -> None:
        self._store.setValue("folder", path)

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember the window's place and its docks."""
        self._store.setValue(f"layout{_LAYOUT_VERSION}/geometry", geometry)
        self._store.setValue(f"layout{_LAYOUT_VERSION}/state", state)

    def layout(self) -> tuple[QByteArray, QByteArray]:
        """Return the remembered geometry and dock state; empty where there is none."""
        values = [
            self._store.value(f"layout{_LAYOUT_VERSION}/{name}")
            for name in ("geometry", "state")
        ]
        geometry, state = (
            v if isinstance(v, QByteArray) else QByteArray() for v in values
        )
        return geometry, state

    def sync(self) -> None:
        """Write what is not yet on disk."""
        self._store.sync()
