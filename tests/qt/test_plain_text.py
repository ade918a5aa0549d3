"""Text from outside is plain text wherever it comes up, and widens no window."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMessageBox,
)

from tests.model_factory import make_model
from tests.qt.hub_kit import (
    FakeHub,
    click,
    found,
    list_two_models,
    planned,
    type_and_wait,
)
from tests.qt.text_probe import EVIL, WORSE, Probe, items, lay_bait, magenta
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.withstand import record
from vitviewer.errors import ModelError
from vitviewer.models.catalog import ModelEntry
from vitviewer.pictures.picture import Picture
from vitviewer.qt import unexpected
from vitviewer.qt.lifecycle import restoring
from vitviewer.qt.lifecycle.crash_file import CrashFile
from vitviewer.qt.lifecycle.session import Session, read_session, write_session
from vitviewer.qt.widgets import plain
from vitviewer.qt.window import dialogs
from vitviewer.qt.window.crash_report import CrashReport
from vitviewer.trust import Check, Verdict

_LONG = "W" * 1000


@pytest.fixture(autouse=True)
def bait(tmp_path, monkeypatch):
    """Work where the picture lies that the hostile texts ask for."""
    monkeypatch.chdir(tmp_path)
    lay_bait(tmp_path)


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    viewer.state.colormap = "bids:viridis"
    yield viewer
    for window in QApplication.topLevelWidgets():
        window.close()  # a dialog left open would keep the pointer from later windows
    close_viewer(viewer)


@pytest.fixture
def probe():
    probe = Probe()
    yield probe
    tried, wrong = probe.widgets, len(probe.faults)
    record("looks for markup, by widget", tried=tried, expected=tried - wrong)
    tried = len(probe.texts)
    record("texts read in widgets", tried=tried, expected=tried)


def check(probe: Probe, *wanted: str) -> None:
    """Look everywhere: no markup took effect, and these texts are to be read."""
    probe.look()
    assert probe.faults == []
    assert [text for text in wanted if not probe.saw(text)] == []


def check_widths() -> None:
    """See that no window asks for more room than the screen has."""
    room = QApplication.primaryScreen().availableGeometry().width()
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    hints = {repr(w): w.minimumSizeHint().width() for w in shown}
    assert {name: width for name, width in hints.items() if width > room} == {}


# --- the probe itself ---------------------------------------------------------------


@pytest.mark.parametrize("text", [EVIL, WORSE, f"Loading {EVIL}…"])
def test_the_probe_sees_markup_that_takes_effect(qtbot, probe, text):
    label = QLabel(text)
    qtbot.addWidget(label)
    label.show()
    probe.look()
    assert len(probe.faults) == 1
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setToolTip(text)
    assert magenta(label) == 0
    probe.look()
    assert [fault.split(" ")[0] for fault in probe.faults] == ["painted:", "hint"]
    plain.set_tooltip(label, text)
    probe.faults.clear()
    check(probe, text)


# --- pictures -----------------------------------------------------------------------


def evil_picture(folder: Path, pixels, name: str = f"{EVIL}.png") -> Path:
    place = folder / EVIL
    place.mkdir(exist_ok=True)
    return save_picture(place, name, pixels)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of a menu
def test_names_of_pictures_and_folders(viewer, probe, tmp_path, chelsea):
    path = evil_picture(tmp_path, chelsea)
    evil_picture(tmp_path, chelsea, f"{WORSE}[*].png")
    viewer.controller.load_model("shapes")
    viewer.drop(path.parent)
    viewer.wait_for_map()
    viewer.press(Qt.Key.Key_PageDown)
    viewer.wait_for_map(f"{WORSE}[*].png")
    check(probe, f"{WORSE}[*].png")
    with popped_up(viewer, "recent") as menu:
        texts = [action.text() for action in menu.actions()]
        assert f"{EVIL}.png".replace("&", "&&") in texts
        check(probe)
    title = viewer.window.windowHandle().title()
    assert title.startswith(f"{WORSE}[*].png – attention from")
    assert title.endswith(" – vitviewer")


@contextmanager
def popped_up(viewer, part: str):
    """Open the submenu of the File menu whose title has some word in it."""
    file = viewer.window.menu_shells[0]
    file.aboutToShow.emit()
    menu = next(m for m in file.findChildren(QMenu) if part in m.title())
    menu.popup(viewer.window.pos())
    yield menu
    menu.close()


def test_notes_of_a_picture(viewer, probe, chelsea):
    viewer.controller.opener.show(Picture(chelsea, EVIL, EVIL, (EVIL, WORSE)))
    check(probe, f"{EVIL} · 451 × 300 · ", f" · {EVIL} · {WORSE}")


def test_pictures_that_do_not_open(viewer, probe, tmp_path):
    for name, data in ((EVIL, b"no picture"), (WORSE, b""), (f"{EVIL}x", b"%PDF")):
        path = tmp_path / name
        path.write_bytes(data)
        with viewer.qtbot.waitSignal(viewer.controller.noticed):
            viewer.drop(path)
        check(probe, f"‘{name}’")
    with viewer.qtbot.waitSignal(viewer.controller.noticed):
        viewer.drop(tmp_path / "gone" / f"{EVIL}.png")
    check(probe, f"‘{EVIL}.png’ does not exist")


def test_export_and_the_question_whether_to_overwrite(viewer, probe, tmp_path, chelsea):
    viewer.controller.load_model("shapes")
    viewer.open(evil_picture(tmp_path, chelsea))
    target = tmp_path / f"{EVIL}-overlay.png"
    with viewer.qtbot.waitSignal(viewer.window.exporter.finished, timeout=60_000):
        viewer.window.exporter.save_overlay(str(target))
    check(probe, f"Saved {target}")
    viewer.window.settings.folder = str(tmp_path)
    asked = []

    def ask(dialog: QFileDialog) -> None:
        in_the_next(viewer, QMessageBox, read)
        dialog.accept()

    def read(box: QMessageBox) -> None:
        asked.append(box.text())
        probe.look()

    in_the_next(viewer, QFileDialog, ask)
    name = f"{Path(viewer.controller.picture.name).stem}-overlay.png"
    assert dialogs.ask_export_path(viewer.window, viewer.window.settings, name) == ""
    assert target.name in asked[0]
    check(probe, target.name)


def in_the_next(viewer, kind: type[QDialog], call) -> None:
    """Call something in a dialog that is about to be run, and then close it."""

    def run() -> None:
        dialog = viewer.window.findChild(kind)
        try:
            call(dialog)
        finally:
            dialog.reject()

    QTimer.singleShot(0, run)


def ask_model_folder(window, _settings) -> None:
    window.panels.open_model_folder()


ASKING = [dialogs.ask_pictures, dialogs.ask_folder, ask_model_folder]


@pytest.mark.parametrize("ask", ASKING, ids=lambda ask: ask.__name__)
def test_file_dialogs_in_a_hostile_folder(
    viewer, probe, tmp_path, chelsea, monkeypatch, ask
):
    folder = evil_picture(tmp_path, chelsea).parent
    (folder / WORSE).mkdir()
    lay_bait(folder)
    monkeypatch.chdir(folder)
    viewer.window.settings.folder = str(folder)

    def look(dialog: QFileDialog) -> None:
        viewer.qtbot.waitUntil(lambda: listed(dialog, WORSE))
        in_the_next(viewer, QMessageBox, lambda _box: probe.look())
        dialog.findChild(QLineEdit).setText(f"{EVIL}{WORSE}")
        dialog.accept()  # there is no such thing: it says so

    in_the_next(viewer, QFileDialog, look)
    assert not ask(viewer.window, viewer.window.settings)
    check(probe, EVIL, WORSE, f"{EVIL}{WORSE}")


def listed(dialog: QFileDialog, name: str) -> bool:
    view = dialog.findChild(QListView, "listView")
    return name in [text for _, text in items(view, (Qt.ItemDataRole.DisplayRole,))]


# --- models -------------------------------------------------------------------------


def evil_model(folder: Path, labels: list[str]) -> Path:
    return make_model(folder / EVIL, "vit", id2label=dict(enumerate(labels)))


def test_a_hostile_model(viewer, probe, tmp_path, chelsea):
    folder = evil_model(tmp_path, [EVIL, WORSE, f"{EVIL}\n{WORSE}", _LONG, EVIL * 30])
    activities = []
    viewer.controller.activity_changed.connect(activities.append)
    viewer.controller.activity_changed.connect(viewer.window.status.tell_activity)
    viewer.controller.activity_changed.connect(lambda words: words and probe.look())
    viewer.drop(folder)
    viewer.qtbot.waitUntil(lambda: viewer.controller.model is not None, timeout=60_000)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    assert any(EVIL in words for words in activities)
    check(probe, EVIL, WORSE, _LONG[:60])
    assert probe.saw("Waking <font color=#f0f")  # in the bar, its middle left out
    assert probe.saw(f"Waking {EVIL} up")  # in the tooltip
    check_widths()


@pytest.mark.parametrize("text", [EVIL, WORSE, _LONG])
def test_every_fact_of_a_model(viewer, probe, tiny_vit, text):
    """More than any folder can bring about: each text is hostile at once."""
    viewer.controller.load_model(str(tiny_vit))
    viewer.qtbot.waitUntil(lambda: viewer.controller.model is not None, timeout=60_000)
    facts = viewer.controller.model
    texts = [f.name for f in fields(facts) if isinstance(getattr(facts, f.name), str)]
    checks = tuple(Check(text, verdict, text) for verdict in Verdict)
    lists = {"special_tokens": (text,), "devices": ("cpu", text), "trust": checks}
    evil = replace(facts, **dict.fromkeys(texts, text), revision=text, **lists)
    viewer.controller.asker.model = evil
    viewer.controller.model_changed.emit(evil)
    check(probe, text, f"Automatic (now {text})", f"Do not trust this: {text}")
    check_widths()


BAD_CONFIGS = {
    "type": {"model_type": EVIL},
    "architecture": {"architectures": [EVIL]},
    "size": {"image_size": EVIL},
    "width": {"hidden_size": f"{WORSE} {EVIL}"},
    "activation": {"hidden_act": EVIL},
    "no text": None,
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_models_that_do_not_load(viewer, probe, tmp_path, tiny_vit, case):
    folder = tmp_path / EVIL
    shutil.copytree(tiny_vit, folder)
    config = json.loads((folder / "config.json").read_text())
    changes = BAD_CONFIGS[case]
    text = EVIL if changes is None else json.dumps({**config, **changes})
    (folder / "config.json").write_text(text)
    open_or_refuse(viewer, folder)
    check(probe, EVIL)


def open_or_refuse(viewer, folder: Path) -> None:
    viewer.drop(folder)
    told = viewer.window.notice.isVisible
    c = viewer.controller
    viewer.qtbot.waitUntil(lambda: told() or c.model is not None, timeout=60_000)


def test_a_processor_that_does_not_load(viewer, probe, tmp_path, tiny_vit):
    folder = tmp_path / EVIL
    shutil.copytree(tiny_vit, folder)
    settings = folder / "preprocessor_config.json"
    settings.write_text(json.dumps({"image_processor_type": EVIL}))
    open_or_refuse(viewer, folder)
    check(probe, EVIL)


# --- the hub ------------------------------------------------------------------------


@pytest.fixture
def hub(monkeypatch):
    list_two_models(monkeypatch)
    hub = FakeHub(monkeypatch)
    yield hub
    hub.release()


def test_what_the_hub_lists(hub, viewer, probe):
    hub.models["evil"] = [
        found(f"{EVIL}/{WORSE}", family=EVIL, gated=True),
        found("b/c", refusal=f"{EVIL} {_LONG}"),
        found(f"b/{_LONG}", family=_LONG),
    ]
    viewer.window.panels.open_picker()
    picker = viewer.window.panels.picker
    type_and_wait(viewer.qtbot, picker, "evil", "b/c")
    check(probe, f"{EVIL}/{WORSE}", EVIL, f"huggingface.co/{EVIL}/{WORSE}, then log in")
    check_widths()
    assert picker.list.horizontalScrollBar().maximum() == 0


def test_what_the_hub_says_when_asked(hub, viewer, probe):
    repo = f"{EVIL}/{WORSE}"
    hub.models["evil"] = [found(repo)]
    viewer.window.panels.open_picker()
    picker = viewer.window.panels.picker
    type_and_wait(viewer.qtbot, picker, "evil", repo)
    click(viewer.qtbot, picker, repo)
    picker.list.open_current()
    viewer.qtbot.waitUntil(picker.pane.download.isVisible)
    check(probe, f"{repo}: 346 MB to download")
    picker.pane.show_plan(replace(planned(repo), family=EVIL, revision=WORSE))
    check(probe, f"family {EVIL}, commit {WORSE[:7]}")
    picker.pane.download.click()
    viewer.qtbot.waitUntil(hub.downloading.is_set)
    viewer.qtbot.waitUntil(lambda: "123 MB" in picker.pane.bar.text())
    check(probe, f"Downloading {repo}")
    hub.download_error = f"{WORSE} {_LONG}"
    hub.finish.set()
    viewer.qtbot.waitUntil(picker.pane.again.isVisible)
    check(probe, WORSE)
    check_widths()


def test_a_search_that_fails(hub, viewer, probe):
    hub.error = f"{EVIL} {_LONG}"
    viewer.window.panels.open_picker()
    type_and_wait(viewer.qtbot, viewer.window.panels.picker, "vit", hub.error)
    check(probe, EVIL)
    check_widths()


def test_a_model_in_the_hubs_cache(hub, viewer, probe, monkeypatch):
    entry = ModelEntry(EVIL, EVIL, "cached", WORSE, 10**6)
    monkeypatch.setattr("vitviewer.qt.picker.dialog.list_models", lambda: [entry])
    viewer.window.panels.open_picker()
    check(probe, EVIL)


# --- errors, sessions, crashes ------------------------------------------------------


@pytest.mark.parametrize("words", [EVIL, f"{EVIL} {_LONG}", _LONG])
def test_an_error_in_the_engine(viewer, probe, monkeypatch, words):
    def fail(*_args: object) -> None:
        raise ModelError(words)

    monkeypatch.setattr(viewer.controller.asker.engine, "load", fail)
    with viewer.qtbot.waitSignal(viewer.controller.noticed):
        viewer.controller.load_model(words)
    check(probe, words[:300])
    check_widths()


def test_an_error_that_nobody_foresaw(viewer, probe):
    kind = type(EVIL, (Exception,), {})
    viewer.controller.noticed.emit(unexpected.unexpected(kind(WORSE)))
    check(probe, f"Something unexpected went wrong ({EVIL})")


def test_a_session(viewer, probe, tmp_path, chelsea):
    file = tmp_path / "session.json"
    path = evil_picture(tmp_path, chelsea)
    view = {"colormap": EVIL, "query": EVIL, EVIL: WORSE}
    write_session(file, Session((str(path),), 0, f"{EVIL}/{WORSE}", view))
    sentences = []
    viewer.controller.noticed.connect(sentences.append)
    viewer.controller.noticed.connect(lambda _: probe.look())
    opening = restoring.Opening(viewer.window, [], None, read_session(file))
    opening.begin()
    viewer.wait_for_map(path.name)
    assert len(sentences) == 1
    check(probe, f"{EVIL}.png", sentences[0])


def test_a_crash_report(viewer, probe, tmp_path):
    (tmp_path / "crash-0-1.txt").write_text(f"{EVIL}\n{WORSE}")
    report = CrashFile(tmp_path).take_earlier()
    viewer.window.offer_report(report)
    viewer.window.notice.button.click()
    check(probe, f"{EVIL}\n{WORSE}")
    viewer.window.findChild(CrashReport).close()


def test_the_programs_own_sheets(viewer, probe):
    actions = viewer.window.menus.actions
    actions.show_about()
    actions.show_shortcuts()
    check(probe, "See what a Vision Transformer is looking at", "Ctrl+Shift+S")
    check_widths()
