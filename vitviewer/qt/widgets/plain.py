"""Text from files and models, shown as plain text and never wider than its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QMessageBox, QSizePolicy, QWidget

_LONG_LINE = 30
_LONG_WORD = re.compile(r"\S{25,}")
_BREAK = re.compile(r"(?:[^./_:-]{24}|[./_:-])(?=.)")
_ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"


class PlainLabel(QLabel):
    """A label that reads no markup and elides what does not fit."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show one line of text; the whole of it is in the tooltip."""
        super().setText(" ".join(text.split()))
        self._tell()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the whole where there is no longer room for it."""
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        """Put a line that is long, or does not fit, into the tooltip."""
        line = self.text()
        if self.toolTip() != self._told:
            return  # it was given another one
        is_long = len(line) > _LONG_LINE or self._needed() > self.contentsRect().width()
        set_tooltip(self, line if is_long else "")
        self._told = self.toolTip()

    def _needed(self) -> int:
        """Return how wide the line is."""
        return self.fontMetrics().horizontalAdvance(self.text())

    def minimumSizeHint(self) -> QSize:
        """Ask for a line's height and almost no width."""
        return QSize(20, self.fontMetrics().height() + 2)

    def sizeHint(self) -> QSize:
        """Ask for a line's height, so that long text never widens the window."""
        return self.minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line, elided at its end."""
        rect = self.contentsRect()
        mode = Qt.TextElideMode.ElideRight
        text = self.fontMetrics().elidedText(self.text(), mode, rect.width())
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(rect, flags | Qt.TextFlag.TextSingleLine, text)


class PlainParagraph(QLabel):
    """Text that wraps to any width and can be selected; it reads no markup."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setSizePolicy(policy)
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse
        self.setTextInteractionFlags(selectable)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show text in lines; words too long for one may break."""
        super().setText(breakable(text))

    def text(self) -> str:
        """Return the text as it was given."""
        return str(super().text()).replace(_ZERO_WIDTH_SPACE, "")

    def set_bold(self) -> None:
        """Make the text stand out."""
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def minimumSizeHint(self) -> QSize:
        """Ask for a line's height and almost no width."""
        return QSize(20, self.fontMetrics().height())


def breakable(text: str) -> str:
    """Let long words break, best where their parts meet, at spaces of no width."""
    return _LONG_WORD.sub(
        lambda word: _BREAK.sub(rf"\g<0>{_ZERO_WIDTH_SPACE}", word[0]), text
    )


def set_tooltip(widget: QWidget, text: str) -> None:
    """Set a tooltip from plain text; tooltips read HTML, so it is escaped."""
    if as_tooltip(text) != widget.toolTip():  # each that is set is an event, for many
        widget.setToolTip(as_tooltip(text))


def as_tooltip(text: str) -> str:
    """Return plain text as the HTML of a tooltip, bounded in length."""
    bounded = text if len(text) < 500 else text[:499] + "…"
    return f"<span>{escape(bounded)}</span>" if bounded else ""


def escape_mnemonics(text: str) -> str:
    """Double the ampersands, which menus and buttons would take for shortcuts."""
    return " ".join(text.split()).replace("&", "&&")


def as_title(text: str) -> str:
    """Return text for a window's title, where ``[*]`` would stand for changes."""
    return " ".join(text.split()).replace("[*]", "[*][*]")


@contextmanager
def plain_boxes() -> Iterator[None]:
    """Let message boxes read no markup, those too that Qt's file dialogs open."""
    app = QCoreApplication.instance()
    assert app is not None
    reader = _PlainBoxes()
    app.installEventFilter(reader)
    try:
        yield
    finally:
        app.removeEventFilter(reader)


class _PlainBoxes(QObject):
    """Make each message box's text plain as it is about to be shown."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See what is about to be shown; hold nothing back."""
        if event.type() == QEvent.Type.Polish and isinstance(watched, QMessageBox):
            watched.setTextFormat(Qt.TextFormat.PlainText)
        return False
