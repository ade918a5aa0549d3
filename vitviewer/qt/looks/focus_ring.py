"""A ring round what has the focus, for those who reached it by the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget
from shiboken6 import isValid

from vitviewer.qt.looks.roles import color

_BY_KEYS = Qt.WidgetAttribute.WA_KeyboardFocusChange
_WIDTH = 2
_AWAY = 2
_MOVES = {
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.ParentChange,
}


class FocusRing(QObject):
    """Put a `Ring` round each widget that Tab or a shortcut leads to, not a click."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: Ring | None = None
        self._left: QWidget | None = None  # had a ring when its window was left
        app.focusChanged.connect(self._on_focus)

    @property
    def ring(self) -> Ring | None:
        """The ring that is there now."""
        return self._ring if self._ring is not None and isValid(self._ring) else None

    @Slot(QWidget, QWidget)
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        ring = self.ring
        if ring is not None:
            if new is None:
                self._left = ring.target
            ring.hide()
            ring.deleteLater()
            self._ring = None
        if new is None:
            return
        window = new.window()
        by_keys = window.testAttribute(_BY_KEYS)
        # Qt sets it and lets it be: the next focus may come by a click.
        window.setAttribute(_BY_KEYS, False)
        if by_keys or new is self._left:
            self._ring = Ring(outermost(new))
        self._left = None


class Ring(QWidget):
    """Lies over a widget's window, follows the widget, and takes no events."""

    def __init__(self, target: QWidget) -> None:
        super().__init__(target.window())
        self.target = target
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        widget: QWidget | None = target
        while widget is not None:
            widget.installEventFilter(self)
            widget = None if widget.isWindow() else widget.parentWidget()
        self.follow()

    def follow(self) -> None:
        """Lie round the part of the widget that can be seen, within the window."""
        window = self.parentWidget()
        place = visible_part(self.target)
        if window is None or place.isEmpty():
            self.hide()
            return
        out = _WIDTH + _AWAY
        self.setGeometry(place.adjusted(-out, -out, out, out) & window.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget and all that it is in; go when it is clicked."""
        if event.type() in _MOVES:
            self.follow()
        elif event.type() == QEvent.Type.MouseButtonPress and watched is self.target:
            self.hide()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring."""
        half = _WIDTH / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(color("link"), _WIDTH))
            place = QRectF(self.rect()).adjusted(half, half, -half, -half)
            painter.drawRoundedRect(place, 5, 5)


def outermost(widget: QWidget) -> QWidget:
    """Return the control that a focused part of one belongs to."""
    parent = widget.parentWidget()
    is_part = isinstance(parent, QAbstractSpinBox | QComboBox)
    return parent if is_part and parent is not None else widget


def visible_part(widget: QWidget) -> QRect:
    """Return where a widget can be seen in its window: not what is scrolled away."""
    if not widget.isVisible():
        return QRect()
    window = widget.window()
    place = QRect(widget.mapTo(window, QPoint()), widget.size())
    above = widget
    while not above.isWindow():
        parent = above.parentWidget()
        if parent is None:
            break
        above = parent
        place &= QRect(above.mapTo(window, QPoint()), above.size())
    return place
