"""Which changes of the map are jumps, that may fade, and which are steps of a scrub."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Qt
from PySide6.QtGui import QGuiApplication

from vitviewer.qt.looks.motion import Motion

SCRUB_MS = 250
"""Changes that follow each other faster are those of a key or slider that is held."""
_NOBODY_LOOKS = ("offscreen", "minimal")


class Jumps(QObject):
    """Tells a jump (a click, back and forward) from a scrub, which must not lag."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.motion = Motion(self)
        self.motion.is_wanted = QGuiApplication.platformName() not in _NOBODY_LOOKS
        if self.motion.is_wanted:
            self.motion.ask()
        self._since = QElapsedTimer()

    def is_jump(self) -> bool:
        """Say whether the change that comes now is one; it counts as the last one."""
        was_still = not self._since.isValid() or self._since.elapsed() > SCRUB_MS
        self._since.start()
        is_held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        return self.motion.is_wanted and was_still and not is_held
