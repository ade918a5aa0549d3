"""One sentence for the user, over the top edge of the picture: it moves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from vitviewer.qt.looks.icons import icon
from vitviewer.qt.looks.painting import fill, light
from vitviewer.qt.widgets.plain import PlainParagraph, set_tooltip
from vitviewer.text import one_line

_LONGEST = 400
_GAP = 8
_SIGN = 14
_BEFORE = 12


@dataclass(frozen=True)
class Offer:
    """What a notice lets one do: a button's words, and what it does."""

    words: str
    call: Callable[[], object]


class NoticeBar(QFrame):
    """A dismissible line over its parent's top edge; a new one replaces the old one.

    A notice with an offer stays until it is dismissed or replaced; one without goes
    with the picture or the model that it was about.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.label = PlainParagraph()
        self.label.setAccessibleName("Notice")
        self._offers: tuple[Offer, ...] = ()
        self.button, self.second = QToolButton(), QToolButton()
        self.button.clicked.connect(lambda: self._take_up(0))
        self.second.clicked.connect(lambda: self._take_up(1))
        close = QToolButton()
        close.setIcon(icon("x", "on_notice"))
        close.setAccessibleName("Dismiss the notice")
        set_tooltip(close, "Dismiss the notice")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_BEFORE + _SIGN + _GAP, 4, 6, 4)
        layout.addWidget(self.label, 1)
        for button in (self.button, self.second, close):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()
        if parent is not None:
            parent.installEventFilter(self)

    def show_notice(self, sentence: str, *offers: Offer | None) -> None:
        """Show a sentence as plain text, bounded in length, with up to two offers."""
        self.label.setText(one_line(sentence, _LONGEST))
        self._offers = tuple(offer for offer in offers if offer is not None)[:2]
        for at, button in enumerate((self.button, self.second)):
            button.setVisible(at < len(self._offers))
            if at < len(self._offers):
                button.setText(self._offers[at].words)
        self.show()
        self.place()
        announce(self, self.label.text())

    def place(self) -> None:
        """Lie over the top edge of the parent, as high as the sentence needs."""
        parent = self.parentWidget()
        if parent is None:
            return
        width = max(parent.width() - 2 * _GAP, 1)
        self.setGeometry(_GAP, _GAP, width, self._height_for(width))
        self.raise_()

    def _height_for(self, width: int) -> int:
        layout = self.layout()
        assert layout is not None
        layout.activate()
        return max(
            layout.totalHeightForWidth(width), layout.totalMinimumSize().height()
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the top edge while the parent grows and shrinks."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self.place()
        return False

    def event(self, event: QEvent) -> bool:
        """Grow with the font."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.place()
        return done

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground, and a sign that it is a warning."""
        line = self.label.fontMetrics().height()
        top = self.label.y() + (line - _SIGN) / 2
        if self.label.height() < 2 * line:
            top = (self.height() - _SIGN) / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            fill(painter, self.rect(), "notice", 6)
            light(painter, QRectF(_BEFORE, top, _SIGN, _SIGN), "warn")

    def clear(self) -> None:
        """Hide what was about the last picture or model."""
        if not self._offers:
            self.hide()

    def withdraw(self, sentence: str) -> None:
        """Hide a sentence, if it still stands here, that no longer holds."""
        if self.label.text() == one_line(sentence, _LONGEST):
            self.clear()

    def _take_up(self, at: int) -> None:
        if at < len(self._offers):
            self._offers[at].call()


def announce(widget: QWidget, sentence: str) -> None:
    """Let a screen reader say a sentence now, wherever the focus is."""
    try:
        from PySide6.QtGui import QAccessibleAnnouncementEvent
    except ImportError:  # Qt's bindings do not have it in every version
        return
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, sentence))


def copying(details: str) -> Offer | None:
    """Offer to copy the details behind a notice, if there are any."""
    if not details:
        return None
    return Offer("Copy details", lambda: QGuiApplication.clipboard().setText(details))
