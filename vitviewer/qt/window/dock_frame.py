"""A dock under a slim title: its name, its tools, and a cross to close it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QWidget

from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.tool_button import ToolButton

_LEFT, _RIGHT, _LEAST = 16, 10, 28


class DockFrame(QDockWidget):
    """A dock whose title bar is ours, so that it looks the same on every desktop.

    Parameters
    ----------
    title : str
    closable : bool
        Whether its title has a cross; the menu can hide any dock.
    """

    closed = Signal()
    """Its cross was pressed."""

    def __init__(self, title: str, closable: bool = True) -> None:
        super().__init__(title)
        self.setObjectName(f"dock-{title}")
        self.setWidget(QWidget())
        self.bar = DockTitle(title)
        self.setTitleBarWidget(self.bar)
        self._closable = closable

    def set_tools(self, tools: Sequence[QWidget]) -> None:
        """Put tools at the right end of the title."""
        for tool in tools:
            self.bar.add(tool)
        if self._closable:
            words = f"Close {self.windowTitle()}"
            cross = ToolButton("x", words, side=20, role="quiet")
            cross.clicked.connect(self.close)
            cross.clicked.connect(self.closed)
            self.bar.add(cross)


class DockTitle(QWidget):
    """The name in small semi-bold letters; a drag of it moves the dock."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.setAccessibleName(title)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(_LEFT, 0, _RIGHT, 0)
        self._row.setSpacing(4)
        self._row.addStretch()

    def add(self, tool: QWidget) -> None:
        """Add a tool at the right."""
        self._row.addWidget(tool)

    def minimumSizeHint(self) -> QSize:
        """Ask for a line with air around it."""
        line = QFontMetrics(font("small")).height()
        row = self._row.minimumSize()
        return QSize(row.width(), max(_LEAST, line + 12, row.height()))

    def sizeHint(self) -> QSize:
        """Ask for the same."""
        return self.minimumSizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leave the press to the dock, which is moved by it."""
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the name."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setFont(font("small", strong=True))
            painter.setPen(color("quiet"))
            place = self.rect().adjusted(_LEFT, 0, -_RIGHT, 0)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, self._title)
