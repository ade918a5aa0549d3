"""What the window says stays true: after a success, at an end, when files are gone."""

from __future__ import annotations

import os
import shutil
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.pictures.folders import vanished
from vitviewer.qt.window.place_label import fitted

PAGE_DOWN, PAGE_UP = Qt.Key.Key_PageDown, Qt.Key.Key_PageUp


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def folder(tmp_path, chelsea):
    made = tmp_path / "pictures"
    made.mkdir()
    for n in range(6):
        save_picture(made, f"{n}.png", chelsea[: 200 + n])
    return made


def opened(viewer, folder) -> None:
    viewer.drop(folder)
    viewer.wait_for_map("0.png")
    wait_for_place(viewer, "1 of 6")


def place(viewer) -> str:
    return viewer.place


def wait_for_place(viewer, words: str) -> None:
    viewer.qtbot.waitUntil(lambda: words in place(viewer))


def said(viewer) -> str:
    return viewer.window.status.readout.text()


def is_shown(viewer, source: str) -> bool:
    picture = viewer.controller.picture
    return picture is not None and picture.source == source


# --- exports ----------------------------------------------------------------------


def test_a_failed_exports_notice_goes_with_the_next_that_is_saved(
    viewer, folder, tmp_path
):
    opened(viewer, folder)
    notice, exporter = viewer.window.notice, viewer.window.exporter
    exporter.save_overlay(str(tmp_path / "no" / "such" / "a.png"))
    viewer.qtbot.waitUntil(notice.isVisible)
    exporter.save_overlay(str(tmp_path / "a.png"))
    viewer.qtbot.waitUntil(lambda: said(viewer).startswith("Saved"))
    assert not notice.isVisible()


def test_a_saved_exports_word_goes_with_the_next_that_fails(viewer, folder, tmp_path):
    opened(viewer, folder)
    exporter = viewer.window.exporter
    exporter.save_side_by_side(str(tmp_path / "a.png"))
    viewer.qtbot.waitUntil(lambda: said(viewer).startswith("Saved"))
    exporter.save_side_by_side(str(tmp_path / "no" / "such" / "a.png"))
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    assert "Saved" not in said(viewer)


def test_a_notice_of_something_else_stays_when_an_export_is_saved(
    viewer, folder, tmp_path
):
    opened(viewer, folder)
    viewer.controller.noticed.emit("The folder is empty.")
    viewer.window.exporter.copy_overlay()
    viewer.qtbot.waitUntil(lambda: said(viewer).startswith("Copied"))
    assert viewer.window.notice.isVisible()
    assert viewer.window.notice.label.text() == "The folder is empty."


# --- the set of pictures -----------------------------------------------------------


def test_the_count_is_right_after_files_were_deleted(viewer, folder):
    opened(viewer, folder)
    for n in (2, 3, 5):
        (folder / f"{n}.png").unlink()
    viewer.press(PAGE_DOWN)
    viewer.wait_for_map("1.png")
    wait_for_place(viewer, "2 of 3")
    viewer.press(PAGE_DOWN)
    viewer.wait_for_map("4.png")
    assert "3 of 3" in place(viewer)


@pytest.mark.parametrize(
    ("key", "start", "gone", "then", "where"),
    [
        (PAGE_DOWN, 0, "1.png", "2.png", "2 of 5"),
        (PAGE_UP, 2, "1.png", "0.png", "1 of 5"),
    ],
)
def test_a_step_onto_a_deleted_file_leads_to_the_one_behind_it(
    viewer, folder, key, start, gone, then, where
):
    opened(viewer, folder)
    for n in range(start):
        viewer.press(PAGE_DOWN)
        viewer.wait_for_map(f"{n + 1}.png")
    (folder / gone).unlink()
    viewer.press(key)
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    assert gone in viewer.window.notice.label.text()
    wait_for_place(viewer, f"{start + 1 - (key == PAGE_UP)} of 5")
    viewer.press(key)
    viewer.wait_for_map(then)
    assert where in place(viewer)
    assert not viewer.window.notice.isVisible()


def test_the_picture_that_is_shown_stays_and_is_alone(viewer, folder):
    opened(viewer, folder)
    for n in range(6):
        (folder / f"{n}.png").unlink()
    viewer.press(PAGE_DOWN)
    viewer.qtbot.waitUntil(lambda: " of " not in place(viewer))
    assert viewer.controller.playlist.sources == [str(folder / "0.png")]


def test_a_disk_that_is_pulled_loses_nothing(viewer, folder):
    opened(viewer, folder)
    shutil.move(folder, folder.with_name("elsewhere"))
    viewer.press(PAGE_DOWN)
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible)
    shutil.move(folder.with_name("elsewhere"), folder)
    viewer.press(PAGE_DOWN)
    viewer.wait_for_map("2.png")
    assert "3 of 6" in place(viewer)


def test_what_is_gone_and_what_is_not(tmp_path):
    there, link = tmp_path / "a", tmp_path / "l"
    there.touch()
    os.symlink(tmp_path / "nowhere", link)
    addresses = ["https://example.org/a.png", "data:image/png;base64,AA"]
    kept = [str(there), str(link), *addresses, "relative.png", "/no/such/folder/a.png"]
    assert vanished([*kept, str(tmp_path / "b")]) == {str(tmp_path / "b")}


# --- ends --------------------------------------------------------------------------


def test_the_ends_of_the_set_are_told(viewer, folder):
    opened(viewer, folder)
    viewer.press(PAGE_UP)
    assert said(viewer) == "This is the first of 6 pictures."
    for n in range(1, 6):
        viewer.press(PAGE_DOWN)
        viewer.wait_for_map(f"{n}.png")
    viewer.press(PAGE_DOWN)
    assert said(viewer) == "This is the last of 6 pictures."
    assert "6 of 6" in place(viewer)


def test_a_single_picture_is_told_to_be_the_only_one(viewer, folder):
    viewer.open(folder / "0.png")
    for key in (PAGE_DOWN, PAGE_UP):
        viewer.press(key)
        assert said(viewer).startswith("No other pictures are open")


# --- long names --------------------------------------------------------------------

LONG = {"words": "a cat that " * 18, "one word": "x" * 200, "wide": "漢" * 60}


@pytest.mark.parametrize("name", LONG)
def test_size_and_place_are_seen_whatever_the_name(viewer, folder, name):
    opened_count = "1 of 2"
    shown, place = [], viewer.window.status.place
    facts = place.fontMetrics().horizontalAdvance(" · 451 × 200 · 1 of 2")
    for stem in ("s", LONG[name]):
        pair = folder.with_name(f"pair {len(shown)}")
        pair.mkdir()
        shutil.copy(folder / "0.png", pair / f"{stem}.png")
        shutil.copy(folder / "0.png", pair / "zz.png")
        viewer.drop(pair / f"{stem}.png", pair / "zz.png")
        wanted = str(pair / f"{stem}.png")
        viewer.qtbot.waitUntil(partial(is_shown, viewer, wanted))
        wait_for_place(viewer, opened_count)
        viewer.qtbot.waitUntil(lambda: place.width() >= facts)  # laid out since
        shown.append(grab(place))
    np.testing.assert_array_equal(shown[0][:, -facts:], shown[1][:, -facts:])


@pytest.mark.parametrize("room", [40, 120, 200, 300, 500, 2000])
@pytest.mark.parametrize("notes", ["", " · 16-bit colours: the high byte is shown"])
def test_a_line_never_is_wider_than_its_room(qtbot, viewer, room, notes):
    metrics: QFontMetrics = viewer.window.status.place.fontMetrics()
    facts, name = " · 451 × 300 · 1 of 10", "holiday " * 30 + ".png"
    line = fitted(metrics, room, name, facts, notes)
    assert metrics.horizontalAdvance(line) <= room
    if room > metrics.horizontalAdvance(facts + "…"):
        assert facts in line
    if room == 500:
        assert line.startswith("holi")
        assert "….png" in line or line.index("…") < line.index(".png")
