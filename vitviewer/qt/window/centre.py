"""The middle of the window: what is shown, and what lies over it and moves nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vitviewer.qt.looks.roles import color
from vitviewer.qt.widgets.progress_line import ProgressLine
from vitviewer.qt.window.notice_bar import NoticeBar

_FRAME = 2
_LEAST = QSize(160, 120)


class Centre(QWidget):
    """A stack of pages that fills it, with the notice and the progress line over it."""

    def __init__(self, pages: QStackedWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages = pages
        pages.setMinimumSize(_LEAST)  # the page of samples may be cut on a small screen
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(pages)
        self.notice = NoticeBar(self)
        self.line = ProgressLine(self)
        self.drop_frame = DropFrame(self)

    def show_dragging(self, is_over: bool) -> None:
        """Frame all of it while something is dragged over the window that opens."""
        self.drop_frame.setVisible(is_over)
        self.drop_frame.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the frame go round all of it."""
        self.drop_frame.setGeometry(self.rect())
        super().resizeEvent(event)


class DropFrame(QWidget):
    """A frame that takes no events: the drop is for what is under it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame."""
        half = _FRAME / 2
        with QPainter(self) as painter:
            pen = QPen(color("link"), _FRAME)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
