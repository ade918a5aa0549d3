"""Whatever goes wrong inside is logged and told in a sentence, and the window lives."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from tests.counting import counted
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.qt import unexpected
from vitviewer.qt.lifecycle import app, messages
from vitviewer.qt.lifecycle.session import Session, write_session
from vitviewer.qt.window.crash_report import CrashReport

SECRET = "the innermost words"


class PlannedError(Exception):
    """What the tests below raise."""


@pytest.fixture
def viewer(qtbot, monkeypatch):
    viewer = make_viewer(qtbot, None)
    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    reporter = app.Reporter(viewer.window)
    unexpected.report_exceptions(reporter.reported.emit)
    yield viewer
    close_viewer(viewer)


def fail(*_args: object) -> None:
    raise PlannedError(SECRET)


def in_a_slot(viewer) -> None:
    QTimer.singleShot(0, fail)


def in_a_python_thread(_viewer) -> None:
    threading.Thread(target=fail).start()


def in_a_destructor(_viewer) -> None:
    class Doomed:
        __del__ = fail

    Doomed()
    gc.collect()


def in_a_paint_event(viewer) -> None:
    painted = QWidget(viewer.window)
    painted.paintEvent = fail
    painted.show()
    painted.raise_()


def in_a_state_event(viewer) -> None:
    viewer.state.events.opacity.connect(fail)
    QTimer.singleShot(0, lambda: viewer.window.keys.step_opacity(-1))


def in_the_engine(viewer) -> None:
    viewer.controller.asker.engine.load = fail
    viewer.controller.load_model("shapes")


def in_opening(viewer) -> None:
    viewer.controller.opener._submit("open", fail)


PLACES = [
    in_a_slot,
    in_a_python_thread,
    in_a_destructor,
    in_a_paint_event,
    in_a_state_event,
    in_the_engine,
    in_opening,
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_an_exception_is_told_and_the_window_goes_on(
    place, viewer, qtbot, caplog, tmp_path, chelsea
):
    notice = viewer.window.notice
    with counted("faults injected"):
        place(viewer)
        check_told(viewer, qtbot, caplog)
    viewer.drop(save_picture(tmp_path, "cat.png", chelsea))
    qtbot.waitUntil(lambda: viewer.controller.picture is not None)
    assert notice.isVisible(), "the offer went with the next picture"


def check_told(viewer, qtbot, caplog) -> None:
    notice = viewer.window.notice
    qtbot.waitUntil(notice.isVisible)
    assert "You can go on" in notice.label.text()
    assert SECRET not in notice.label.text()
    assert any(record.exc_info for record in caplog.records)
    assert notice.button.text() == "Copy details"
    notice.button.click()
    copied = QGuiApplication.clipboard().text()
    assert SECRET in copied
    assert "Traceback" in copied


def test_a_notice_of_a_known_error_has_no_button(viewer, tmp_path):
    viewer.drop(tmp_path / "gone.png")
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    assert viewer.window.notice.button.isHidden()


def test_details_are_bounded():
    for n in range(100):
        kind = type(f"Error{n}", (Exception,), {})
        sentence = unexpected.unexpected(kind("x" * 10**6))
    assert 0 < len(unexpected.details_of(sentence)) < 30_000
    assert len(unexpected._DETAILS) <= 20
    assert unexpected.details_of("any other") == ""


@pytest.mark.qt_no_exception_capture
def test_qt_messages_go_to_the_log(caplog, qtlog):
    with qtlog.disabled(), caplog.at_level(logging.DEBUG):
        messages.install()
        qWarning("something of Qt's")
    assert (
        "vitviewer.qt",
        logging.WARNING,
        "something of Qt's",
    ) in caplog.record_tuples


# --- crashes ------------------------------------------------------------------------


def test_the_next_start_offers_the_report(viewer, qtbot):
    viewer.window.offer_report("<b>Fatal</b>")
    notice = viewer.window.notice
    assert notice.isVisible()
    assert notice.button.text() == "Show report"
    notice.button.click()
    shown = viewer.window.findChild(CrashReport)
    assert shown.isVisible()
    assert shown.findChild(QPlainTextEdit).toPlainText() == "<b>Fatal</b>"
    shown.copy.click()
    assert QGuiApplication.clipboard().text() == "<b>Fatal</b>"
    shown.close()


# --- Ctrl+C -------------------------------------------------------------------------

WAIT = """
import sys
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window
class Window(main_window.MainWindow):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.furnished.connect(lambda: print("up", flush=True))
        self.controller.shown_changed.connect(
            lambda shown: shown and print("shown", flush=True))
app.MainWindow = Window
sys.exit(app.run([sys.argv[1]], sys.argv[2]))
"""


@pytest.mark.parametrize("moment", ["up", "shown"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_closes_the_window(moment, number, tiny_vit, tmp_path, chelsea):
    picture = save_picture(tmp_path, "cat.png", chelsea)
    folders = {name: str(tmp_path) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    program = subprocess.Popen(
        [sys.executable, "-c", WAIT, str(picture), str(tiny_vit)],
        env={**os.environ, **folders},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = ""
    while line != moment:
        line = program.stdout.readline().strip()
        assert line, program.stderr.read()
    program.send_signal(number)
    _, complaints = program.communicate(timeout=120)
    assert (program.returncode, complaints) == (128 + number, "")
    assert "[layout2]" in (tmp_path / "vitviewer" / "vitviewer.ini").read_text()
    assert not list((tmp_path / "vitviewer").glob("crash-*"))


FALL = """
import faulthandler, sys
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window
class Window(main_window.MainWindow):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.controller.shown_changed.connect(self.on_shown)
    def on_shown(self, shown):
        if shown is None:
            return
        if sys.argv[1:]:
            faulthandler._sigsegv()
        button = self.notice.button
        print(self.controller.picture.name, button.isVisible() and button.text())
        self.close()
app.MainWindow = Window
sys.exit(app.run(sys.argv[1:2], *sys.argv[2:]))
"""


def test_after_a_crash_the_report_is_offered_over_a_fresh_start(tmp_path, chelsea):
    picture = save_picture(tmp_path, "cat.png", chelsea)
    write_session(
        tmp_path / "vitviewer" / "session.json", Session((str(picture),), 0, "shapes")
    )
    folders = {name: str(tmp_path) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")}

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", FALL, *map(str, words)],
            env={**os.environ, **folders},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert run(picture, "shapes").returncode == -signal.SIGSEGV
    after, later = run(), run()
    assert (after.stderr, later.stderr) == ("", "")
    assert after.stdout.split("\n")[0].endswith("Show report")
    assert not after.stdout.startswith("cat.png")
    assert later.stdout.strip().endswith("False")
