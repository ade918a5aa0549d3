"""The strip itself: what is seen of it, what keys and clicks do, what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView

from vitviewer.pictures.opening import is_on_the_web
from vitviewer.qt.filmstrip.delegate import CELL, FrameDelegate, pitch
from vitviewer.qt.filmstrip.rows import Rows
from vitviewer.qt.filmstrip.thumbnails import Thumbnails
from vitviewer.qt.looks.roles import color

if TYPE_CHECKING:
    from vitviewer.pictures.picture import Picture
    from vitviewer.qt.controller import Controller

WIDTH = 120

_NEW_FONT = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Filmstrip(QTableView):
    """Show the opened set as small pictures; a click opens one.

    It is a table of one column, for of Qt's views this one alone opens a set without
    looking at each row. Up and down walk through it, Enter opens; all other keys are
    left to the window.

    Parameters
    ----------
    controller : Controller
        Whose set it shows, and what opens the pictures.
    """

    count_changed = Signal(int)
    """So many pictures are in the set now."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        state, opener = controller.state, controller.opener
        self.thumbnails = Thumbnails(opener, lambda: state.background, self)
        self._rows = Rows(self.thumbnails, self)
        self._delegate = FrameDelegate(self)
        self._opened_by_key = -1  # the row
        self._look_timer = QTimer(self)
        self._look_timer.setSingleShot(True)
        self._look_timer.timeout.connect(self._look)
        self._set_up()
        self.thumbnails.made.connect(self.viewport().update)
        self.clicked.connect(self._on_clicked)
        self.verticalScrollBar().valueChanged.connect(self._look_soon)
        opener.playlist_changed.connect(self._on_playlist)
        controller.vanishing.changed.connect(self._on_fewer)
        controller.picture_changed.connect(self._on_picture)
        state.events.background.connect(self._on_background)
        self._on_playlist()
        if controller.picture is not None:
            self._on_picture(controller.picture)

    @property
    def count(self) -> int:
        """How many pictures are in the set."""
        return self._rows.rowCount()

    @property
    def worth_showing(self) -> bool:
        """Whether there is more than one picture to choose from."""
        return self.count > 1

    def stop(self, timeout_ms: int) -> bool:
        """End the thread; False if it would not stop in time."""
        self._look_timer.stop()
        return self.thumbnails.stop(timeout_ms)

    def _set_up(self) -> None:
        self.setAccessibleName("Pictures")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setAutoScroll(False)
        self.setSelectionMode(self.SelectionMode.NoSelection)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A click opens and leaves the focus, and so the keys, to the picture.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        modes = QHeaderView.ResizeMode
        self.horizontalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setSectionResizeMode(modes.Stretch)
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(modes.Fixed)
        self.setMinimumWidth(CELL.width() + 8)
        self._fit_to_font()

    def _fit_to_font(self) -> None:
        self.verticalHeader().setDefaultSectionSize(pitch())
        self.verticalScrollBar().setSingleStep(pitch() // 3)

    def sizeHint(self) -> QSize:
        """Ask for the strip's width and some pictures."""
        return QSize(WIDTH, 4 * pitch())

    # --- what is in it ----------------------------------------------------------------

    @Slot()
    def _on_playlist(self) -> None:
        """Show another set, or another place in it."""
        playlist = self._controller.playlist
        if self._rows.takes(playlist.sources):
            self.thumbnails.forget()
            self.count_changed.emit(self.count)
        self._choose(playlist.index if self.count else -1)

    @Slot()
    def _on_fewer(self) -> None:
        """Let go of what has vanished; what is seen of the strip stays where it is."""
        bar = self.verticalScrollBar()
        before, was_framed = bar.value(), self._rows.chosen >= 0
        playlist = self._controller.playlist
        if self._rows.takes(playlist.sources):
            self._rows.choose(playlist.index if was_framed else -1)
            self.setCurrentIndex(self._rows.index(playlist.index, 0))
            self.executeDelayedItemsLayout()
            bar.setValue(before)
            self.count_changed.emit(self.count)
            self._look_soon()

    @Slot(object)
    def _on_picture(self, picture: Picture) -> None:
        """Frame what is shown; nothing where that is not of the set."""
        current = self._controller.playlist.current or ""
        is_of_set = bool(picture.source) and current.startswith(picture.source)
        if not is_of_set:
            self._rows.choose(-1)
        else:
            self._choose(self._controller.playlist.index)
            if self.worth_showing and (self.isVisible() or is_on_the_web(current)):
                self.thumbnails.show(current, picture)
        if is_of_set and self._opened_by_key == self._rows.chosen:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)  # one can walk on
        self._opened_by_key = -1

    @Slot(object)
    def _on_background(self, *_: object) -> None:
        self.thumbnails.forget()
        self._look_soon()

    def _choose(self, row: int) -> None:
        """Frame a row and bring it into view."""
        if row != self._rows.chosen:
            self._rows.choose(row)
            self.setCurrentIndex(self._rows.index(row, 0))
            self._reveal(row)
        self._look_soon()

    def _reveal(self, row: int) -> None:
        if row >= 0 and self.isVisible():
            self.scrollTo(self._rows.index(row, 0))

    # --- which small pictures it asks for ---------------------------------------------

    @Slot()
    def _look_soon(self, *_: object) -> None:
        if not self._look_timer.isActive():
            self._look_timer.start(0)

    @Slot()
    def _look(self) -> None:
        """Ask for what is visible, then for a screenful below and above it."""
        if not self.isVisible():
            self.thumbnails.want([])
            return
        height = self.verticalHeader().defaultSectionSize()
        first = self.verticalScrollBar().value() // height
        count = self.viewport().height() // height + 2
        last = first + count
        parts = (
            range(first, last),
            range(last, last + count),
            range(first - count, first),
        )
        self.thumbnails.want(s for rows in parts for s in self._rows.near(rows))

    # --- keys and pointer -------------------------------------------------------------

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._controller.go_to(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk and open; leave all else to the window."""
        row, last = self.currentIndex().row(), self.count - 1
        goals = {
            Qt.Key.Key_Up: max(row - 1, 0),
            Qt.Key.Key_Down: min(row + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if last < 0 or not is_plain or key not in (*goals, *_ENTER):
            event.ignore()
            return
        self._show_focus(True)
        if key in _ENTER:
            self._opened_by_key = max(row, 0)
            self._controller.go_to(self._opened_by_key)
            return
        self.setCurrentIndex(self._rows.index(goals[key], 0))
        self._reveal(goals[key])

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the window that it was told of when they were pressed."""
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the focus is if it came by a key."""
        self._show_focus(event.reason() in _BY_KEYS)
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show no focus to who uses the pointer."""
        self._show_focus(False)
        super().mousePressEvent(event)

    def _show_focus(self, on: bool) -> None:
        self._delegate.shows_focus = on
        self.viewport().update()

    # --- being seen -------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the panel that the rows lie on, then these."""
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), color("panel"))
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Give the rows the height that the font needs."""
        super().changeEvent(event)
        if event.type() in _NEW_FONT:
            self._fit_to_font()

    def event(self, event: QEvent) -> bool:
        """Hear of the program's font, which a style sheet keeps from `changeEvent`."""
        done = super().event(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit_to_font()
        return done

    def showEvent(self, event: QShowEvent) -> None:
        """Begin where the picture is that is shown, and ask for what is seen."""
        super().showEvent(event)
        self._reveal(self._rows.chosen)
        self._look_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing while nobody looks."""
        super().hideEvent(event)
        self._look_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for what has come into view."""
        super().resizeEvent(event)
        self._look_soon()
