"""A bundled picture that opens at a click, with the model that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImageReader, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from vitviewer.qt.looks.painting import fill
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.system.resources import root

if TYPE_CHECKING:
    from vitviewer.pictures.samples import Sample
    from vitviewer.qt.controller import Controller

_SIDE = 88
_GAP = 6


class SampleButton(QAbstractButton):
    """A small picture over its words."""

    chosen = Signal(object)

    def __init__(
        self, sample: Sample, words: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.sample = sample
        self._words = words
        self._picture = QPixmap()
        self.setFont(font("small"))
        self.setAccessibleName(f"Sample, {words}")
        self.setAccessibleDescription(sample.caption)
        set_tooltip(self, sample.caption)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        metrics = QFontMetrics(self.font())
        width = max(_SIDE, metrics.horizontalAdvance(words) + 2)
        self.setFixedSize(QSize(width, _SIDE + _GAP + metrics.height()))
        self.clicked.connect(lambda _checked=False: self.chosen.emit(self.sample))

    @property
    def has_picture(self) -> bool:
        """Whether its picture was read."""
        return not self._picture.isNull()

    def read(self) -> None:
        """Read the picture, no larger than it is shown."""
        ratio = self.devicePixelRatioF()
        reader = QImageReader(str(self.sample.path))
        reader.setScaledSize(QSize(round(_SIDE * ratio), round(_SIDE * ratio)))
        self._picture = QPixmap.fromImage(reader.read())
        self._picture.setDevicePixelRatio(ratio)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, or its place, and the words under it."""
        place = QRect((self.width() - _SIDE) // 2, 0, _SIDE, _SIDE)
        with QPainter(self) as painter:
            if self.has_picture:
                painter.drawPixmap(place, self._picture)
            else:
                fill(painter, place, "panel", 0)
            pressed = self.underMouse() or self.isDown()
            painter.setPen(color("text" if pressed else "quiet"))
            below = self.rect().adjusted(0, _SIDE + _GAP, 0, 0)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._words)


def open_sample(controller: Controller, sample: Sample) -> None:
    """Open a sample, by the bundled model that it shows something of."""
    is_bundled = (root() / "models" / sample.model).is_dir()
    loaded = controller.model
    if is_bundled and (loaded is None or loaded.source != sample.model):
        controller.load_model(sample.model)
    controller.open_path(str(sample.path))
