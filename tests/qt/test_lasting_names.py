"""Names that are kept mean the same file wherever the program starts next."""

from __future__ import annotations

import json
import os

import pytest
from PySide6.QtCore import QSettings

from tests.picture_factory import noise
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.pictures.opening import lasting
from vitviewer.qt.lifecycle.session import session_of
from vitviewer.qt.settings import Settings


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return a folder that is the current one, its neighbour, and pictures in both."""
    here, there = tmp_path / "here", tmp_path / "there"
    for n, folder in enumerate((here, there)):
        folder.mkdir()
        save_picture(folder, "cat.png", noise(8, 8, seed=n))
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    return here, there


@pytest.mark.parametrize(
    "name", ["cat.png", "./cat.png", "~/cat.png", "../here/cat.png", "file://"]
)
def test_a_recent_picture_is_found_from_elsewhere(qtbot, places, monkeypatch, name):
    here, there = places
    given = (here / "cat.png").as_uri() if name == "file://" else name
    viewer = make_viewer(qtbot, None)
    with qtbot.waitSignal(viewer.controller.opener.picture_changed):
        viewer.controller.open_path(given)
    close_viewer(viewer)
    monkeypatch.chdir(there)
    (recent,) = Settings().recent
    assert os.path.isabs(recent)
    assert os.path.samefile(recent, here / "cat.png")


def test_one_picture_under_two_names_is_there_once(places):
    settings = Settings()
    settings.remember("cat.png")
    settings.remember(str(places[0] / "cat.png"))
    assert settings.recent == [str(places[0] / "cat.png")]


def test_a_relative_name_of_an_older_version_is_not_taken_for_another(places):
    settings = Settings()
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    store = QSettings(form, scope, "vitviewer", "vitviewer")
    store.setValue("recent", json.dumps(["cat.png", str(places[1] / "cat.png")]))
    store.setValue("folder", "..")
    store.sync()
    assert (settings.recent, settings.folder) == ([str(places[1] / "cat.png")], "")


def test_the_whole_set_is_kept_by_whole_paths(qtbot, places, monkeypatch):
    here, there = places
    save_picture(here, "dog.png", noise(8, 8, seed=3))
    viewer = make_viewer(qtbot, None)
    with qtbot.waitSignal(viewer.controller.opener.picture_changed):
        viewer.controller.open(["cat.png", "dog.png"])
    monkeypatch.chdir(there)
    with qtbot.waitSignal(viewer.controller.opener.picture_changed):
        viewer.controller.step(1)
    assert viewer.controller.playlist.sources == [
        str(here / "cat.png"),
        str(here / "dog.png"),
    ]
    assert viewer.controller.picture.source == str(here / "dog.png")
    close_viewer(viewer)


def test_a_folder_by_a_relative_name(qtbot, places, monkeypatch):
    viewer = make_viewer(qtbot, None)
    with qtbot.waitSignal(viewer.controller.opener.picture_changed):
        viewer.controller.open(["."])
    assert viewer.controller.playlist.sources == [str(places[0] / "cat.png")]
    close_viewer(viewer)


def test_the_folder_of_dialogs_is_kept_whole(places):
    settings = Settings()
    settings.folder = "."
    assert settings.folder == str(places[0])


def test_what_leads_up_from_a_link_stays(places):
    here, there = places
    (there / "deep").mkdir()
    (here / "link").symlink_to(there / "deep")
    kept = lasting("link/../cat.png")
    assert os.path.isabs(kept)
    assert os.path.samefile(kept, there / "cat.png")


@pytest.mark.parametrize(
    "address", ["https://a.org/x.png", "data:image/png;base64,AAAA", "file://b/x.png"]
)
def test_addresses_stay_as_they_are(address):
    assert lasting(address) == address


def test_a_session_leaves_out_what_is_no_file(places):
    data = "data:image/png;base64,AAAA"
    session = session_of([data, "cat.png"], 1, "shapes", {})
    assert session is not None
    assert session.pictures == (str(places[0] / "cat.png"),)
    assert session_of([data], 0, "shapes", {}) is None
