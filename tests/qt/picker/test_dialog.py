"""The model picker's list, driven by keyboard and mouse; no network anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent

from tests.qt.hub_kit import (
    SUGGESTED,
    FakeHub,
    click,
    double_click,
    end_picker,
    found,
    list_two_models,
    make_picker,
    names,
    place,
    row_of,
    type_and_wait,
)
from tests.qt.window_kit import close_viewer, grab, make_viewer
from vitviewer.errors import Cancelled
from vitviewer.qt.picker.rows import Action
from vitviewer.text import short_bytes, short_count

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
SWIN = "Swin has no attention over the whole picture: choose a plain ViT."


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


def test_offline_shows_what_is_here_at_once(picker, hub):
    assert names(picker) == [
        *["Bundled", "Shapes"],
        *["On this machine", "org/cached-vit", "Folder…"],
        *["On the hub", SUGGESTED, "Type to search huggingface.co"],
    ]
    details = [row.detail for row in picker.list.rows() if row.source]
    assert details == ["ViT · 3.4 MB", "ViT · 1.2 GB", "ViT · 346 MB"]
    assert (hub.searches, hub.plans) == ([], [])
    assert not picker.hub.is_running


def test_enter_opens_the_first_model(qtbot, picker):
    qtbot.keyClick(picker.line, Key.Key_Return)
    assert picker.choices == ["shapes"]
    assert not picker.isVisible()


def test_arrows_in_the_line_move_through_the_list(qtbot, picker):
    qtbot.keyClick(picker.line, Key.Key_Down)
    assert picker.list.current_row().name == "org/cached-vit"
    qtbot.keyClick(picker.line, Key.Key_Return)
    assert picker.choices == ["org/cached-vit"]


def test_double_click_opens_a_cached_model_once(qtbot, picker):
    double_click(qtbot, picker, "org/cached-vit")
    assert picker.choices == ["org/cached-vit"]


def test_a_single_click_only_selects_a_model(qtbot, picker):
    click(qtbot, picker, "org/cached-vit")
    assert picker.choices == []
    qtbot.mouseClick(picker.pane.open, LEFT)
    assert picker.choices == ["org/cached-vit"]


def test_folder_is_one_click_away(qtbot, picker):
    with qtbot.waitSignal(picker.folder_wanted):
        click(qtbot, picker, "Folder…")
    assert not picker.isVisible()


def test_headings_cannot_be_chosen(qtbot, picker):
    double_click(qtbot, picker, "On the hub")
    assert picker.choices == []
    assert picker.list.current_row().name == "Shapes"


def test_typing_filters_and_then_searches_once(qtbot, picker, hub):
    hub.models["cached"] = [found("a/b")]
    qtbot.keyClicks(picker.line, "cached")
    assert "Shapes" not in names(picker)
    assert "org/cached-vit" in names(picker)
    assert names(picker)[-1] == "Searching…"
    qtbot.waitUntil(lambda: "a/b" in names(picker))
    assert hub.searches == ["cached"]
    assert not hub.in_gui_thread
    row = picker.list.rows()[-1]
    assert (row.name, row.detail) == ("a/b", "ViT · 1.2 M downloads")


def test_stale_results_never_replace_newer_ones(qtbot, picker, hub):
    hub.models = {"old": [found("old/one")], "new": [found("new/one")]}
    hub.hold("old")
    qtbot.keyClicks(picker.line, "old")
    qtbot.waitUntil(lambda: hub.entered["old"].is_set())
    picker.line.selectAll()
    qtbot.keyClicks(picker.line, "new")
    hub.gates["old"].set()
    qtbot.waitUntil(lambda: "new/one" in names(picker))
    assert "old/one" not in names(picker)
    assert hub.searches == ["old", "new"]


def test_results_for_words_that_were_deleted_are_dropped(qtbot, picker, hub):
    hub.models["old"] = [found("old/one")]
    hub.hold("old")
    qtbot.keyClicks(picker.line, "old")
    qtbot.waitUntil(lambda: hub.entered["old"].is_set())
    picker.line.clear()
    before = names(picker)
    with qtbot.waitSignal(picker.hub._asking.idle):
        hub.gates["old"].set()
    qtbot.wait(0)
    assert names(picker) == before
    assert SUGGESTED in before


def test_a_failed_search_is_one_line_in_the_list(qtbot, picker, hub):
    hub.error = "The hub cannot be reached: <b>check</b> the connection."
    type_and_wait(qtbot, picker, "vit", hub.error)
    assert "org/cached-vit" in names(picker)
    flags = picker.list.item(row_of(picker, hub.error)).flags()
    assert flags == Qt.ItemFlag.NoItemFlags


def test_refused_rows_say_why_and_cannot_be_chosen(qtbot, picker, hub):
    hub.models["swin"] = [found("m/swin", family="Swin", refusal=SWIN), found("m/ok")]
    type_and_wait(qtbot, picker, "swin", "m/swin")
    assert picker.list.current_row().name == "m/ok"
    row = picker.list.rows()[row_of(picker, "m/swin")]
    assert row.note == SWIN
    double_click(qtbot, picker, "m/swin")
    qtbot.keyClick(picker.line, Key.Key_Up)
    assert picker.list.current_row().name != "m/swin"
    assert (hub.plans, picker.choices) == ([], [])


def test_gated_rows_have_a_lock_and_say_what_to_do(qtbot, picker, hub):
    hub.models["dino"] = [found("f/dinov3", gated=True), found("f/free")]
    type_and_wait(qtbot, picker, "dino", "f/dinov3")
    item = picker.list.item(row_of(picker, "f/dinov3"))
    assert "Accept its terms on huggingface.co/f/dinov3" in item.toolTip()
    assert "gated" in item.data(Qt.ItemDataRole.AccessibleTextRole)
    lock, free = (start_of(picker, name) for name in ("f/dinov3", "f/free"))
    assert not np.array_equal(lock, free)


def start_of(picker, name: str) -> np.ndarray:
    """Return the pixels where a lock may be."""
    picker.list.setCurrentItem(None)
    middle = place(picker, name)
    return grab(picker.list.viewport())[middle.y() - 6 : middle.y() + 6, 10:22]


def test_markup_in_names_is_shown_as_it_is(qtbot, picker, hub):
    evil = "<font color=red>██████</font>/x"
    hub.models["evil"] = [found(evil, family="<font color=red>█</font>", gated=True)]
    hub.models["evil"] += [found("b/c", refusal="<font color=red>████</font>")]
    type_and_wait(qtbot, picker, "evil", evil)
    assert reddish(picker.list) == 0
    item = picker.list.item(row_of(picker, evil))
    assert "<font" not in item.toolTip()
    assert "&lt;font" in item.toolTip()
    picker.pane.show_failure("<font color=red>████████</font>")
    assert reddish(picker) == 0


def reddish(widget) -> int:
    pixels = grab(widget).astype(int)
    return int(((pixels[..., 0] > 180) & (pixels[..., 1:] < 80).all(-1)).sum())


def test_red_probe_sees_red(qtbot, picker):
    picker.list.setStyleSheet("background: red")
    assert reddish(picker.list) > 1000


def test_long_names_keep_both_ends_and_never_widen(qtbot, picker, hub):
    long = "org/" + "very-long-" * 30 + "end"
    hub.models["long"] = [found(long)]
    type_and_wait(qtbot, picker, "long", long)
    assert picker.list.horizontalScrollBar().maximum() == 0
    assert picker.width() == 580


@pytest.mark.parametrize("text", ["/home/me", "./here", "~/there", "one word", "vit"])
def test_what_is_no_id_is_not_looked_up(qtbot, picker, hub, text):
    qtbot.keyClicks(picker.line, text)
    assert not any(row.action is Action.PLAN for row in picker.list.rows())


@pytest.fixture
def viewer(qtbot, hub):
    viewer = make_viewer(qtbot, None)
    yield viewer
    hub.release()
    close_viewer(viewer)


def test_opened_from_the_menu_and_by_its_key(qtbot, viewer):
    panels = viewer.window.panels
    entries = [a for menu in viewer.window.menu_shells for a in menu.actions()]
    (entry,) = (a for a in entries if a.text() == "&Models…")
    entry.trigger()
    picker = panels.picker
    assert picker.isVisible()
    viewer.window.activateWindow()
    qtbot.keyClick(viewer.window, Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert panels.picker is picker
    qtbot.waitUntil(picker.isActiveWindow)
    qtbot.keyClick(picker, Key.Key_Escape)
    assert panels.picker is None
    viewer.window.activateWindow()
    qtbot.waitUntil(viewer.window.isActiveWindow)
    viewer.press(Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert panels.picker.isVisible()


def test_chosen_model_is_loaded(qtbot, viewer, monkeypatch):
    loaded = []

    def load(source: str, *_) -> None:
        loaded.append(source)
        raise Cancelled

    monkeypatch.setattr(viewer.controller.asker.engine, "load", load)
    viewer.window.panels.open_picker()
    qtbot.keyClick(viewer.window.panels.picker.line, Key.Key_Return)
    qtbot.waitUntil(lambda: loaded == ["shapes"])


def test_folder_row_asks_for_a_folder(qtbot, viewer, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "vitviewer.qt.panels.panels.QFileDialog.getExistingDirectory",
        lambda *args: asked.append(args) or "",
    )
    viewer.window.panels.open_picker()
    click(qtbot, viewer.window.panels.picker, "Folder…")
    assert len(asked) == 1


def test_sizes_and_counts_are_short():
    sizes = [0, 999, 1234, 345_900_000, 1_234_567_890, 999_600_000, 5 * 10**15]
    assert [short_bytes(n) for n in sizes] == [
        *["0 B", "999 B", "1.2 kB", "346 MB", "1.2 GB", "1.0 GB", "5000 TB"]
    ]
    counts = [7, 950, 45_000, 1_234_567]
    assert [short_count(n) for n in counts] == ["7", "950", "45 k", "1.2 M"]


def test_selected_text_can_be_read(picker):
    palette = picker.palette()
    for color in (palette.text(), palette.placeholderText()):
        assert contrast(color.color(), palette.base().color()) > 4.5


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: QColor) -> float:
    rgb = np.array(color.getRgbF()[:3])
    linear = np.where(rgb < 0.04, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


# --- a folder on this machine ---------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A model's folder in the home folder; its name has a space."""
    folder = tmp_path / "my models" / "vit"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.mark.parametrize(
    "typed",
    ["{}", "'{}'", '"{}"', "file://{}", "~/my models/vit", "$HOME/my models/vit/"],
)
def test_a_typed_folder_is_opened_and_the_hub_not_told(picker, hub, folder, typed):
    picker.line.setText(typed.format(folder))
    assert names(picker) == ["On this machine", "vit", "Folder…"]
    assert picker.list.current_row().detail == "a model's folder"
    assert not picker._timer.isActive()
    picker.line.returnPressed.emit()
    assert [source.rstrip("/") for source in picker.choices] == [str(folder)]
    assert (hub.searches, hub.plans) == ([], [])
    assert not picker.isVisible()


@pytest.mark.parametrize("typed", ["/no/such/folder", "~nobody-at-all/x", "../no such"])
def test_a_folder_that_is_not_there_is_a_line(picker, hub, typed):
    picker.line.setText(typed)
    assert "There is no such folder" in names(picker)[1]
    assert not picker._timer.isActive()
    picker.line.returnPressed.emit()
    assert "/no" not in picker.choices


def test_a_typed_folder_is_loaded(qtbot, viewer, tiny_vit):
    viewer.window.panels.open_picker()
    line = viewer.window.panels.picker.line
    qtbot.keyClicks(line, str(tiny_vit))
    qtbot.keyClick(line, Key.Key_Return)
    qtbot.waitUntil(lambda: viewer.controller.model is not None)
    assert viewer.controller.model.source == str(tiny_vit)


@pytest.mark.parametrize("what", ["a folder", "a file of a model", "a folder as text"])
def test_what_is_dropped_on_the_dialog_is_opened(qtbot, picker, folder, what):
    mime, source = QMimeData(), str(folder)
    if what == "a file of a model":
        source = str(folder / "config.json")
    if what == "a folder as text":
        mime.setText(f"{source}\n")
    else:
        mime.setUrls([QUrl.fromLocalFile(source)])
    drop(picker, mime)
    qtbot.waitUntil(lambda: picker.choices == [source])
    assert not picker.isVisible()


def test_a_hub_address_dropped_on_the_dialog_is_typed(picker):
    mime = QMimeData()
    mime.setUrls([QUrl("https://huggingface.co/org/name")])
    drop(picker, mime)
    assert picker.line.text() == "https://huggingface.co/org/name"
    assert picker.isVisible()


def test_pictures_dropped_on_the_dialog_are_the_window_s(qtbot, picker, folder):
    mime = QMimeData()
    path = str(folder / "a.png")
    mime.setUrls([QUrl.fromLocalFile(path)])
    with qtbot.waitSignal(picker.dropped) as signal:
        drop(picker, mime)
    assert signal.args[0].sources == (path,)
    assert picker.isVisible()
    assert picker.choices == []


def drop(picker, mime: QMimeData) -> None:
    """Drop something on the dialog."""
    copy, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    picker.dropEvent(QDropEvent(QPointF(50, 50), copy, mime, LEFT, no_key))
