"""The status bar: the numbers under the pointer, and what the program is doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, QTimer, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from vitviewer.qt.widgets.quiet import QuietLabel
from vitviewer.qt.window.activity import Activity
from vitviewer.qt.window.place_label import PlaceLabel
from vitviewer.qt.window.readout import describe, prefix_share

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.resolve import Resolved

Point = tuple[float, float, int | None, int | None]
_MOMENT_MS = 100
_LEAST, _AROUND = 24, 9


class Still(QWidget):
    """Room for a label whose text changes often.

    It has no layout on purpose: a new text in one has the whole window laid out anew,
    at each step from layer to layer.
    """

    def __init__(self, label: QWidget) -> None:
        super().__init__()
        self._label = label
        label.setParent(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the label all the room."""
        super().resizeEvent(event)
        self._label.setGeometry(self.rect())

    def sizeHint(self) -> QSize:
        """Ask for what the label asks for."""
        return self._label.sizeHint()


class Status(QStatusBar):
    """Readout to the left; what goes on, with Cancel, and the picture to the right."""

    def __init__(
        self, cancel: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._point: Point | None = None
        self._activity = ""
        self._is_told = False
        self._moment = QTimer(self)
        self._moment.setSingleShot(True)
        self._moment.setInterval(_MOMENT_MS)
        self._moment.timeout.connect(self.tell_activity)
        self.readout = QuietLabel()
        self.readout.setAccessibleName("Values under the pointer")
        self.engine = Activity("Activity", cancel)
        self.export = Activity("Export")
        self.fetching = Activity("Download of a picture")
        self.addWidget(Still(self.readout), 1)
        for activity in (self.fetching, self.export, self.engine):
            self.addPermanentWidget(activity)
        self.place = PlaceLabel()
        self.place.setAccessibleName("Which picture, and where the model runs")
        self.addPermanentWidget(self.place)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the font changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def _measure(self) -> None:
        """Be as high with Cancel as without, so that the picture stays in its place."""
        self.setFixedHeight(max(_LEAST, self.fontMetrics().height() + _AROUND))

    @Slot(str)
    def show_activity(self, words: str) -> None:
        """Say what the engine is doing; empty when it is nothing.

        What comes and goes within a moment is not told: while asking follows the
        pointer it would flicker.
        """
        self._activity = words
        if bool(words) == self._is_told or not self.isVisible():
            self.tell_activity()
        elif not self._moment.isActive():
            self._moment.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Wait for nothing while nobody can see it."""
        self.tell_activity()
        super().hideEvent(event)

    @Slot()
    def tell_activity(self, *_: object) -> None:
        """Say at once what is going on."""
        self._moment.stop()
        self._is_told = bool(self._activity)
        self.engine.show_words(self._activity)

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the readout until the pointer moves."""
        self.readout.setText(sentence)

    def show_ready(self, model: ModelFacts | None) -> None:
        """Say which model waits for a picture, and where it will run."""
        if model is not None:
            self.say(f"{model.name} is ready")
            self.place.show_place(model.device, (), ())

    def show_point(self, point: Point | None, shown: Resolved | None) -> None:
        """Describe the pixel under the pointer; None when it left the picture."""
        self._point = point
        self.refresh(shown)

    def refresh(self, shown: Resolved | None) -> None:
        """Describe the same pixel in the map now shown."""
        patch_map = shown.patch_map if shown is not None else None
        if self._point is not None:
            x, y, *_ = self._point
            self.readout.setText(describe(x, y, self._patch(shown), patch_map))
        elif patch_map is not None:
            self.readout.setText(prefix_share(patch_map))
        else:
            self.readout.setText("")

    def hovered_value(self, shown: Resolved | None) -> float | None:
        """Return the value under the pointer, if there is one."""
        patch = self._patch(shown)
        if patch is None or shown is None:
            return None
        return shown.patch_map.share(*patch)

    def _patch(self, shown: Resolved | None) -> tuple[int, int] | None:
        """Return the patch under the pointer: of another grid since, maybe."""
        if self._point is None:
            return None
        x, y, row, col = self._point
        if shown is not None:
            return shown.explanation.geometry.patch_at(x, y)
        return None if row is None or col is None else (row, col)
