"""One part of the sentence: quiet words, what is chosen, and a chevron that opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from vitviewer.qt.looks.painting import State, chevron, fill, light, stroke
from vitviewer.qt.looks.roles import color, font, metrics
from vitviewer.qt.widgets.plain import set_tooltip

if TYPE_CHECKING:
    from vitviewer.maps.sentence import Part

_PAD = 8
_CHEVRON = 14
_LIGHT, _LIGHT_GAP = 13, 7
_LEAST_HEIGHT = 28
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_OPENING = (
    Qt.Key.Key_Down,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Space,
)
_WALKING = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class PartButton(QAbstractButton):
    """Show a part of the sentence, and say when it is to be changed.

    Parameters
    ----------
    kind : str
        The word for it in its accessible name: "Method".
    opens : bool
        Whether a list opens, which the chevron tells.
    is_name : bool
        Whether the choice is a name, whose both ends tell it apart.
    """

    wanted = Signal(bool)
    """It is to be changed; with Shift or without."""
    light_wanted = Signal()
    """The verdict was clicked."""
    walked = Signal(int)
    """An arrow leads to the part before (-1) or after (1)."""
    left = Signal()
    """Esc: the focus goes elsewhere."""

    def __init__(
        self,
        kind: str,
        opens: bool = True,
        is_name: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._opens, self._is_name = kind, opens, is_name
        self._before = self._choice = self._after = self._full = ""
        self._words = ""
        self.natural_width = 0
        """How wide the whole choice is."""
        self.around = 0
        """How wide it is without the choice."""
        self._fitted = -1
        self._shown: tuple[Part | None, bool] = (None, False)
        self._light: State | None = None
        self._light_words = ""
        self._is_open = self._is_passing = self._has_ring = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._on_click)

    # --- what is shown ----------------------------------------------------------------

    @property
    def words(self) -> str:
        """What of the choice is shown, elided where there is no room."""
        return self._words

    @property
    def choice(self) -> str:
        """What is chosen."""
        return self._choice

    def set_part(self, part: Part, is_passing: bool = False) -> None:
        """Show a part; one that is not on the canvas yet is written quietly."""
        if (part, is_passing) == self._shown:
            return
        self._shown = (part, is_passing)
        line = " ".join(part.choice.split())
        self._before, self._after = part.before, part.after
        self._choice, self._is_passing = line, is_passing
        self._full = " ".join(part.full.split())
        self.measure()
        self._name()

    def set_light(self, state: State | None, words: str = "") -> None:
        """Show a verdict before the words; None shows none."""
        if (state, words) != (self._light, self._light_words):
            self._light, self._light_words = state, words
            self.measure()
            self._name()
            self.update()

    def set_open(self, on: bool) -> None:
        """Look pressed for as long as the list is open."""
        self._is_open = on
        self.update()

    def _name(self) -> None:
        opens = self.tr("opens a list") if self._opens else ""
        said = filter(None, (self._choice, self._light_words, opens))
        self.setAccessibleName(f"{self._kind}: {', '.join(said)}")
        self.setText(f"{self._before}{self._choice}{self._after}")

    # --- its width --------------------------------------------------------------------

    def measure(self) -> None:
        """Measure the words, in the font of now."""
        quiet = metrics().horizontalAdvance
        light = _LIGHT + _LIGHT_GAP if self._light is not None else 0
        chevron = _CHEVRON if self._opens else 0
        self.around = quiet(self._before) + quiet(self._after)
        self.around += 2 * _PAD + chevron + light
        self.natural_width = metrics(strong=True).horizontalAdvance(self._choice) + 1
        self._fitted = -1
        self.fit(self.natural_width)

    def fit(self, widest: int) -> None:
        """Elide the choice to a width: names in the middle, words at the end."""
        if widest == self._fitted:
            return
        self._fitted = widest
        modes = Qt.TextElideMode
        mode = modes.ElideMiddle if self._is_name else modes.ElideRight
        self._words = metrics(strong=True).elidedText(self._choice, mode, widest)
        set_tooltip(self, self._full if self._full != self._words else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the words that are shown and a line with air around it."""
        strong = metrics(strong=True)
        width = strong.horizontalAdvance(self._words) + 1
        return QSize(self.around + width, max(_LEAST_HEIGHT, strong.height() + 12))

    def minimumSizeHint(self) -> QSize:
        """Ask for the same."""
        return self.sizeHint()

    # --- the pointer and keys ---------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep the keys that mean something here from the menus' shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if self._means(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, open, or leave."""
        key = Qt.Key(event.key())
        if not self._means(event):
            super().keyPressEvent(event)
        elif key in _OPENING:
            self.wanted.emit(bool(event.modifiers() & _SHIFT))
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in _WALKING:
            turned = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            self.walked.emit(-_WALKING[key] if turned else _WALKING[key])

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Take the release of Space: it has done its part when it was pressed."""
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open when pressed, as menus do, also by the press that closed another."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif self._is_at_light(event.position()):
            self.light_wanted.emit()
        else:
            self.wanted.emit(bool(event.modifiers() & _SHIFT))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the release: it has done its part when it was pressed."""
        event.accept()

    def _is_at_light(self, point: QPointF) -> bool:
        place = self._placed(self._light_rect())
        return self._light is not None and place.contains(point)

    def _on_click(self) -> None:
        """Open for those who press it by other means, such as a screen reader."""
        self.wanted.emit(False)

    def _means(self, event: QKeyEvent) -> bool:
        others = Qt.KeyboardModifier.KeypadModifier | _SHIFT
        if event.modifiers() & ~others:
            return False
        key = Qt.Key(event.key())
        return key in _OPENING or key in _WALKING or key == Qt.Key.Key_Escape

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where keys brought the focus."""
        self._has_ring = event.reason() in _BY_KEYS
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away, unless its own list has the focus."""
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._has_ring = False
        super().focusOutEvent(event)

    # --- painting ---------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the parts from their start to their end."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._is_open or self.isDown() or self.underMouse():
                fill(painter, self.rect(), "hover")
            if self._light is not None:
                light(painter, self._placed(self._light_rect()), self._light)
            x = _PAD + (_LIGHT + _LIGHT_GAP if self._light is not None else 0)
            x += self._write(painter, x, self._before, "quiet", strong=False)
            role = "quiet" if self._is_passing else "text"
            x += self._write(painter, x, self._words, role, strong=True)
            self._write(painter, x, self._after, "quiet", strong=False)
            if self._opens:
                middle = QPointF(self.width() - _PAD - 3, self.height() / 2 + 0.5)
                at = self._placed(QRectF(middle, middle))
                chevron(painter, at.topLeft())
            if self._has_ring and self.hasFocus():
                stroke(painter, "link", 2)
                ring = QRectF(self.rect()).adjusted(1, 1, -1, -1)
                painter.drawRoundedRect(ring, 4, 4)

    def _write(
        self, painter: QPainter, x: int, words: str, role: str, *, strong: bool
    ) -> int:
        """Write words, and return how wide they are."""
        if not words:
            return 0
        used = font(strong=strong)
        painter.setFont(used)
        painter.setPen(color(role))
        width = metrics(strong=strong).horizontalAdvance(words)
        place = self._placed(QRectF(x, 0, width + 2, self.height())).toRect()
        flags = int(Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        turned = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if turned else Qt.AlignmentFlag.AlignLeft
        flags |= int(side) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(place, flags, words)
        return width

    def _light_rect(self) -> QRectF:
        return QRectF(_PAD, (self.height() - _LIGHT) / 2, _LIGHT, _LIGHT)

    def _placed(self, rect: QRectF) -> QRectF:
        """Return where a rectangle is: mirrored from right to left."""
        if self.layoutDirection() != Qt.LayoutDirection.RightToLeft:
            return rect
        return QRectF(
            self.width() - rect.right(), rect.top(), rect.width(), rect.height()
        )
