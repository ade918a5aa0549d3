"""The menus of the main window, and what their entries do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from vitviewer.pictures.samples import samples
from vitviewer.qt.exporting import Exporter
from vitviewer.qt.widgets import theme
from vitviewer.qt.window import dialogs
from vitviewer.qt.window.actions import Entry, fill_menu, fill_with_files, shortcuts_of
from vitviewer.qt.window.shortcut_sheet import ShortcutSheet
from vitviewer.version import __version__

if TYPE_CHECKING:
    from vitviewer.qt.canvas.stage import Stage
    from vitviewer.qt.window.main_window import MainWindow


@dataclass(frozen=True)
class Menus:
    """The window's menus and the exporter behind some of their entries."""

    all: list[QMenu]
    actions: MenuActions


def add_menus(window: MainWindow) -> Menus:
    """Fill the window's menu bar."""
    calls = MenuActions(window)
    menus = window.menu_shells
    entries = (_file, _edit, _view, _go, _help)
    for menu, make in zip(menus, entries, strict=True):
        fill_menu(window, menu, make(window, calls))
    _insert_submenus(window, menus[0], calls)
    _insert_panels(window, menus[2])
    calls.menus = menus
    return Menus(menus, calls)


def _file(window: MainWindow, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Open pictures…", "Ctrl+O", calls.open_pictures),
        Entry("Open &folder…", "Ctrl+Shift+O", calls.open_folder),
        Entry("&Models…", "Ctrl+M", window.panels.open_picker),
        Entry("Open model fol&der…", "", window.panels.open_model_folder),
        None,
        Entry("&Export overlay…", "Ctrl+S", calls.export_overlay),
        Entry("Export &side by side…", "Ctrl+Shift+S", calls.export_figure),
        None,
        Entry("&Quit", "Ctrl+Q", window.close),
    ]


def _edit(window: MainWindow, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Paste a picture or address", "Ctrl+V", window.paste),
        Entry("&Copy overlay", "Ctrl+C", calls.exporter.copy_overlay),
        Entry("Copy &side by side", "Ctrl+Shift+C", calls.exporter.copy_side_by_side),
    ]


def _view(window: MainWindow, calls: MenuActions) -> list[Entry | None]:
    canvas = calls.stage.canvas
    return [
        Entry("&Fit the picture", "F | Ctrl+9", canvas.fit),
        Entry("&Actual size", "Ctrl+0", canvas.zoom_to_actual),
        Entry("Zoom &in", "Ctrl++ | Ctrl+=", partial(canvas.zoom_by, 1.25)),
        Entry("Zoom &out", "Ctrl+-", partial(canvas.zoom_by, 0.8)),
        None,
        Entry("Show or hide the overlay", "O", partial(calls.flip, "overlay_visible")),
        Entry("As the model saw it", "M", partial(calls.flip, "show_input")),
        Entry("More opaque", "]", partial(window.keys.step_opacity, 1)),
        Entry("Less opaque", "[", partial(window.keys.step_opacity, -1)),
        None,
        Entry("Dark or light", "", calls.switch_theme),
        Entry("Full screen", "F11", calls.toggle_full_screen),
        Entry("Reset the layout", "", window.reset_layout),
    ]


def _go(window: MainWindow, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Next picture", "PgDown | N", partial(window.controller.step, 1)),
        Entry("&Previous picture", "PgUp | P", partial(window.controller.step, -1)),
        Entry("&Class token", "Esc", window.panels.reset_query),
    ]


def _help(window: MainWindow, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Keyboard shortcuts", "? | F1", calls.show_shortcuts),
        Entry("&About vitviewer", "", calls.show_about),
    ]


def _insert_submenus(window: MainWindow, menu: QMenu, calls: MenuActions) -> None:
    """Put the samples and the recent files below the open entries."""
    before = next(action for action in menu.actions() if action.isSeparator())
    recent, shelf = QMenu("Open &recent", menu), QMenu("Open s&ample", menu)
    menu.insertMenu(before, recent)
    menu.insertMenu(before, shelf)
    menu.aboutToShow.connect(partial(calls.fill_recent, recent))
    calls.fill_recent(recent)
    pairs = [(sample.caption, str(sample.path)) for sample in samples()]
    fill_with_files(shelf, pairs, window.controller.open_path)


def _insert_panels(window: MainWindow, menu: QMenu) -> None:
    """Let every dock be shown and hidden."""
    panels = QMenu("&Panels", menu)
    for dock in window.docks.values():
        panels.addAction(dock.toggleViewAction())
    menu.insertMenu(menu.actions()[-1], panels)


class MenuActions(QObject):
    """What menu entries do beyond a single call."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        assert window.stage is not None
        self.stage: Stage = window.stage
        self.menus: list[QMenu] = []
        self.exporter = Exporter(window.controller, self)
        self._window = window
        self.exporter.finished.connect(self._on_finished)
        self.exporter.failed.connect(window.controller.noticed)

    def open_pictures(self) -> None:
        """Ask for pictures and open them."""
        paths = dialogs.ask_pictures(self._window, self._window.settings)
        if paths:
            self._window.controller.open(paths)

    def open_folder(self) -> None:
        """Ask for a folder and open its pictures."""
        folder = dialogs.ask_folder(self._window, self._window.settings)
        if folder:
            self._window.controller.open([folder])

    def export_overlay(self) -> None:
        """Ask for a file and write the overlay."""
        path = self._ask_export_path("overlay")
        if path:
            self.exporter.save_overlay(path)

    def export_figure(self) -> None:
        """Ask for a file and write the figure."""
        path = self._ask_export_path("figure")
        if path:
            self.exporter.save_side_by_side(path)

    def flip(self, switch: str) -> None:
        """Turn a switch of the view state over."""
        state = self._window.controller.state
        setattr(state, switch, not getattr(state, switch))

    def switch_theme(self) -> None:
        """Change between dark and light."""
        settings, app = self._window.settings, QApplication.instance()
        assert isinstance(app, QApplication)
        settings.theme = next(t for t in theme.THEMES if t != settings.theme)
        theme.apply(app, settings.theme)

    def toggle_full_screen(self) -> None:
        """Enter or leave full screen."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    def fill_recent(self, menu: QMenu) -> None:
        """List the recent files as they are now."""
        pairs = [(Path(p).name, p) for p in self._window.settings.recent]
        fill_with_files(menu, pairs, self._window.controller.open_path)

    def show_shortcuts(self) -> None:
        """Open the sheet of keys."""
        ShortcutSheet(shortcuts_of(self.menus), self._window).show()

    def show_about(self) -> None:
        """Open a box with the version and what it is."""
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About vitviewer")
        box.setTextFormat(box.textFormat().PlainText)
        box.setText(f"vitviewer {__version__}")
        box.setInformativeText(
            "See what a Vision Transformer is looking at: its attention, laid on the "
            "very pixels that the model saw."
        )
        box.open()

    def _ask_export_path(self, what: str) -> str:
        controller = self._window.controller
        if self.exporter.snapshot() is None or controller.picture is None:
            return ""
        name = f"{Path(controller.picture.name).stem or 'picture'}-{what}.png"
        return dialogs.ask_export_path(self._window, self._window.settings, name)

    @Slot(str)
    def _on_finished(self, sentence: str) -> None:
        self._window.status.say(sentence)
