"""What the sentence's tests share: its bar in a real window, and hands for it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from tests.qt.window_kit import Viewer
from vitviewer.methods import registry
from vitviewer.methods.method import Method
from vitviewer.qt.sentence.bar import SentenceBar
from vitviewer.qt.sentence.popup import Popup
from vitviewer.qt.sentence.telling import Telling

LEFT = Qt.MouseButton.LeftButton


@dataclass
class Desk:
    """A window with the sentence over it."""

    viewer: Viewer
    bar: SentenceBar

    @property
    def state(self):
        return self.viewer.state

    @property
    def parts(self):
        return self.bar.row.parts

    @property
    def focus(self) -> QWidget | None:
        """What in the window has the focus; offscreen no window is active for long."""
        return self.viewer.window.focusWidget()

    def wait(self, condition) -> None:
        self.viewer.qtbot.waitUntil(condition)

    def wait_for(self, words: str) -> None:
        """Wait until the sentence of what is on the canvas holds some words."""
        bar = self.bar
        self.wait(lambda: bar.shown is not None and words in bar.shown.text)

    def click(self, name: str, at: QPoint | None = None, modifier=None) -> None:
        """Click a part, in its middle or elsewhere."""
        part = self.parts[name]
        held = modifier or Qt.KeyboardModifier.NoModifier
        self.viewer.qtbot.mouseClick(part, LEFT, held, at or part.rect().center())

    def open(self, name: str) -> Popup:
        """Click a part and return the list that opens."""
        self.click(name)
        assert self.bar.popup is not None
        return self.bar.popup

    def key(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key on whatever has the focus."""
        target = QApplication.activePopupWidget() or self.viewer.window
        self.viewer.qtbot.keyClick(target.focusWidget() or target, key, modifier)

    def type(self, text: str) -> None:
        """Type into the open list's field."""
        self.viewer.qtbot.keyClicks(self.bar.popup.search, text)

    def click_choice(self, title: str, group: str = "") -> None:
        """Click a line of the open list."""
        popup = self.bar.popup
        for row in range(popup.list.count()):
            item = popup.list.item(row)
            choice = item.data(Qt.ItemDataRole.UserRole)
            if choice and choice.title == title and choice.group.startswith(group):
                popup.list.scrollToItem(item)
                at = popup.list.visualItemRect(item).center()
                self.viewer.qtbot.mouseClick(popup.list.viewport(), LEFT, pos=at)
                return
        raise AssertionError(f"{title} is not offered: {self.titles()}")

    def titles(self) -> list[str]:
        """Return what the open list offers."""
        return [choice.title for choice in self.bar.popup.choices]

    def spoken(self) -> str:
        """Return the sentence as it stands in the bar, put together of its parts."""
        return " ".join(part.text() for part in self.bar.row.shown)


def furnish(viewer: Viewer) -> Desk:
    """Return the window's sentence; give it one where it has none."""
    window = viewer.window
    bar = window.findChild(SentenceBar)
    if bar is None:
        bar = SentenceBar(viewer.controller)
        window.addToolBar(bar)
        bar.left.connect(window.focus_canvas)
    if window.findChild(Telling) is None:
        Telling(viewer.controller, bar, window)
    viewer.qtbot.waitUntil(lambda: bar.isVisible() and bool(bar.row.width()))
    return Desk(viewer, bar)


def register(monkeypatch, *methods: Method) -> None:
    """Let there be more methods for a test."""
    known = {**registry.list_methods(), **{one.name: one for one in methods}}
    monkeypatch.setattr(registry, "_load", lambda _modules: known)


def extension_of(bar: SentenceBar) -> QWidget | None:
    """Return the arrow of a tool bar that has not room for all, if it is there."""
    arrow = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    return arrow if arrow is not None and arrow.isVisible() else None
