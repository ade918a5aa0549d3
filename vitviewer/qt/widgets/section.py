"""A collapsible section that says its state in one line while it is closed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from vitviewer.qt.looks.painting import chevron
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.plain import set_tooltip

_PAD, _INDENT = 16, 16
_APART = 16  # title and summary


class Section(QWidget):
    """A header over a body; a click on the header opens and closes it."""

    opened = Signal(bool)

    def __init__(
        self, title: str, body: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.body = body
        self.header = SectionHeader(title)
        self.header.toggled.connect(self.set_open)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Maximum)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(body)
        body.hide()

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return not self.body.isHidden()

    def set_open(self, on: bool) -> None:
        """Show or hide the body."""
        if on != self.is_open:
            self.body.setHidden(not on)
            self.header.setChecked(on)
            self.opened.emit(on)

    def set_summary(self, words: str) -> None:
        """Say the state in one line."""
        self.header.set_summary(words)


class SectionHeader(QAbstractButton):
    """A caret, the title, and at the right the summary of a closed section."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._summary = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._name()
        self.toggled.connect(self._name)

    @property
    def summary(self) -> str:
        """The state of what is in the section, in one line."""
        return self._summary

    def set_summary(self, words: str) -> None:
        """Say the state in one line, as plain text."""
        line = " ".join(words.split())
        if line != self._summary:
            self._summary = line
            self._name()
            self._tell()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the whole summary where there is no longer room for it."""
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        title = QFontMetrics(font(strong=True)).horizontalAdvance(self.text())
        room = self.width() - 2 * _PAD - _INDENT - title - _APART
        needed = QFontMetrics(font()).horizontalAdvance(self._summary)
        set_tooltip(self, self._summary if needed > room else "")

    def _name(self, *_: object) -> None:
        state = "open" if self.isChecked() else "closed"
        self.setAccessibleName(f"{self.text()}, {state}")
        self.setAccessibleDescription(self._summary)

    def sizeHint(self) -> QSize:
        """Ask for a line with air around it."""
        return QSize(120, max(30, QFontMetrics(self.font()).height() + 14))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rule above, the caret, the title and the summary."""
        width, height = self.width(), self.height()
        with QPainter(self) as painter:
            painter.fillRect(QRect(0, 0, width, 1), color("line"))
            if self.underMouse() and self.isEnabled():
                painter.fillRect(QRect(0, 1, width, height - 1), color("hover"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            chevron(painter, QPointF(_PAD + 4, height / 2 + 0.5), self.isChecked())
            painter.setFont(font(strong=True))
            painter.setPen(color("text"))
            left = _PAD + _INDENT
            line = QRect(left, 0, width - left - _PAD, height)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, self.text())
            if not self.isChecked():
                used = painter.fontMetrics().horizontalAdvance(self.text())
                line.setLeft(left + used + _APART)
                painter.setFont(font())
                painter.setPen(color("quiet"))
                words = painter.fontMetrics().elidedText(
                    self._summary, Qt.TextElideMode.ElideRight, line.width()
                )
                painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, words)
