"""The menus of the main window, and what their entries do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from vitviewer.pictures.samples import samples
from vitviewer.qt.exporting import Exporter
from vitviewer.qt.looks import theme
from vitviewer.qt.looks.icons import icon
from vitviewer.qt.panels.display import DRAWN_AS
from vitviewer.qt.window import dialogs
from vitviewer.qt.window.actions import Entry, fill_menu, fill_with_files, shortcuts_of
from vitviewer.qt.window.shortcut_sheet import ShortcutSheet
from vitviewer.qt.window.wall_export import connect_export
from vitviewer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMainWindow

    from vitviewer.export.snapshot import Snapshot
    from vitviewer.pictures.playlist import Playlist
    from vitviewer.qt.canvas.stage import Stage
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.panels.panels import Panels
    from vitviewer.qt.sentence.bar import SentenceBar
    from vitviewer.qt.settings import Settings
    from vitviewer.qt.window.around import Around
    from vitviewer.qt.window.keys import ScrubKeys
    from vitviewer.qt.window.status import Status


@dataclass(frozen=True)
class Parts:
    """The window and those of its parts that the entries of the menus act on."""

    window: QMainWindow
    controller: Controller
    settings: Settings
    stage: Stage
    panels: Panels
    around: Around
    keys: ScrubKeys
    status: Status
    paste: Callable[[], None]
    withdraw_notice: Callable[[str], None]
    reset_layout: Callable[[], None]


@dataclass(frozen=True)
class Menus:
    """The window's menus and the exporter behind some of their entries."""

    all: list[QMenu]
    actions: MenuActions


def add_menus(menus: list[QMenu], parts: Parts) -> Menus:
    """Fill the empty menus of the window's menu bar."""
    calls = MenuActions(parts)
    entries = (_file, _edit, _view, _go, _help)
    for menu, make in zip(menus, entries, strict=True):
        fill_menu(parts.window, menu, make(parts, calls))
    _insert_submenus(parts, menus[0], calls)
    _insert_toggles(parts, menus[2])
    _insert_themes(menus[2], calls)
    _add_following(parts, menus[3])
    _finish_sentence(parts.around.sentence, menus[0], menus[3])
    calls.menus = menus
    return Menus(menus, calls)


def _file(parts: Parts, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Open pictures…", "Ctrl+O", calls.open_pictures),
        Entry("Open &folder…", "Ctrl+Shift+O", calls.open_folder),
        Entry("&Models…", "Ctrl+M", parts.panels.open_picker),
        Entry("Open model fol&der…", "", parts.panels.open_model_folder),
        None,
        Entry("&Export overlay…", "Ctrl+S", calls.export_overlay),
        Entry("Export &side by side…", "Ctrl+Shift+S", calls.export_figure),
        None,
        Entry("&Quit", "Ctrl+Q", parts.window.close),
    ]


def _edit(parts: Parts, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Paste a picture or address", "Ctrl+V", parts.paste),
        Entry("&Copy overlay", "Ctrl+C", calls.exporter.copy_overlay),
        Entry("Copy &side by side", "Ctrl+Shift+C", calls.exporter.copy_side_by_side),
    ]


def _view(parts: Parts, calls: MenuActions) -> list[Entry | None]:
    canvas = calls.stage.canvas
    return [
        Entry("&Fit the picture", "F | Ctrl+9", canvas.fit),
        Entry("&Actual size", "Ctrl+0", canvas.zoom_to_actual),
        Entry("Zoom &in", "Ctrl++ | Ctrl+=", partial(canvas.zoom_by, 1.25)),
        Entry("Zoom &out", "Ctrl+-", partial(canvas.zoom_by, 0.8)),
        None,
        Entry("Show or hide the overlay", "O", partial(calls.flip, "overlay_visible")),
        Entry("As the model saw it", "M", partial(calls.flip, "show_input")),
        Entry("Smooth, patches or contours", "I", calls.draw_otherwise),
        Entry("More opaque", "] | Ctrl+Up", partial(parts.keys.step_opacity, 1)),
        Entry("Less opaque", "[ | Ctrl+Down", partial(parts.keys.step_opacity, -1)),
        None,
        Entry("Full screen", "F11", calls.toggle_full_screen),
        Entry("Reset the layout", "", parts.reset_layout),
    ]


def _go(parts: Parts, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Next picture", "PgDown | N", partial(calls.step, 1)),
        Entry("&Previous picture", "PgUp | P", partial(calls.step, -1)),
        Entry("&Class token", "Esc", parts.panels.reset_query),
    ]


def _help(parts: Parts, calls: MenuActions) -> list[Entry | None]:
    return [
        Entry("&Keyboard shortcuts", "? | F1", calls.show_shortcuts),
        Entry("&About vitviewer", "", calls.show_about),
    ]


def _insert_submenus(parts: Parts, menu: QMenu, calls: MenuActions) -> None:
    """Put the samples and the recent files below the open entries."""
    before = next(action for action in menu.actions() if action.isSeparator())
    recent, shelf = QMenu("Open &recent", menu), QMenu("Open s&ample", menu)
    menu.insertMenu(before, recent)
    menu.insertMenu(before, shelf)
    menu.aboutToShow.connect(partial(calls.fill_recent, recent))
    calls.fill_recent(recent)
    pairs = [(sample.caption, str(sample.path)) for sample in samples()]
    fill_with_files(shelf, pairs, parts.controller.open_path)


def _finish_sentence(bar: SentenceBar, file: QMenu, go: QMenu) -> None:
    """Let the menus and the sentence share back, forward and export."""
    go.insertActions(go.actions()[0], [bar.back, bar.forward, bar.enter])
    go.insertSeparator(go.actions()[3])
    export = next(a for a in file.actions() if a.text().startswith("&Export"))
    export.setIcon(icon("export"))
    export.setIconVisibleInMenu(False)
    bar.add_tool(export)


def _insert_toggles(parts: Parts, menu: QMenu) -> None:
    """Let what is around the picture be shown and hidden."""
    toggles, last = parts.around.toggles, menu.actions()[-1]
    menu.insertActions(last, [*toggles.docks, toggles.alone])
    menu.insertSeparator(last)


def _insert_themes(menu: QMenu, calls: MenuActions) -> None:
    """Let one theme be chosen, or the system's."""
    themes, group = QMenu("&Theme", menu), QActionGroup(menu)
    for preference in theme.PREFERENCES:
        action = themes.addAction(f"&{preference.title()}")
        action.setCheckable(True)
        action.setChecked(preference == calls.preferred_theme())
        action.triggered.connect(partial(calls.choose_theme, preference))
        group.addAction(action)
    menu.insertMenu(menu.actions()[-1], themes)


def _add_following(parts: Parts, menu: QMenu) -> None:
    """Let asking follow the pointer without a key held."""
    hovering = parts.controller.hovering
    action = QAction("&Follow the pointer", parts.window)
    action.setShortcut(QKeySequence("H"))
    action.setCheckable(True)
    action.toggled.connect(hovering.switch)
    hovering.switched.connect(action.setChecked)
    menu.addAction(action)


class MenuActions(QObject):
    """What menu entries do beyond a single call."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self.stage = parts.stage
        self.menus: list[QMenu] = []
        self.exporter = Exporter(parts.controller, self)
        self._parts = parts
        self.exporter.finished.connect(self._on_finished)
        self._failure = ""
        self.exporter.failed.connect(self._on_failed)
        self.exporter.activity_changed.connect(parts.status.export.show_words)
        parts.status.export.cancel.clicked.connect(self.exporter.cancel)
        connect_export(parts.around.wall, parts.window, parts.settings, self.exporter)

    def open_pictures(self) -> None:
        """Ask for pictures and open them."""
        paths = dialogs.ask_pictures(self._parts.window, self._parts.settings)
        if paths:
            self._parts.controller.open(paths)

    def open_folder(self) -> None:
        """Ask for a folder and open its pictures."""
        folder = dialogs.ask_folder(self._parts.window, self._parts.settings)
        if folder:
            self._parts.controller.open([folder])

    def export_overlay(self) -> None:
        """Ask for a file and write the overlay."""
        self._export("overlay", self.exporter.save_overlay)

    def export_figure(self) -> None:
        """Ask for a file and write the figure."""
        self._export("figure", self.exporter.save_side_by_side)

    def step(self, by: int) -> None:
        """Go some pictures on or back; at the end say that it is one."""
        if not self._parts.controller.step(by):
            self._parts.status.say(end_of(self._parts.controller.playlist, by))

    def flip(self, switch: str) -> None:
        """Turn a switch of the view state over."""
        state = self._parts.controller.state
        setattr(state, switch, not getattr(state, switch))

    def preferred_theme(self) -> str:
        """Return the theme that was chosen last."""
        return self._parts.settings.theme

    def choose_theme(self, preference: str, *_: object) -> None:
        """Look dark, light, or as the system does, now and from now on."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._parts.settings.theme = preference
        theme.apply(app, preference)

    def draw_otherwise(self) -> None:
        """Draw the map in the next way: smooth, its true patches, contours."""
        state, ways = self._parts.controller.state, list(DRAWN_AS)
        state.interpolation = ways[(ways.index(state.interpolation) + 1) % len(ways)]

    def toggle_full_screen(self) -> None:
        """Enter or leave full screen."""
        window = self._parts.window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    def fill_recent(self, menu: QMenu) -> None:
        """List the recent files as they are now."""
        pairs = [(Path(p).name, p) for p in self._parts.settings.recent]
        fill_with_files(menu, pairs, self._parts.controller.open_path)

    def show_shortcuts(self) -> None:
        """Open the sheet of keys."""
        ShortcutSheet(shortcuts_of(self.menus), self._parts.window).show()

    def show_about(self) -> None:
        """Open a box with the version and what it is."""
        box = QMessageBox(self._parts.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About vitviewer")
        box.setTextFormat(box.textFormat().PlainText)
        box.setText(f"vitviewer {__version__}")
        box.setInformativeText(
            "See what a Vision Transformer is looking at: its attention, laid on the "
            "very pixels that the model saw."
        )
        box.open()

    def _export(self, what: str, save: Callable[[str, Snapshot], None]) -> None:
        """Write what is shown now: behind the dialog something else may come."""
        shot = self.exporter.snapshot()
        if shot is None:
            return
        name = f"{Path(shot.picture.name).stem or 'picture'}-{what}.png"
        window, settings = self._parts.window, self._parts.settings
        path = dialogs.ask_export_path(window, settings, name)
        if path:
            save(path, shot)

    @Slot(str)
    def _on_finished(self, sentence: str) -> None:
        self._parts.withdraw_notice(self._failure)
        self._parts.status.say(sentence)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._failure = sentence
        controller = self._parts.controller
        self._parts.status.refresh(
            controller.shown
        )  # an earlier "Saved" has had its day
        controller.noticed.emit(sentence)


def end_of(playlist: Playlist, by: int) -> str:
    """Say why there is no next or previous picture."""
    count = len(playlist)
    if count < 2:
        return "No other pictures are open: drop several, or a folder, to step through."
    return f"This is the {'last' if by > 0 else 'first'} of {count} pictures."
