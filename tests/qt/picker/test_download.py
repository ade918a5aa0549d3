"""Downloading from the picker: planned, under way, cancelled, closed, failed, done."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt

from tests.fake_hub import FakeRepo, serving
from tests.qt.hub_kit import (
    COMMIT,
    SUGGESTED,
    FakeHub,
    click,
    end_picker,
    list_two_models,
    make_picker,
    names,
    start_download,
    type_and_wait,
)
from tests.qt.window_kit import close_viewer, make_viewer

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def hub(monkeypatch):
    list_two_models(monkeypatch)
    return FakeHub(monkeypatch)


@pytest.fixture
def picker(qtbot, hub):
    picker = make_picker(qtbot)
    yield picker
    hub.release()
    end_picker(picker)


def test_an_exact_name_is_looked_up_by_enter(qtbot, picker, hub):
    qtbot.keyClicks(picker.line, "org/name@v1")
    qtbot.keyClick(picker.line, Key.Key_Return)
    qtbot.waitUntil(picker.pane.download.isVisible)
    assert hub.plans == ["org/name@v1"]
    assert hub.searches == []
    words = "346 MB to download (family ViT, commit 0123456)"
    assert picker.pane.message.text() == f"org/name: {words}"
    assert picker.pane.download.hasFocus()
    hub.finish.set()
    with qtbot.waitSignal(picker.chosen):
        qtbot.keyClick(picker.pane.download, Key.Key_Space)
    assert picker.choices == [f"org/name@{COMMIT}"]


def test_download_from_one_click_to_chosen(qtbot, picker, hub):
    start_download(qtbot, picker, hub)
    assert picker.pane.bar.text() == "123 MB of 346 MB"
    assert picker.pane.bar.value() == 355
    assert picker.pane.message.text() == f"Downloading {SUGGESTED}"
    assert not picker.list.isEnabled()
    with qtbot.waitSignal(picker.chosen):
        hub.finish.set()
    assert picker.choices == [SUGGESTED]
    assert not picker.isVisible()
    assert not hub.in_gui_thread


def test_what_is_here_already_opens_without_a_question(qtbot, picker, hub):
    hub.plan_changes = {"missing_bytes": 0}
    hub.finish.set()
    with qtbot.waitSignal(picker.chosen):
        click(qtbot, picker, SUGGESTED)


def test_back_returns_to_the_list(qtbot, picker, hub):
    click(qtbot, picker, SUGGESTED)
    qtbot.waitUntil(picker.pane.back.isVisible)
    qtbot.mouseClick(picker.pane.back, LEFT)
    assert picker.list.isEnabled()
    assert picker.pane.open.isVisible()
    assert picker.pane.message.text() == ""


def test_cancel_in_the_midst(qtbot, picker, hub):
    start_download(qtbot, picker, hub)
    qtbot.mouseClick(picker.pane.cancel, LEFT)
    qtbot.waitUntil(hub.was_cancelled.is_set)
    assert picker.list.isEnabled()
    assert not picker.pane.bar.isVisible()
    hub.downloading.clear()
    start_download(qtbot, picker, hub)
    assert picker.choices == []


def test_failure_is_told_and_tried_again(qtbot, picker, hub):
    hub.download_error = "The connection was lost: try again."
    start_download(qtbot, picker, hub)
    hub.finish.set()
    qtbot.waitUntil(picker.pane.again.isVisible)
    assert picker.pane.message.text() == hub.download_error
    hub.download_error = ""
    with qtbot.waitSignal(picker.chosen):
        qtbot.keyClick(picker.pane.again, Key.Key_Space)


def test_a_failed_plan_is_told_and_tried_again(qtbot, picker, hub):
    hub.error = "It is gated: accept its terms first."
    click(qtbot, picker, SUGGESTED)
    qtbot.waitUntil(picker.pane.again.isVisible)
    assert picker.pane.message.text() == hub.error
    hub.error = ""
    qtbot.mouseClick(picker.pane.again, LEFT)
    qtbot.waitUntil(picker.pane.download.isVisible)


@pytest.mark.parametrize("how", ["escape", "close"])
def test_closing_in_the_midst_ends_the_download(qtbot, picker, hub, how):
    start_download(qtbot, picker, hub)
    with qtbot.waitSignal(picker.hub.destroyed):
        if how == "escape":
            qtbot.keyClick(picker, Key.Key_Escape)
        else:
            picker.close()
    assert hub.was_cancelled.is_set()
    assert picker.choices == []


def test_closing_while_a_search_hangs_does_not_wait(qtbot, picker, hub):
    hub.hold("vit")
    qtbot.keyClicks(picker.line, "vit")
    qtbot.waitUntil(lambda: hub.entered["vit"].is_set())
    picker.close()
    assert picker.hub.is_running
    with qtbot.waitSignal(picker.hub.destroyed):
        hub.gates["vit"].set()


@pytest.fixture
def viewer(qtbot, hub):
    viewer = make_viewer(qtbot, None)
    yield viewer
    hub.release()
    close_viewer(viewer)


def test_program_closed_in_the_midst_of_a_download(qtbot, viewer, hub):
    viewer.window.panels.open_picker()
    picker = viewer.window.panels.picker
    start_download(qtbot, picker, hub)
    assert viewer.window.isEnabled()
    viewer.window.close()
    viewer.window.leaving.box.quit.click()
    assert not picker.isVisible()
    assert not viewer.window.isVisible()
    assert viewer.window.stop(60_000)
    assert hub.was_cancelled.is_set()


CLOSE_WHILE_DOWNLOADING = """
import sys
from PySide6.QtCore import QTimer
from vitviewer.models.hub import download as hub_download, plan as hub
from vitviewer.errors import Cancelled
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window

def download(plan, progress, cancelled):
    progress(1, 2)
    while not cancelled():
        pass
    print("cancelled", flush=True)
    raise Cancelled

hub.plan = lambda source: hub.Plan(source, "0" * 40, "ViT", (), 2, 2)
hub_download.download = download

class Window(main_window.MainWindow):
    def furnish(self):
        if self.stage is not None:
            return
        super().furnish()
        self.panels.open_picker()
        picker = self.panels.picker
        picker.hub.planned.connect(picker.pane.download.click)
        picker.hub.progressed.connect(self.insist)
        picker._ask("org/name")

    def insist(self, *_):
        self.close()
        self.leaving.box.quit.click()

app.MainWindow = Window
sys.exit(app.run([], "no/model"))
"""


def test_closing_the_window_while_downloading_ends_the_program():
    done = subprocess.run(
        [sys.executable, "-c", CLOSE_WHILE_DOWNLOADING],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "cancelled\n", "")


@pytest.fixture
def served(monkeypatch, tmp_path, tiny_vit):
    """A hub on this machine that has ``org/tiny`` and ``org/slow``."""
    repos = {
        "tiny": FakeRepo.of(tiny_vit),
        "slow": FakeRepo.of(tiny_vit, behaviour="stalled"),
    }
    with serving(monkeypatch, tmp_path / "cache", **repos) as hub:
        yield hub


@pytest.fixture
def empty_viewer(qtbot, served):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


def ask_for(qtbot, viewer, repo: str):
    """Type a name into the picker and go on to its plan."""
    viewer.window.panels.open_picker()
    picker = viewer.window.panels.picker
    type_and_wait(qtbot, picker, repo, repo)
    qtbot.keyClick(picker.line, Key.Key_Return)
    qtbot.waitUntil(picker.pane.download.isVisible)
    return picker


def test_from_a_hub_to_the_opened_model(qtbot, empty_viewer):
    picker = ask_for(qtbot, empty_viewer, "org/tiny")
    qtbot.keyClick(picker.pane.download, Key.Key_Space)
    controller = empty_viewer.controller
    qtbot.waitUntil(lambda: controller.model is not None, timeout=120_000)
    assert controller.model.name == "org/tiny"
    empty_viewer.window.panels.open_picker()
    picker = empty_viewer.window.panels.picker
    listed = names(picker)
    assert listed.index("org/tiny") < listed.index("On the hub")


def test_a_search_on_a_hub(qtbot, empty_viewer):
    empty_viewer.window.panels.open_picker()
    picker = empty_viewer.window.panels.picker
    type_and_wait(qtbot, picker, "slow", "org/slow")
    assert picker.list.rows()[-1].detail.startswith("ViT")


def test_closing_ends_a_stalled_download(qtbot, empty_viewer, served):
    picker = ask_for(qtbot, empty_viewer, "org/slow")
    qtbot.keyClick(picker.pane.download, Key.Key_Space)
    qtbot.waitUntil(served.stalled.is_set)
    with qtbot.waitSignal(picker.hub.destroyed):
        picker.close()
