"""The main window: menus, docks, drag and drop. Wiring only.

It is painted before anything heavy is imported: `__init__` builds the frame that
already takes drops, `furnish` fills it with the canvas and the panels.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
)
from PySide6.QtWidgets import QStackedWidget

from vitviewer.qt import drops
from vitviewer.qt.controller import Controller
from vitviewer.qt.settings import Settings
from vitviewer.qt.unexpected import details_of
from vitviewer.qt.widgets.passing import pass_drops_on
from vitviewer.qt.window.centre import Centre
from vitviewer.qt.window.docks import add_docks, add_empty_bar
from vitviewer.qt.window.drop_target import DropTarget, DropWindow
from vitviewer.qt.window.fields import FieldManners
from vitviewer.qt.window.held import HeldSpace
from vitviewer.qt.window.keys import ScrubKeys
from vitviewer.qt.window.layout import Layout
from vitviewer.qt.window.layout_keys import action_for
from vitviewer.qt.window.leaving import Leaving, unfinished_of
from vitviewer.qt.window.notice_bar import Offer, copying
from vitviewer.qt.window.sample_button import open_sample
from vitviewer.qt.window.status import Status
from vitviewer.qt.window.welcome import Welcome

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.pictures.picture import Picture
    from vitviewer.qt.canvas.stage import Stage
    from vitviewer.qt.exporting import Exporter
    from vitviewer.qt.window.around import Around
    from vitviewer.qt.window.menus import Menus
    from vitviewer.qt.window.toggles import Toggles

MENU_TITLES = ("&File", "&Edit", "&View", "&Go", "&Help")


class MainWindow(DropWindow):
    """The viewer's window around a `Controller`."""

    furnished = Signal()

    def __init__(
        self,
        controller: Controller,
        settings: Settings,
        remember_layout: bool = True,
    ) -> None:
        super().__init__()
        self.controller = controller
        self.settings = settings
        self.stage: Stage | None = None
        self.menus: Menus | None = None
        self.keys = ScrubKeys(controller, self)
        HeldSpace(self.keys)
        self.fields = FieldManners(self)
        self.fields.left.connect(self.focus_canvas)
        self.status = Status(controller.cancel)
        self.setStatusBar(self.status)
        self.setWindowTitle("vitviewer")
        self.layout_keeper = Layout(self, settings, remember_layout)
        welcome = Welcome()
        self.centre = QStackedWidget()
        self.centre.addWidget(welcome)
        self._add_centre(welcome)
        # In two steps, between which events are handled, once it has been painted.
        welcome.painted.connect(lambda: QTimer.singleShot(0, self._import_canvas))
        # Empty as yet, but there, so that the layout does not jump when they fill.
        self.menu_shells = [self.menuBar().addMenu(title) for title in MENU_TITLES]
        self._shell = add_empty_bar(self)
        self.docks = add_docks(self)
        for dock in self.docks.values():
            DropTarget(dock).dropped.connect(self.dropped)  # it may float
        self._connect()

    def _import_canvas(self) -> None:
        """Take the longest part of furnishing first."""
        import_module("vitviewer.qt.canvas.stage")
        QTimer.singleShot(0, self.furnish)

    def furnish(self) -> None:
        """Build the canvas, the panels and the menus (imports pyqtgraph), once."""
        if self.stage is not None:
            return
        from vitviewer.qt.canvas.stage import Stage
        from vitviewer.qt.window.around import Around
        from vitviewer.qt.window.menus import Parts, add_menus
        from vitviewer.qt.window.readings import Readings

        self.stage = Stage(self.controller)
        self.stage.canvas.installEventFilter(self.keys)
        self.keys.peeked.connect(self.stage.peek)
        self.centre.addWidget(self.stage)
        pass_drops_on(self.stage)
        self._add_around(
            Around(self, self._shell, self.controller, self.docks, self.status)
        )
        self.readings = Readings(
            self.controller, self.stage.canvas, self.status, self.panels.map.bar
        )
        parts = Parts(
            self,
            self.controller,
            self.settings,
            self.stage,
            self.panels,
            self.around,
            self.keys,
            self.status,
            self.paste,
            self.notice.withdraw,
            self.reset_layout,
        )
        self.menus = add_menus(self.menu_shells, parts)
        for menu in self.menu_shells:
            menu.aboutToShow.connect(self.controller.hovering.interrupt)
        self.leaving = Leaving(self, lambda: unfinished_of(self.exporter, self.panels))
        for source in (self.exporter, self.panels):
            source.failed.connect(self.leaving.stay)
        self.around.order_tabs(self.stage.canvas)
        self.layout_keeper.furnish(self.docks, self.panels.details)
        if self.controller.picture is not None:
            self._on_picture(self.controller.picture)
        self.furnished.emit()

    def _add_around(self, around: Around) -> None:
        self.around, self.panels = around, around.panels
        for dock in self.docks.values():
            dock.installEventFilter(self.keys)  # it may float
        for panel in around.panels.by_title().values():
            self.fields.watch(panel)
        around.left.connect(self.focus_canvas)
        around.trust_wanted.connect(self.show_trust)
        around.panels.dropped.connect(self.dropped)
        self.layout_keeper.restored.connect(around.show_strip)

    @property
    def toggles(self) -> Toggles:
        """What shows and hides the docks."""
        return self.around.toggles

    @property
    def exporter(self) -> Exporter:
        """What writes and copies; there is one once the window is furnished."""
        assert self.menus is not None
        return self.menus.actions.exporter

    # --- what the controller tells --------------------------------------------------

    def _connect(self) -> None:
        controller = self.controller
        self.dropped.connect(self._take)
        controller.picture_changed.connect(self._on_picture)
        controller.noticed.connect(self._on_notice)
        controller.model_changed.connect(self._on_model)
        controller.activity_changed.connect(self.status.show_activity)
        controller.opener.fetching.connect(self.status.fetching.show_words)
        self.status.fetching.cancel.clicked.connect(controller.opener.cancel_fetch)

    @Slot(object)
    def _on_picture(self, picture: Picture) -> None:
        self.notice.clear()
        if self.stage is not None:
            self.stage.set_picture(picture)
            self.centre.setCurrentWidget(self.stage)
            self.stage.canvas.setFocus()
            self.readings.show_place()
        if self.controller.playlist.current == picture.source:
            self.settings.remember(picture.source)

    @Slot(object)
    def _on_model(self, model: ModelFacts | None) -> None:
        self.notice.clear()
        if self.controller.picture is None:
            self.status.show_ready(model)

    @Slot(str)
    def _on_notice(self, sentence: str) -> None:
        offer = copying(details_of(sentence)) or self._opening(sentence)
        self.notice.show_notice(sentence, offer)

    def _opening(self, sentence: str) -> Offer | None:
        """Offer to open the model where a sentence says it is."""
        instead = self.controller.model_instead(sentence)
        if not instead:
            return None

        def open_it() -> None:
            self.notice.hide()
            self.controller.load_model(instead)

        return Offer("Open it", open_it)

    def offer_report(self, report: str) -> None:
        """Say that the last run crashed, and offer to show its report."""
        from vitviewer.qt.window.crash_report import CrashReport

        offer = Offer("Show report", lambda: CrashReport(report, self).show())
        self.notice.show_notice("The program crashed the last time it ran.", offer)

    # --- drag and drop, paste -------------------------------------------------------

    def paste(self) -> None:
        """Open what is on the clipboard."""
        self._take(drops.read(QGuiApplication.clipboard().mimeData()))

    @Slot(object)
    def _take(self, drop: drops.Drop) -> None:
        if drop.sources:
            self.controller.open(drop.sources)
        elif drop.data:
            self.controller.decode(drop.data, "pasted picture")
        else:
            self._on_notice(drop.complaint)

    # --- keys, closing, layout ------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scrub with keys that the focused control did not take."""
        if self.keys.handle(event):
            return
        action = action_for(event, self.menu_shells)
        action.trigger() if action is not None else super().keyPressEvent(event)

    @Slot()
    def focus_canvas(self) -> None:
        """Let the keys be the picture's again."""
        shown = self.stage is not None and self.stage.isVisible()
        if not self.isActiveWindow():
            self.activateWindow()  # a dock that floats is a window of its own
        (self.stage.canvas if shown and self.stage else self).setFocus()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End a peek at the raw picture."""
        if not self.keys.handle(event):
            super().keyReleaseEvent(event)

    def stop(self, timeout_ms: int) -> bool:
        """End every thread behind the window; False if one would not stop in time."""
        stopped = [self.controller.close(timeout_ms)]
        if self.stage is not None:
            stopped += [self.exporter.close(timeout_ms), self.around.stop(timeout_ms)]
        for timer in self.findChildren(QTimer):
            timer.stop()
        return all(stopped)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the layout and close what else is open, unless work would be lost."""
        if self.stage is not None:
            self.toggles.alone.setChecked(False)
            self.layout_keeper.save()
            if not self.leaving.may_close():
                event.ignore()
                return
            self.panels.close_picker()
        super().closeEvent(event)

    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        self.toggles.alone.setChecked(False)
        self.layout_keeper.reset()
        self.panels.reset()

    @Slot()
    def show_trust(self) -> None:
        """Bring the checks to the front."""
        self.docks["Details"].show()
        self.docks["Details"].raise_()
        self.panels.details.reveal("Trust")

    def _add_centre(self, welcome: Welcome) -> None:
        centre = Centre(self.centre)
        self.notice = centre.notice
        self.setCentralWidget(centre)
        self.dragged_over.connect(centre.show_dragging)
        self.controller.activity_changed.connect(centre.line.show_activity)
        self.controller.progressed.connect(centre.line.show_progress)
        welcome.paste_asked.connect(self.paste)
        welcome.open_asked.connect(self._ask_for_pictures)
        welcome.sample_chosen.connect(partial(open_sample, self.controller))

    @Slot()
    def _ask_for_pictures(self) -> None:
        if self.menus is not None:
            self.menus.actions.open_pictures()
