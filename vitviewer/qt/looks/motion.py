"""Whether the user wants things to move; Qt does not say, so the system is asked.

The answer comes when it comes: until then things move. Nothing waits for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QSettings, QStandardPaths, Signal, Slot

_WINDOWS_ANIMATES = 0x1042  # SPI_GETCLIENTAREAANIMATION
_COMMANDS = {
    "darwin": ("defaults", ["read", "com.apple.universalaccess", "reduceMotion"]),
    "linux": (
        "gsettings",
        ["get", "org.gnome.desktop.interface", "enable-animations"],
    ),
}
_STILL = {"darwin": b"1", "linux": b"false"}


class Motion(QObject):
    """Says whether what changes may move; `ask` finds out."""

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_wanted = True
        self._process: QProcess | None = None

    def ask(self) -> None:
        """Find out what the system says now, without waiting for it."""
        if sys.platform == "win32":
            self._tell(_windows_animates())
        elif _kde_is_still():
            self._tell(False)
        elif sys.platform in _COMMANDS and self._process is None:
            self._process = QProcess(self)
            self._process.finished.connect(self._on_answer)
            self._process.errorOccurred.connect(self._on_answer)  # there is none
            self._process.start(*_COMMANDS[sys.platform])

    @Slot()
    def _on_answer(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            answer = bytes(process.readAllStandardOutput().data()).strip()
            self._tell(answer != _STILL[sys.platform])
            process.deleteLater()

    def _tell(self, is_wanted: bool) -> None:
        if is_wanted != self.is_wanted:
            self.is_wanted = is_wanted
            self.changed.emit(is_wanted)


def _windows_animates() -> bool:
    """Ask Windows, which answers at once."""
    import ctypes

    answer = ctypes.c_int(1)
    user32 = getattr(ctypes, "windll").user32  # noqa: B009 (there on Windows alone)
    user32.SystemParametersInfoW(_WINDOWS_ANIMATES, 0, ctypes.byref(answer), 0)
    return bool(answer.value)


def _kde_is_still() -> bool:
    """Read in KDE's settings whether animations last no time at all."""
    folder = QStandardPaths.StandardLocation.GenericConfigLocation
    path = Path(QStandardPaths.writableLocation(folder), "kdeglobals")
    if not path.is_file():
        return False
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    return str(settings.value("KDE/AnimationDurationFactor", "1")) in ("0", "0.0")
