"""What is in the middle of the window while there is no picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from vitviewer.pictures.samples import Sample, samples
from vitviewer.qt.looks.roles import color
from vitviewer.qt.widgets.role_label import RoleLabel
from vitviewer.qt.window.sample_button import SampleButton

_TRY = {
    "star-and-triangle.png": "star",
    "crescent-and-heart.png": "crescent",
    "ring.png": "ring",
}
_STORY = {
    "heart-with-mark.png": "with the mark",
    "heart-without-mark.png": "without it",
}
_MIDDLE = Qt.AlignmentFlag.AlignHCenter


class Welcome(QWidget):
    """An inviting empty canvas: where to drop, two buttons, and five samples.

    It is the first that is painted, so its pictures are read afterwards.
    """

    painted = Signal()
    open_asked = Signal()
    paste_asked = Signal()
    sample_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Drop a picture here")
        self.open = _button("Open…", "Ctrl+O", self.open_asked.emit)
        self.paste = _button("Paste", "Ctrl+V", self.paste_asked.emit)
        self.samples: list[SampleButton] = []
        self._lay_out()
        self._unread = list(self.samples)
        self._reading = QTimer(self)  # whenever nothing else is to be done
        self._reading.timeout.connect(self._read_picture)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addStretch()
        words = RoleLabel("Drop a picture here", kind="large", strong=True)
        column.addWidget(words, 0, _MIDDLE)
        column.addSpacing(6)
        more = RoleLabel("or a folder, or a link from a web page", "quiet")
        column.addWidget(more, 0, _MIDDLE)
        column.addSpacing(20)
        column.addLayout(_in_the_middle(self.open, self.paste))
        column.addSpacing(56)
        shelf = {sample.path.name: sample for sample in samples()}
        groups = [
            self._group(title, [(shelf[f], w) for f, w in files.items() if f in shelf])
            for title, files in (
                ("Try one of these", _TRY),
                ("Right answer, wrong reason", _STORY),
            )
        ]
        column.addLayout(_in_the_middle(*groups, spacing=56))
        column.addStretch()

    def _group(self, title: str, files: list[tuple[Sample, str]]) -> QWidget:
        group = QWidget()
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        if files:
            column.addWidget(RoleLabel(title, strong=True))
        row = QHBoxLayout()
        row.setSpacing(16)
        for sample, words in files:
            button = SampleButton(sample, words)
            button.chosen.connect(self.sample_chosen)
            self.samples.append(button)
            row.addWidget(button)
        column.addLayout(row)
        return group

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground; the pictures of the samples are read after it."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), color("canvas"))
        self.painted.emit()
        self._reading.start()

    def _read_picture(self) -> None:
        """Read the next sample, one at a time, unless a picture has come meanwhile."""
        if self._unread and self.isVisible():
            self._unread.pop(0).read()
        else:
            self._reading.stop()


def _button(words: str, key: str, call: Callable[[], object]) -> QPushButton:
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    button = QPushButton(f"{words}  {native}")
    button.setAccessibleName(words.rstrip("…"))
    button.clicked.connect(lambda _checked=False: call())
    return button


def _in_the_middle(*widgets: QWidget, spacing: int = 8) -> QLayout:
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addStretch()
    for n, widget in enumerate(widgets):
        if n:
            row.addSpacing(spacing)
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
    row.addStretch()
    return row
