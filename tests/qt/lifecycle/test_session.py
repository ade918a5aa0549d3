"""The settings and the session outlive damage, kill -9, and a second window."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QTimer

from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.qt.lifecycle import restoring
from vitviewer.qt.lifecycle.session import Session, read_session, write_session
from vitviewer.qt.lifecycle.session_keeper import SessionKeeper
from vitviewer.qt.settings import Settings
from vitviewer.queries import Fusion, Query

# --- settings -----------------------------------------------------------------------


def good_settings() -> Path:
    """Write settings as the program does, and return their file."""
    settings = Settings()
    settings.theme = "light"
    settings.remember(__file__)
    settings.save_layout(QByteArray(bytes(range(256)) * 4), QByteArray(b"x" * 500))
    settings.sync()
    return settings.path


def is_default(settings: Settings) -> bool:
    layout = settings.layout()
    return (settings.theme, settings.recent, settings.folder) == (
        "system",
        [],
        "",
    ) and (layout[0].isEmpty() and layout[1].isEmpty())


DAMAGES = {
    "truncated": lambda data: data[: len(data) // 2],
    "binary": lambda data: bytes(range(256)) * 8,
    "huge": lambda data: b"[General]\ntheme=light\n" + b"x=1\n" * 10**6,
    "wrong types": lambda data: b"[General]\ntheme=a, b\nrecent=7\n",
    "wrong layout": lambda data: b"[layout1]\ngeometry=12\n",
    "no format": lambda data: b"[[[\n]]]\nxyz\n%%%\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_settings_are_set_aside(damage):
    path = good_settings()
    data = DAMAGES[damage](path.read_bytes())
    path.write_bytes(data)
    settings = Settings()
    assert is_default(settings)
    settings.theme = "light"
    settings.sync()
    assert path.with_name("vitviewer.ini.damaged").read_bytes() == data
    assert Settings().theme == "light"


def test_empty_settings_are_the_defaults():
    path = good_settings()
    path.write_bytes(b"")
    assert is_default(Settings())
    assert not path.with_name("vitviewer.ini.damaged").exists()


def test_a_folder_in_their_place_is_set_aside():
    path = good_settings()
    path.unlink()
    path.mkdir()
    settings = Settings()
    assert is_default(settings)
    settings.theme = "light"
    settings.sync()
    assert path.with_name("vitviewer.ini.damaged").is_dir()
    assert Settings().theme == "light"


READ = """
import os, sys
from PySide6.QtCore import QSettings
from vitviewer.qt.settings import Settings
os.getuid() or os.setuid(65534)
for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
    QSettings.setPath(form, QSettings.Scope.UserScope, sys.argv[1])
settings = Settings()
settings.theme = "light"
settings.sync()
print(settings.theme, len(settings.recent))
"""


@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_settings_that_may_not_be_read(folder_mode):
    path = good_settings()
    with tempfile.TemporaryDirectory() as open_folder:
        os.chmod(open_folder, 0o755)
        folder = Path(open_folder, "vitviewer")
        folder.mkdir()
        shutil.copy(path, folder)
        os.chmod(folder / path.name, 0)
        os.chmod(folder, folder_mode)
        command = [sys.executable, "-c", READ, open_folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.split() == ["light", "0"]
        names = {"vitviewer.ini", "vitviewer.ini.damaged"}
        kept = names if folder_mode == 0o777 else {"vitviewer.ini"}
        assert set(os.listdir(folder)) - {"vitviewer.ini.lock"} == kept
        os.chmod(folder, 0o755)


def test_every_truncation_of_the_settings_is_read():
    path = good_settings()
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        settings = Settings()
        assert settings.theme in ("system", "light")
        assert isinstance(settings.layout()[0], QByteArray)


TWO = """
import sys
from pathlib import Path
from PySide6.QtCore import QByteArray, QSettings
for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
    QSettings.setPath(form, QSettings.Scope.UserScope, sys.argv[1])
from vitviewer.qt.settings import Settings
from vitviewer.qt.lifecycle.session import Session, read_session, write_session
settings = Settings()
session = settings.path.with_name("session.json")
for n in range(60):
    settings.save_layout(QByteArray(b"g" * 900), QByteArray(sys.argv[2].encode() * 900))
    settings.remember(__import__("os").__file__)
    settings.sync()
    write_session(session, Session((sys.argv[2] * 500,), 0, "m", {"n": n}))
    assert read_session(session) is not None
    assert Settings().layout()[1].size() == 900
"""


def test_two_at_once_do_not_damage_each_other(tmp_path):
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(tmp_path), letter],
            stderr=subprocess.PIPE,
            text=True,
        )
        for letter in "ab"
    ]
    for program in both:
        _, complaints = program.communicate(timeout=120)
        assert (program.returncode, complaints) == (0, "")
    names = os.listdir(tmp_path / "vitviewer")
    assert {n for n in names if not n.endswith(".lock")} == {
        "vitviewer.ini",
        "session.json",
    }


# --- the session, in the program ----------------------------------------------------

PROGRAM = """
import json, sys
from PySide6.QtCore import QTimer
from vitviewer.qt.lifecycle import app
from vitviewer.qt.window import main_window
todo = json.loads(sys.argv[1])
class Window(main_window.MainWindow):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.controller.shown_changed.connect(self.on_shown)
        self.done = False
    def on_shown(self, shown):
        if shown is None:
            return
        if todo["view"] and not self.done:
            self.done = True
            self.controller.state.restore(todo["view"])
            return
        if not todo["stay"]:
            c = self.controller
            print(json.dumps([c.picture.name, c.playlist.index, len(c.playlist),
                c.model.source, c.state.to_dict(), not self.notice.isHidden()]))
            self.close()
app.MainWindow = Window
sys.exit(app.run(todo["pictures"], todo["model"]))
"""


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def start(home: Path, pictures=(), model=None, view=None, stay=False):
    todo = {"pictures": list(pictures), "model": model, "view": view, "stay": stay}
    folders = {name: str(home) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, json.dumps(todo)],
        env={**os.environ, **folders},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(program) -> SimpleNamespace:
    words, complaints = program.communicate(timeout=120)
    assert (program.returncode, complaints) == (0, "")
    keys = ("picture", "index", "pictures", "model", "view", "notice")
    return SimpleNamespace(**dict(zip(keys, json.loads(words), strict=True)))


def session_file(home: Path) -> Path:
    return home / "vitviewer" / "session.json"


def test_kill_9_loses_nothing(home, tmp_path, tiny_vit, chelsea, coffee, qtbot):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, pixels in (("a.png", chelsea), ("b.png", coffee)):
        save_picture(folder, name, pixels)
    view = {"layer": 0, "head": 1, "opacity": 0.25, "fusion": "max"}
    view["query"] = {"kind": "patch", "row": 1, "col": 1}
    program = start(home, [str(folder)], str(tiny_vit), view, stay=True)

    def saved() -> bool:
        session = read_session(session_file(home))
        return session is not None and session.view["opacity"] == 0.25

    qtbot.waitUntil(saved, timeout=120_000)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    again = result(start(home))
    assert (again.picture, again.index, again.pictures) == ("a.png", 0, 2)
    assert again.model == str(tiny_vit)
    assert {key: again.view[key] for key in view} == view
    assert not again.notice
    shutil.rmtree(folder)
    fresh = result(start(home))
    assert (fresh.model, fresh.notice) == ("shapes", False)


def test_a_model_that_is_named_is_opened_and_no_session(home, tmp_path, tiny_vit):
    first = save_picture(tmp_path, "a.png", np.zeros((40, 40, 3), np.uint8))
    assert result(start(home, [str(first)], str(tiny_vit))).picture == "a.png"
    assert result(start(home)).picture == "a.png"
    named = result(start(home, model="shapes"))
    assert (named.model, named.pictures) == ("shapes", 1)
    assert named.picture != "a.png"


def test_a_damaged_session_is_a_fresh_start(home):
    session_file(home).parent.mkdir(parents=True)
    session_file(home).write_bytes(b"\0{")
    fresh = result(start(home))
    assert (fresh.model, fresh.notice) == ("shapes", False)
    assert session_file(home).with_name("session.json.damaged").is_file()


# --- the session, in one process ----------------------------------------------------


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


def restore(viewer, session: Session, sample: Path) -> None:
    opening = restoring.Opening(viewer.window, [str(sample)], None, session)
    opening.begin()


def test_a_model_that_is_gone_gives_way(viewer, tmp_path, chelsea):
    cat = save_picture(tmp_path, "cat.png", chelsea)
    for model in (str(tmp_path / "gone"), "nobody/has-this"):
        restore(viewer, Session((str(cat),), 0, model), cat)
        viewer.wait_for_map("cat.png")
        assert viewer.controller.model.source == "shapes"
        viewer.controller.asker.model = viewer.controller.shown = None


def test_a_picture_that_no_longer_opens_gives_way(viewer, tmp_path, chelsea):
    sample = save_picture(tmp_path, "sample.png", chelsea)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    restore(viewer, Session((str(bad),), 0, "shapes"), sample)
    viewer.wait_for_map("sample.png")
    assert not viewer.window.notice.isVisible()


def test_choices_that_no_longer_fit_are_brought_within(viewer, tmp_path, chelsea):
    cat = save_picture(tmp_path, "cat.png", chelsea)
    view = {
        "layer": 99,
        "head": 99,
        "colormap": "no:such",
        "fusion": "head",
        "query": {"kind": "patch", "row": 9999, "col": 0},
        "opacity": float("nan"),
    }
    restore(viewer, Session((str(cat),), 0, "shapes", view), cat)
    viewer.wait_for_map("cat.png")
    model, state = viewer.controller.model, viewer.state
    assert (state.layer, state.head) == (model.n_layers - 1, model.n_heads - 1)
    assert (state.fusion, state.query) == (Fusion.HEAD, model.default_query)
    assert 0 <= state.opacity <= 1


def test_the_attempt_is_noted_and_forgotten_once_shown(viewer, tmp_path, chelsea):
    cat = save_picture(tmp_path, "cat.png", chelsea)
    path = tmp_path / "session.json"
    write_session(path, Session((str(cat),), 0, "shapes"))
    session = restoring.take_session(path)
    assert read_session(path).attempts == 1
    keeper = SessionKeeper(viewer.controller, path)
    restore(viewer, session, cat)
    viewer.wait_for_map("cat.png")
    viewer.state.query = Query.patch(1, 2)
    assert keeper.close()
    assert read_session(path).attempts == 0


def test_what_is_shown_after_the_close_starts_nothing(viewer, tmp_path, chelsea):
    cat = save_picture(tmp_path, "cat.png", chelsea)
    keeper = SessionKeeper(viewer.controller, tmp_path / "session.json")
    restore(viewer, Session((str(cat),), 0, "shapes"), cat)
    viewer.wait_for_map("cat.png")
    timer = keeper.findChild(QTimer)
    assert keeper.close()
    viewer.controller.shown_changed.emit(viewer.controller.shown)
    assert not timer.isActive()


def test_a_disk_that_refuses_is_no_trouble(viewer, tmp_path, chelsea):
    cat = save_picture(tmp_path, "cat.png", chelsea)
    keeper = SessionKeeper(viewer.controller, Path("/dev/null/session.json"))
    restore(viewer, Session((str(cat),), 0, "shapes"), cat)
    viewer.wait_for_map("cat.png")
    assert keeper.close()
    assert not viewer.window.notice.isVisible()
