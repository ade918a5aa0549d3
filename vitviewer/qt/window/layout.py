"""Where the window and its docks are, and what is open: at first, and come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar

from vitviewer.qt.settings import Settings

if TYPE_CHECKING:
    from vitviewer.qt.panels.details import Details

_WANTED, _LEAST = QSize(1280, 800), QSize(1024, 640)
_RIGHT_WIDTH, _WALL_HEIGHT = 304, 300
_FRAME = QSize(16, 48)  # about what a window manager puts around a window
_NO_SCREENS = ("offscreen", "minimal")
_VERSION = 2  # of the docks: what an earlier program saved of its own is left alone


class Layout(QObject):
    """Place a window on its screen, and its docks within it.

    Parameters
    ----------
    window : QMainWindow
        Its docks are added later, before `furnish`.
    settings : Settings
        Where the layout is kept.
    remember : bool
        Whether to take over and keep it.
    """

    restored = Signal()
    """The docks are where they were."""

    def __init__(self, window: QMainWindow, settings: Settings, remember: bool) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._remember = remember
        self._docks: Mapping[str, QDockWidget] = {}
        self._details: Details | None = None
        self._default = QByteArray()
        self._pending = QByteArray()
        self._wanted_size = b""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._place_docks)
        window.resize(_first_size(window))
        window.setMinimumSize(_first_size(window).boundedTo(_LEAST))
        geometry = settings.layout()[0]
        if remember and not geometry.isEmpty():
            window.restoreGeometry(geometry)

    def furnish(self, docks: Mapping[str, QDockWidget], details: Details) -> None:
        """Place the docks, by title, once they are filled; open what was open."""
        self._docks, self._details = docks, details
        _fit_to_screen(self._window)
        self._share_room()
        self._default = self._window.saveState(_VERSION)
        state = self._settings.layout()[1]
        if self._remember and not state.isEmpty():
            self._pending, self._wanted_size = state, self._settings.layout_size()
            self._window.installEventFilter(self)
            self._place_docks()
        sections = self._settings.open_sections
        if self._remember and sections is not None:
            details.open_only(sections)

    def save(self) -> None:
        """Keep the layout for the next start."""
        if self._remember and self._details is not None:
            window = self._window
            geometry, state = window.saveGeometry(), window.saveState(_VERSION)
            self._settings.save_layout(geometry, state, _words(window.size()))
            self._settings.open_sections = self._details.open_titles

    def reset(self) -> None:
        """Put every dock back where it was at first."""
        self._pending = QByteArray()
        self._restore(self._default)
        self._share_room()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """See the window get its size: a maximised one has it only once it is shown.

        Docks keep the sizes that they had only in a window of the size that it had.
        """
        if event.type() == QEvent.Type.Resize:
            self._timer.start()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._leave()  # from now on sizes are chosen by hand
        return False

    def _place_docks(self) -> None:
        if self._pending.isEmpty():
            return
        self._restore(self._pending)
        if self._wanted_size in (b"", _words(self._window.size())):
            self._leave()

    def _leave(self) -> None:
        self._pending = QByteArray()
        self._timer.stop()
        self._window.removeEventFilter(self)

    def _restore(self, state: QByteArray) -> None:
        """Bring the docks back; bars stay, whatever they were when it was saved."""
        self._window.restoreState(state, _VERSION)
        for bar in self._window.findChildren(QToolBar):
            bar.show()
        self.restored.emit()

    def _share_room(self) -> None:
        """Give the docks the sizes that they have at first."""
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        window, docks = self._window, self._docks
        window.resizeDocks([docks["Map"]], [_RIGHT_WIDTH], across)
        window.resizeDocks([docks["Wall"]], [_WALL_HEIGHT], down)


def _first_size(window: QMainWindow) -> QSize:
    """Return the size that a window has at first: within the screen, frame and all."""
    room = _room(window)
    return _WANTED if room is None else _WANTED.boundedTo(room.size() - _FRAME)


def _fit_to_screen(window: QMainWindow) -> None:
    """Let no part of a window be off the screen, now that its frame is known."""
    room, frame = _room(window), window.frameGeometry()
    full = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
    if room is None or window.windowState() & full or room.contains(frame):
        return
    border = frame.size() - window.size()
    window.resize(window.size().boundedTo(room.size() - border))
    frame.setSize(window.size() + border)
    frame.moveRight(min(frame.right(), room.right()))
    frame.moveBottom(min(frame.bottom(), room.bottom()))
    frame.moveLeft(max(frame.left(), room.left()))
    frame.moveTop(max(frame.top(), room.top()))
    window.move(frame.topLeft())


def _room(window: QMainWindow) -> QRect | None:
    """Return what panels leave free of the screen; None where nobody looks at one."""
    if QGuiApplication.platformName() in _NO_SCREENS:
        return None
    return window.screen().availableGeometry()


def _words(size: QSize) -> bytes:
    return b"%d x %d" % (size.width(), size.height())
