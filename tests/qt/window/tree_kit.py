"""The whole window in one theme and language, and what of it does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from itertools import combinations

from PySide6.QtCore import QPoint, QRect, QSettings, Qt, QTranslator
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from tests.qt.window_kit import Viewer, close_viewer, make_viewer
from vitviewer.qt.looks import theme
from vitviewer.qt.looks.roles import font
from vitviewer.qt.widgets.plain import PlainParagraph
from vitviewer.qt.widgets.quiet import QuietLabel
from vitviewer.qt.widgets.section import SectionHeader

SIZES = ((1024, 640), (1280, 720), (1920, 1080))
FONTS = (12, 13, 15, 16)
_ICON_ROOM = 4  # between the icon of a list's entry and its words


class LongWords(QTranslator):
    """A language whose words are half as long again."""

    def translate(self, _context, text, _note=None, _n=-1) -> str:
        return " ".join(word + word[: (len(word) + 1) // 2] for word in text.split(" "))

    def isEmpty(self) -> bool:
        return False


@contextmanager
def speaking(app: QApplication, language: str) -> Iterator[None]:
    """Translate into a language while a window is built."""
    words = LongWords()
    if language == "long":
        app.installTranslator(words)
    try:
        yield
    finally:
        app.removeTranslator(words)


@contextmanager
def whole_window(
    qtbot, folder, model, picture, look: str, language: str
) -> Iterator[Viewer]:
    """Show a window with a picture in it, with settings of its own."""
    app = QApplication.instance()
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
    theme.apply(app, look)
    with speaking(app, language):
        viewer = make_viewer(qtbot, model)
        viewer.open(picture)
        try:
            yield viewer
        finally:
            app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            close_viewer(viewer)
            theme.apply(app, "system")


@contextmanager
def font_size(monkeypatch, pixels: int) -> Iterator[None]:
    """Let the desktop's font be of a size."""
    app, given = QApplication.instance(), theme._font

    def sized():
        base = given()
        base.setPixelSize(pixels)
        return base

    with monkeypatch.context() as patch:
        patch.setattr(theme, "_font", sized)
        app.findChild(theme.Theme).refresh()
        yield
    app.findChild(theme.Theme).refresh()


def resize(viewer: Viewer, width: int, height: int) -> None:
    """Give the window a size, and let its layout come to rest."""
    viewer.window.resize(width, height)
    settle(viewer)


def settle(viewer: Viewer) -> None:
    """Wait until nothing in the window moves any more."""
    before: list[dict[str, QRect]] = [{}]

    def rests() -> bool:
        last, before[0] = before[0], places(viewer.window)
        return last == before[0]

    viewer.qtbot.waitUntil(rests)


def places(window: QWidget) -> dict[int, QRect]:
    """Return where each widget that is shown is."""
    return {
        id(widget): QRect(widget.mapTo(window, QPoint()), widget.size())
        for widget in shown_in(window)
    }


def shown_in(root: QWidget) -> list[QWidget]:
    """Return the widgets within one that are shown."""
    return [w for w in root.findChildren(QWidget) if w.isVisible()]


# --- words that do not fit ------------------------------------------------------------


def cut_off(root: QWidget) -> list[str]:
    """Say which words are wider than their widgets and in no tooltip."""
    return [
        f"{type(widget).__name__} {words!r}: {needed} in {room}"
        for widget in shown_in(root)
        for words, needed, room in _measures(widget)
        if needed > room and words not in unescape(widget.toolTip())
    ]


def _measures(widget: QWidget) -> Iterator[tuple[str, int, int]]:
    """Give (words, the room that they need, the room that they have)."""
    metrics = widget.fontMetrics()
    if isinstance(widget, SectionHeader):
        used = QFontMetrics(font(strong=True)).horizontalAdvance(widget.text())
        yield widget.text(), used, widget.width() - 48
        if not widget.isChecked():
            room = widget.width() - 48 - 16 - used
            summary = widget.summary
            yield summary, QFontMetrics(font()).horizontalAdvance(summary), room
    elif isinstance(widget, PlainParagraph):
        needed = widget.heightForWidth(widget.width())
        yield widget.text(), needed, widget.height()
    elif isinstance(widget, QuietLabel):
        small = QFontMetrics(font("small"))
        yield widget.text(), small.horizontalAdvance(widget.text()), widget.width()
    elif isinstance(widget, QLabel):
        words = widget.text()
        needed = metrics.horizontalAdvance(words)
        yield words, needed, widget.contentsRect().width()
        yield words, metrics.height(), widget.height()
    elif isinstance(widget, QComboBox):
        yield widget.currentText(), *_of_combo(widget)
    elif isinstance(widget, QAbstractSpinBox):
        line = widget.lineEdit()
        yield widget.text(), metrics.horizontalAdvance(widget.text()), line.width()
    elif isinstance(widget, QAbstractButton) and widget.text():
        hint, room = widget.sizeHint(), widget.size()
        yield widget.text(), hint.width(), room.width()
        if isinstance(widget, QCheckBox):
            yield widget.text(), hint.height(), room.height()


def _of_combo(combo: QComboBox) -> tuple[int, int]:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    field = combo.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        combo,
    )
    icon = combo.itemIcon(combo.currentIndex())
    beside = 0 if icon.isNull() else combo.iconSize().width() + _ICON_ROOM
    words = combo.fontMetrics().horizontalAdvance(combo.currentText())
    return words + beside, field.width()


def overlapping(parent: QWidget) -> list[str]:
    """Name the children of a widget, and theirs, that overlap or stick out."""
    wrong = []
    for widget in (parent, *shown_in(parent)):
        children = [w for w in widget.children() if isinstance(w, QWidget)]
        seen = [w for w in children if w.isVisible() and not w.isWindow()]
        for one in seen:
            if not widget.rect().contains(one.geometry()):
                wrong.append(f"{name_of(one)} sticks out of {name_of(widget)}")
        for one, other in combinations(seen, 2):
            if one.geometry().intersects(other.geometry()):
                wrong.append(f"{name_of(one)} overlaps {name_of(other)}")
    return wrong


# --- focus ----------------------------------------------------------------------------


def name_of(widget: QWidget) -> str:
    """Name a widget as a screen reader would, or else by its kind."""
    return spoken(widget) or type(widget).__name__


def spoken(widget: QWidget) -> str:
    """Return the name that a screen reader is told."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name)


def takes_tab(widget: QWidget) -> bool:
    """Tell whether Tab should stop at a widget."""
    wanted = Qt.FocusPolicy.TabFocus
    reachable = widget.focusPolicy() & wanted == wanted and widget.isEnabled()
    return reachable and widget.isVisible() and widget.focusProxy() is None


def tab_stops(qtbot, start: QWidget) -> list[QWidget]:
    """Return what Tab comes to, from a widget round to it again."""
    start.setFocus()
    stops = [start]
    while len(stops) < 500:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is start or focus is None:
            break
        stops.append(focus)
    return stops
