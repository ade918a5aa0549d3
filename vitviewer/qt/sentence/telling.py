"""The sentence for the window's title, and for those who hear what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from vitviewer.qt.widgets.plain import as_title

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vitviewer.maps.sentence import Sentence
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.sentence.bar import SentenceBar

_PROGRAM = "vitviewer"
_WAIT_MS = 300
"""A description is spoken, so it waits for the end of a scrub."""


class Telling(QObject):
    """Keep a window's title and descriptions at what is on the canvas.

    Parameters
    ----------
    controller : Controller
    bar : SentenceBar
        Says what is shown.
    window : QWidget
        Has the title, and the sentence for its description.
    described : QWidget
        What else is described by it, such as the canvas.
    """

    def __init__(
        self,
        controller: Controller,
        bar: SentenceBar,
        window: QWidget,
        *described: QWidget,
    ) -> None:
        super().__init__(window)
        self._controller = controller
        self._bar = bar
        self._window = window
        self._described = (window, *described)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_WAIT_MS)
        self._pause.timeout.connect(self._describe)
        bar.said.connect(self._on_said)
        controller.picture_changed.connect(self._on_said)
        self._on_said()

    @Slot()
    def _on_said(self, *_: object) -> None:
        picture = self._controller.picture
        name = "" if picture is None else picture.name
        self._window.setWindowTitle(title_of(name, self._bar.shown))
        self._pause.start()

    @Slot()
    def _describe(self) -> None:
        shown = self._bar.shown
        for widget in self._described:
            widget.setAccessibleDescription("" if shown is None else shown.text)


def title_of(picture: str, shown: Sentence | None) -> str:
    """Return a window's title: "cat.png – attention from … – vitviewer".

    Parameters
    ----------
    picture : str
        The picture's name; empty where there is none.
    shown : Sentence or None
        What is on the canvas; None while there is no map.
    """
    words = (picture, shown.title if shown is not None and picture else "", _PROGRAM)
    return as_title(" – ".join(filter(None, words)))
