"""The list under a part of the sentence: a search field, and what may be chosen.

It is a window of its own over the canvas, so that opening it moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from vitviewer.qt.looks.painting import fill
from vitviewer.qt.sentence.choice import Choice
from vitviewer.qt.sentence.part import PartButton
from vitviewer.qt.sentence.rows import CHOICE_ROLE, ChoiceDelegate, width_of

if TYPE_CHECKING:
    #: What is offered for the words that were typed.
    Offer = Callable[[str], list[Choice]]

_PAD, _RADIUS = 8, 6
_LEAST, _MOST = 320, 560
_TO_LIST = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Popup(QFrame):
    """Offer choices under a widget until one is taken.

    Parameters
    ----------
    offer : callable
        Returns what to list for the words typed so far.
    name, prompt : str
        The list's accessible name, and what the empty search field says.
    parent : QWidget
        The part that it belongs to.
    """

    closed = Signal()

    def __init__(self, offer: Offer, name: str, prompt: str, parent: QWidget) -> None:
        super().__init__(
            parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint
        )
        self._offer = offer
        self._anchor = parent
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName(name)
        self.search = QLineEdit()
        self.search.setPlaceholderText(prompt)
        self.search.setAccessibleName(prompt)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setItemDelegate(ChoiceDelegate(self.list))
        self._tame_list()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_PAD, _PAD, _PAD, _PAD)
        layout.setSpacing(4)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.search.textChanged.connect(self.refill)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._take_item)
        self.list.itemEntered.connect(self.list.setCurrentItem)
        self.list.currentItemChanged.connect(self._speak)
        self.refill()

    def _tame_list(self) -> None:
        """Make the list a part of the popup, and leave the keys to the field."""
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.viewport().setAutoFillBackground(False)
        self.list.setObjectName("choices")
        self.list.setStyleSheet("#choices { background: transparent; border: 0; }")

    # --- what is listed ---------------------------------------------------------------

    def refill(self, *_: object) -> None:
        """List what fits the typed words, under headings."""
        self.list.clear()
        group = ""
        for choice in self._offer(self.search.text()):
            if choice.group != group:
                group = choice.group
                self._add_heading(group)
            self._add(choice)
        self._choose_first()

    @property
    def choices(self) -> list[Choice]:
        """What is listed, without the headings."""
        every = (self.list.item(row) for row in range(self.list.count()))
        found = (item.data(CHOICE_ROLE) for item in every)
        return [choice for choice in found if choice is not None]

    @property
    def current(self) -> Choice | None:
        """What Enter would take."""
        item = self.list.currentItem()
        found: Choice | None = None if item is None else item.data(CHOICE_ROLE)
        return found

    def _add_heading(self, words: str) -> None:
        item = QListWidgetItem(words)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _add(self, choice: Choice) -> None:
        item = QListWidgetItem(choice.spoken)
        item.setData(CHOICE_ROLE, choice)
        if not choice.can_be:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _choose_first(self) -> None:
        """Go to what is chosen; while searching, to the first that was found."""
        every = [self.list.item(row) for row in range(self.list.count())]
        able = [item for item in every if item.flags() & Qt.ItemFlag.ItemIsEnabled]
        chosen = [item for item in able if item.data(CHOICE_ROLE).is_chosen]
        best = able if self.search.text().strip() else [*chosen, *able]
        if best:
            self.list.setCurrentItem(best[0])

    def _speak(self, item: QListWidgetItem | None, *_: object) -> None:
        """Let the field tell where in the list one is: it keeps the focus."""
        self.search.setAccessibleDescription("" if item is None else item.text())

    # --- opening, taking, closing -----------------------------------------------------

    def open(self) -> None:
        """Show it under its part, no higher than what is under the sentence."""
        start = self._anchor.mapToGlobal(self._anchor.rect().bottomLeft())
        bounds = _bounds_under(self._anchor)
        wanted = self._natural_size()
        width = min(wanted.width(), bounds.width())
        height = min(wanted.height(), bounds.bottom() - start.y())
        left = start.x()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            end = self._anchor.mapToGlobal(self._anchor.rect().bottomRight())
            left = end.x() - width + 1
        left = max(min(left, bounds.right() - width + 1), bounds.left())
        self.setGeometry(QRect(QPoint(left, start.y() + 1), QSize(width, height)))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        current = self.list.currentItem()
        if current is not None:
            self.list.scrollToItem(current)

    def _natural_size(self) -> QSize:
        widest = max((width_of(choice) for choice in self.choices), default=0)
        bar = self.list.verticalScrollBar().sizeHint().width()
        width = min(max(widest + 2 * _PAD + bar, _LEAST), _MOST)
        rows = (self.list.sizeHintForRow(i) for i in range(self.list.count()))
        height = sum(rows) + self.search.sizeHint().height() + 2 * _PAD + 4 + 2
        return QSize(width, height)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it is over, however that came."""
        super().hideEvent(event)
        self.closed.emit()

    def _take_item(self, item: QListWidgetItem | None) -> None:
        choice = None if item is None else item.data(CHOICE_ROLE)
        if choice is not None and choice.can_be:
            self.close()
            choice.take()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let arrows walk in the list while the field has the focus."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in _TO_LIST:
            self._move(event)
            return True
        if event.key() in _ENTER:
            self._take_item(self.list.currentItem())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return True
        return False

    def _move(self, event: QKeyEvent) -> None:
        """Walk over headings and what cannot be chosen; the list knows how."""
        self.list.keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close where all else is pressed; another part then opens its own list.

        Not every platform hands such a press on to what is under it, so parts are told
        here, and never twice.
        """
        at = event.globalPosition().toPoint()
        window = self._anchor.window()
        under = window.childAt(window.mapFromGlobal(at))
        part = under if isinstance(under, PartButton) else None
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay, part is not None)
        super().mousePressEvent(event)
        if part is not None and part is not self._anchor:
            QTimer.singleShot(0, part, partial(part.wanted.emit, False))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is raised over the rest, with an edge."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            fill(painter, self.rect(), "raised", _RADIUS, "edge")


def _bounds_under(anchor: QWidget) -> QRect:
    """Return where a popup may be, on the screen: over the canvas, in the window."""
    window = anchor.window()
    whole = QRect(window.mapToGlobal(QPoint()), window.size())
    centre = window.centralWidget() if isinstance(window, QMainWindow) else None
    if centre is not None and centre.isVisible():
        whole.setBottom(centre.mapToGlobal(centre.rect().bottomLeft()).y())
    return whole
