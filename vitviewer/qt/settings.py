"""What is remembered between sessions, read back with suspicion."""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from vitviewer.pictures.opening import lasting
from vitviewer.qt.looks.theme import PREFERENCES
from vitviewer.system.files import set_aside

log = logging.getLogger(__name__)

_LAYOUT_VERSION = 2  # the docks of 1 were others; its place of the window still holds
_MOST_RECENT, _MOST_SECTIONS = 10, 20
_MOST_BYTES = 1024**2
# QSettings overlooks a disk that fills up within one value of more than 16 KiB as it is
# escaped, four bytes for one, and puts the half file in the place of the whole one.
_MOST_VALUE = 3500
_LAYOUT_KEYS = tuple(
    f"layout{_LAYOUT_VERSION}/{name}" for name in ("geometry", "state", "size")
)
_SECTIONS_KEY = f"layout{_LAYOUT_VERSION}/sections"
_EARLIER_GEOMETRY = "layout1/geometry"
# Qt's own stream can make objects of any kind, some of which end the process, or are
# none in Python. They are never written here.
_OBJECTS = (b"@Variant(", b"@DateTime(")
_ESCAPES = re.compile(
    rb"\\(?:x([0-9a-f]+)|([0-7]+)|.)|[\"\s]", re.IGNORECASE | re.DOTALL
)


class Settings:
    """Typed access to an INI file; a value that makes no sense reads as its default.

    A file that is damaged is set aside, and the defaults hold.
    """

    def __init__(self) -> None:
        self._store = _open_store()
        self.path = Path(self._store.fileName())
        problem = _damage(self.path) or _wrong_type(self._store)
        if problem:
            log.info("the settings were set aside: %s", problem)
            del self._store  # or it would write back what it has read
            set_aside(self.path)
            self._store = _open_store()

    @property
    def theme(self) -> str:
        """The theme that is preferred: the system's unless one was chosen."""
        value = self._store.value("theme")
        return value if value in PREFERENCES else PREFERENCES[0]

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
        # One that is not whole would be another file when started from elsewhere.
        paths = [p for p in saved if isinstance(p, str) and os.path.isabs(p)]
        return [p for p in paths if os.path.exists(p)]

    def remember(self, path: str) -> None:
        """Put a file at the head of the recent ones, by its whole path."""
        path = lasting(path)
        others = [p for p in self.recent if p != path]
        recent = [path, *others][:_MOST_RECENT]
        while len(json.dumps(recent)) > _MOST_VALUE:
            recent.pop()
        self._store.setValue("recent", json.dumps(recent))

    def forget_recent(self) -> None:
        """Empty the list of recent files."""
        self._store.remove("recent")

    @property
    def folder(self) -> str:
        """Where the last file dialog ended."""
        value = self._store.value("folder", "")
        if not isinstance(value, str) or not os.path.isabs(value):
            return ""
        return value if os.path.isdir(value) else ""

    @folder.setter
    def folder(self, path: str) -> None:
        path = lasting(path)
        if len(path) <= _MOST_VALUE:
            self._store.setValue("folder", path)

    def save_layout(
        self,
        geometry: QByteArray,
        state: QByteArray,
        size: QByteArray | bytes = b"",
    ) -> None:
        """Remember the window's place and its docks, and in which size of it."""
        if max(geometry.size(), state.size()) > _MOST_VALUE:
            return
        for key, value in zip(
            _LAYOUT_KEYS, (geometry, state, QByteArray(size)), strict=True
        ):
            self._store.setValue(key, value)

    def layout(self) -> tuple[QByteArray, QByteArray]:
        """Return the remembered geometry and dock state; empty where there is none."""
        geometry, state, _ = map(self._bytes, _LAYOUT_KEYS)
        if geometry.isEmpty():
            geometry = self._bytes(_EARLIER_GEOMETRY)
        return geometry, state

    def layout_size(self) -> bytes:
        """Return the size that the window of that state had; empty if unknown."""
        return bytes(self._bytes(_LAYOUT_KEYS[2]).data())

    @property
    def open_sections(self) -> list[str] | None:
        """Titles of the sections that were open; None where none were remembered."""
        saved = _list_of_texts(self._store.value(_SECTIONS_KEY))
        return None if saved is None else saved[:_MOST_SECTIONS]

    @open_sections.setter
    def open_sections(self, titles: list[str]) -> None:
        self._store.setValue(_SECTIONS_KEY, json.dumps(titles[:_MOST_SECTIONS]))

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def sync(self) -> None:
        """Write what is not yet on disk."""
        self._store.sync()


def _open_store() -> QSettings:
    scope, ini = QSettings.Scope.UserScope, QSettings.Format.IniFormat
    return QSettings(ini, scope, "vitviewer", "vitviewer")


def _damage(path: Path) -> str:
    """Say why a file cannot be what QSettings once wrote; empty if it may be."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or "it cannot be read"
    if len(data) > _MOST_BYTES:
        return "it is too large"
    if b"\0" in data or not data.isascii():
        return "it is not text"
    if data and not data.endswith((b"\n", b"\r")):
        return "its end is missing"
    if any(kind in _ESCAPES.sub(_unescaped, data) for kind in _OBJECTS):
        return "it holds an object"
    return ""


def _unescaped(match: re.Match[bytes]) -> bytes:
    """Return the character that an escape stands for; nothing for quotes and spaces."""
    digits, base = (match[1], 16) if match[1] else (match[2], 8)
    code = int(digits[-8:], base) % 65_536 if digits else 0
    return bytes([code]) if 0 < code < 128 else b""


def _wrong_type(store: QSettings) -> str:
    """Name a value of a type that is never written; empty if all are right."""
    if store.status() != QSettings.Status.NoError:
        return "it is not in the format"
    for key in ("theme", "recent", "folder", _SECTIONS_KEY):
        if not isinstance(store.value(key, ""), str):
            return f"{key} is no text"
    for key in (*_LAYOUT_KEYS, _EARLIER_GEOMETRY):
        if not isinstance(store.value(key, QByteArray()), QByteArray):
            return f"{key} is no bytes"
    for key in ("recent", _SECTIONS_KEY):
        if _list_of_texts(store.value(key, "[]")) is None:
            return f"{key} is no list"
    return ""


def _list_of_texts(text: object) -> list[str] | None:
    """Read a list of texts; None where it is none."""
    try:
        saved = json.loads(str(text))
    except (ValueError, RecursionError):
        return None
    if not isinstance(saved, list) or not all(isinstance(item, str) for item in saved):
        return None
    return saved
