"""The INI file of what is remembered between sessions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random

from PySide6.QtCore import QByteArray, QSettings

from vitviewer.qt.looks.theme import PREFERENCES
from vitviewer.qt.settings import Settings

_FOLDERS = count()
_KEYS = (
    *(b"theme", b"recent", b"folder", b"layout2/geometry", b"layout2\\state"),
    *(
        b"[layout1]\ngeometry",
        b"[layout2]\ngeometry",
        b"[layout2]\nstate",
        b"[layout2]\nsize",
        b"[layout2]\nsections",
        b"[General]\nrecent",
        b"[%General]\na",
    ),
)
_VALUES = (
    *(b"dark", b"/tmp", b"", b"a, b", b'"a', b"a\\", b"%U0041", b"\\x41", b";", b"@"),
    *(b'"[\\"/tmp\\"]"', b'"[1]"', b'"{}"', b'"' + b"[" * 2000 + b'"', b"[[]]", b"NaN"),
    *(b"@Invalid()", b"@ByteArray(a)", b"@ByteArray(\\0", b"@String(a)", b"@@a"),
    *(b"@Rect(1 2 3 4)", b"@Size(9)", b"@Point(a b)", b"@DateTime(\\0\\0)"),
)
_BLIND_SHARE = 0.3


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
    assert settings.theme in PREFERENCES
    assert all(os.path.exists(path) for path in settings.recent)
    assert settings.folder == "" or os.path.isdir(settings.folder)
    assert all(isinstance(part, QByteArray) for part in settings.layout())
    assert isinstance(settings.layout_size(), bytes)
    settings.remember(os.curdir)
    assert settings.recent[:1] == [os.getcwd()]
    settings.sync()


def seeds() -> Iterator[bytes]:
    yield b""
    yield b'[General]\ntheme=dark\nrecent="[\\"/tmp\\"]"\nfolder=/tmp\n'
    yield b"[layout1]\ngeometry=@ByteArray(\\x1\\xd9)\nstate=@ByteArray(a)\n"
    yield b"[layout2]\nstate=@ByteArray(\\0\\0)\nsize=9x7\nsections=Display, Trust\n"
    yield b"[General]\nrecent=@Invalid()\ntheme=@Size(1 2)\nfolder=@Rect(1 2 3 4)\n"
    yield b"[General]\ntheme=a, b\nfolder=@Variant(\\0\\0\\0\\x9\\0\\0\\0\\0)\n"


def mutate(
    data: bytes, most: int, rng: Random, other: Callable[[bytes, int], bytes]
) -> bytes:
    """Add a line with a known key, or change the bytes blindly."""
    if rng.random() < _BLIND_SHARE:
        return other(data, most)
    lines = data.split(b"\n")
    value = rng.choice((*_VALUES, _packed(rng)))
    lines.insert(rng.randrange(len(lines)), rng.choice(_KEYS) + b"=" + value)
    return b"\n".join(lines)[:most]


def _packed(rng: Random) -> bytes:
    """Return a value of any of Qt's kinds, as its own stream of bytes."""
    kind = (
        0,
        0,
        0,
        rng.randrange(128),
        *(rng.choice((0, 1, 8, 255)) for _ in range(8)),
    )
    return b"@Variant(" + b"".join(b"\\x%x" % byte for byte in kind) + b")"
