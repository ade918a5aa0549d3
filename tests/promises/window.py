"""All that a person does in the window without asking for the network."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtWidgets import QApplication

from tests.promises.hands import settle, start
from tests.promises.record import Recorder
from tests.qt.window_kit import Viewer
from vitviewer.maps.state import Alpha, Interpolation, Photograph, Scale
from vitviewer.methods.registry import list_methods
from vitviewer.pictures.samples import samples
from vitviewer.qt.window.crash_report import CrashReport
from vitviewer.queries import Background, Direction, Fusion, Resolution


def run(root: Path, recorder: Recorder) -> None:
    """Start the program twice: the second time it restores the session."""
    visit = Visit(root, recorder)
    recorder.step("start")
    start(visit.first)
    recorder.step("start again")
    start(visit.second)


class Visit:
    """Two uses of the program: ``first`` does everything, ``second`` comes back."""

    def __init__(self, root: Path, recorder: Recorder) -> None:
        self._root = root
        self._step = recorder.step

    def first(self, viewer: Viewer) -> None:
        viewer.wait_for_map()
        for do in (
            self.read_the_crash_report,
            self.report_a_fault,
            self.open_samples,
            self.open_pictures,
            self.open_what_is_no_picture,
            self.open_a_stranger_s_model,
            self.look_around,
            self.open_what_is_no_model,
            self.use_the_picker,
            self.export,
        ):
            self._step(do.__name__.replace("_", " "))
            do(viewer)
            settle(viewer)
        self._step("close")

    def second(self, viewer: Viewer) -> None:
        viewer.wait_for_map("beside.png")
        assert viewer.controller.model.source == str(self._root / "stranger")
        settle(viewer)

    def read_the_crash_report(self, viewer: Viewer) -> None:
        viewer.window.notice.button.click()
        (report,) = viewer.window.findChildren(CrashReport)
        assert "Segmentation fault" in report.text.toPlainText()
        report.copy.click()
        report.close()
        viewer.window.notice.hide()

    def report_a_fault(self, viewer: Viewer) -> None:
        """Let an exception that nobody foresaw out of a slot, and copy its details."""
        QTimer.singleShot(0, _fail)
        viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
        viewer.window.notice.button.click()
        assert "ZeroDivisionError" in QApplication.clipboard().text()

    def open_samples(self, viewer: Viewer) -> None:
        for sample in samples():
            viewer.open(sample.path)
        load(viewer, "shapes-shortcut")

    def open_pictures(self, viewer: Viewer) -> None:
        viewer.drop(self._root / "pictures")
        viewer.wait_for_map("a.png")
        for name in ("b.jpg", "c.tif", "d.webp", "e.gif"):
            viewer.controller.step(1)
            viewer.wait_for_map(name)
        QApplication.clipboard().setImage(viewer.window.grab().toImage())
        viewer.window.paste()
        viewer.wait_for_map("pasted picture")

    def open_what_is_no_picture(self, viewer: Viewer) -> None:
        for path in sorted((self._root / "odd").iterdir()):
            viewer.drop(path)
            wait_for_notice(viewer)
        mime = QMimeData()
        mime.setUrls([QUrl("file://server.example/share/x.png")])
        viewer.drop_mime(mime)
        wait_for_notice(viewer)

    def open_a_stranger_s_model(self, viewer: Viewer) -> None:
        folder = self._root / "stranger"
        viewer.drop(folder)
        viewer.qtbot.waitUntil(lambda: viewer.controller.model.source == str(folder))
        viewer.open(folder / "beside.png")

    def look_around(self, viewer: Viewer) -> None:
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            for _ in range(4):
                viewer.press(key)
        viewer.click_patch(1, 2)
        state = viewer.state
        for name, values in (
            ("fusion", Fusion),
            ("direction", Direction),
            ("method", list_methods()),
            ("scale", Scale),
            ("interpolation", Interpolation),
            ("alpha", Alpha),
            ("photograph", Photograph),
            ("background", Background),
            ("show_input", (True, False)),
            ("resolution", Resolution),
        ):
            for value in values:
                setattr(state, name, value)
                settle(viewer)
        viewer.wait_for_map()

    def open_what_is_no_model(self, viewer: Viewer) -> None:
        for name in ("pickled", "indexed"):
            viewer.drop(self._root / name)
            wait_for_notice(viewer)

    def use_the_picker(self, viewer: Viewer) -> None:
        panels = viewer.window.panels
        panels.open_picker()
        rows = {row.source: row for row in panels.picker.list.rows()}
        panels.picker.list.opened.emit(rows["org/tiny"])
        viewer.qtbot.waitUntil(lambda: viewer.controller.model.source == "org/tiny")
        panels.open_picker()
        panels.close_picker()
        load(viewer, str(self._root / "stranger"))
        viewer.wait_for_map("beside.png")

    def export(self, viewer: Viewer) -> None:
        exporter, target = viewer.window.exporter, self._root / "export"
        exporter.save_overlay(str(target / "overlay.png"))
        exporter.save_side_by_side(str(target / "figure.png"))
        exporter.copy_overlay()
        exporter.copy_side_by_side()
        viewer.qtbot.waitUntil(lambda: not exporter.is_busy)
        assert len(list(target.iterdir())) == 2
        viewer.window.menus.actions.choose_theme("light")
        viewer.window.reset_layout()


def _fail() -> None:
    raise ZeroDivisionError


def load(viewer: Viewer, source: str) -> None:
    """Load a model and wait for it."""
    viewer.controller.load_model(source)
    viewer.qtbot.waitUntil(lambda: viewer.controller.model.source == source)
    viewer.wait_for_map()


def wait_for_notice(viewer: Viewer) -> None:
    """Wait until the window says why something is not opened, and dismiss it."""
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    viewer.window.notice.hide()
