"""The INI file of what is remembered between sessions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from vitviewer.qt.settings import Settings
from vitviewer.qt.theme import THEMES

_FOLDERS = count()


def attempt(data: bytes, folder: Path) -> None:
    # Qt keeps what it read of a path, so each try has one of its own.
    path = folder / str(next(_FOLDERS)) / "vitviewer" / "vitviewer.ini"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    scope, ini = QSettings.Scope.UserScope, QSettings.Format.IniFormat
    QSettings.setPath(ini, scope, str(path.parent.parent))
    _check(Settings())
    for left in path.parent.iterdir():
        os.unlink(left)
    path.parent.rmdir()
    path.parent.parent.rmdir()


def _check(settings: Settings) -> None:
    assert settings.theme in THEMES
    assert all(os.path.exists(path) for path in settings.recent)
    assert settings.folder == "" or os.path.isdir(settings.folder)
    assert all(isinstance(part, QByteArray) for part in settings.layout())
    settings.remember(os.curdir)
    assert settings.recent[:1] == [os.curdir]
    settings.sync()


def seeds() -> Iterator[bytes]:
    yield b""
    yield b'[General]\ntheme=dark\nrecent="[\\"/tmp\\"]"\nfolder=/tmp\n'
    yield b"[layout1]\ngeometry=@ByteArray(\\x1\\xd9)\nstate=@ByteArray(a)\n"
    yield b"[General]\nrecent=@Invalid()\ntheme=@Size(1 2)\nfolder=@Rect(1 2 3 4)\n"
    yield b"[General]\ntheme=a, b\nfolder=@Variant(\\0\\0\\0\\x9\\0\\0\\0\\0)\n"
