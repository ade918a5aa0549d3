"""The parts of the sentence in a row; where there is no room, some give way."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from vitviewer.maps.sentence import NAMES, Sentence
from vitviewer.qt.looks.roles import color, font
from vitviewer.qt.sentence.part import PartButton
from vitviewer.qt.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Collection

_FLOOR, _LAST_FLOOR, _STEP = 96, 24, 2
_NOTE_GAP = 8


class PartRow(QWidget):
    """Lay out the parts of a sentence, and walk from one to the next."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = {
            "model": self.tr("Model"),
            "method": self.tr("Method"),
            "query": self.tr("Token"),
            "target": self.tr("Class"),
            "where": self.tr("Layer and heads"),
        }
        self.parts = {
            name: PartButton(kinds[name], name != "where", name == "model", self)
            for name in NAMES
        }
        self.note = PlainLabel("", self)
        self._shown: list[PartButton] = []
        self._placed: tuple[object, ...] = ()
        for part in self.parts.values():
            part.hide()
            part.walked.connect(self._walk)
            part.left.connect(self.left)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._color()

    def set_sentence(self, said: Sentence, passing: Collection[str] = ()) -> None:
        """Show a sentence.

        Parameters
        ----------
        said : Sentence
        passing : collection of str
            The parts that are asked for, and not on the canvas yet.
        """
        shown = [self.parts[part.name] for part in said.parts]
        for part in said.parts:
            self.parts[part.name].set_part(part, part.name in passing)
        for button in self.parts.values():
            button.setVisible(button in shown)
        if shown != self._shown:
            self._shown = shown
            for before, after in pairwise(shown):
                QWidget.setTabOrder(before, after)
        self.note.setText(f"({said.note})" if said.note else "")
        self.note.setVisible(bool(said.note))
        self.place()

    @property
    def shown(self) -> list[PartButton]:
        """The parts that apply, in their order."""
        return self._shown

    def sizeHint(self) -> QSize:
        """Ask for the height of a part, and for no width."""
        return QSize(0, self.parts["model"].sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Ask for the same."""
        return self.sizeHint()

    def place(self) -> None:
        """Give each part its place, and the note what is left."""
        wanted = [part.natural_width for part in self._shown]
        around = [part.around for part in self._shown]
        room = self.width() - sum(around)
        fixed = self.parts["where"]
        rigid = self._shown.index(fixed) if fixed in self._shown else None
        for part, width in zip(self._shown, shares(wanted, room, rigid), strict=True):
            part.fit(width)
        line = self.sizeHint().height()
        turn = self.layoutDirection()
        placed = (wanted, around, self._shown, line, self.rect(), turn)
        if placed == self._placed:  # a step from layer to layer moves nothing
            return
        self._placed = placed
        x = 0
        for part in self._shown:
            size = part.sizeHint()
            top = (self.height() - size.height()) // 2
            part.setGeometry(self._turned(QRect(x, top, size.width(), size.height())))
            x += size.width()
        left = max(self.width() - x - 2 * _NOTE_GAP, 0)
        self.note.setGeometry(
            self._turned(QRect(x + _NOTE_GAP, 0, left, self.height()))
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the parts give way, or take their room back."""
        super().resizeEvent(event)
        self.place()

    def changeEvent(self, event: QEvent) -> None:
        """Take up another theme, font or direction."""
        kinds = QEvent.Type
        if event.type() == kinds.PaletteChange and hasattr(self, "note"):
            self._color()
        if event.type() in (kinds.FontChange, kinds.LayoutDirectionChange):
            for part in self.parts.values():
                part.measure()
            self.updateGeometry()
            self.place()
        super().changeEvent(event)

    def _color(self) -> None:
        self.note.setFont(font())
        palette = QPalette(self.note.palette())
        if palette.color(QPalette.ColorRole.WindowText) != color("quiet"):
            palette.setColor(QPalette.ColorRole.WindowText, color("quiet"))
            self.note.setPalette(palette)

    def _walk(self, by: int) -> None:
        at = self._shown.index(self.sender()) + by  # type: ignore[arg-type]
        if 0 <= at < len(self._shown):
            self._shown[at].setFocus(Qt.FocusReason.TabFocusReason)

    def _turned(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), rect)


def shares(wanted: list[int], room: int, rigid: int | None = None) -> list[int]:
    """Share room out among choices of these widths, in pixels.

    While they are too wide, the widest gives way by 2 px, but none to less than 96, nor
    ever the rigid one. Only where even that is too wide do they get narrower still.
    """
    given = list(wanted)
    soft = [i for i in range(len(given)) if i != rigid]
    for floor in (_FLOOR, _LAST_FLOOR):
        while sum(given) > room and soft:
            widest = max(soft, key=given.__getitem__)
            if given[widest] <= floor:
                break
            given[widest] = max(given[widest] - _STEP, floor)
    return given
