"""What version 0.1.0 wrote opens: settings, a session, and exported maps.

The files beside this module were written by the program at e0d201b, with no value left
at its default where it has one: the two models' maps by ``vitviewer export``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt

from tests.qt.window_kit import close_viewer, make_viewer
from vitviewer.cli.main import main
from vitviewer.maps.state import (
    Alpha,
    Interpolation,
    Photograph,
    Scale,
    ViewState,
)
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.restoring import Opening
from vitviewer.qt.lifecycle.session import read_session
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow
from vitviewer.queries import Background, Direction, Fusion, Query
from vitviewer.system.resources import root

SAVED = Path(__file__).parent / "fixtures" / "saved"
SAMPLES = root() / "samples" / "shapes"
EXPORTS = {
    "attention": ("--layer", "all", "--head", "all"),
    "rollout": ("--method", "rollout", "--layer", "all", "--query", "6,7"),
    "fused": ("--layer", "3", "--head", "max", "--query", "mean"),
}
CHOICES = ViewState(
    method="rollout",
    layer=2,
    first_layer=1,
    head=1,
    fusion=Fusion.MAX,
    query=Query.patch(3, 4),
    direction=Direction.TO,
    overlay_visible=False,
    opacity=0.35,
    colormap="matlab:gray",
    interpolation=Interpolation.SMOOTH,
    scale=Scale.ABSOLUTE,
    absolute_max=0.125,
    alpha=Alpha.LINEAR,  # it was the switch "fade"
    photograph=Photograph.AS_IS,
    show_input=True,
    background=Background.GREY,
)
# The next machine or model may not have them, so that they are asked for anew.
NOT_RESTORED = {"resolution", "device"}


@pytest.fixture
def settings(tmp_path) -> Settings:
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, user, str(tmp_path))
    (tmp_path / "vitviewer").mkdir()
    shutil.copy(SAVED / "vitviewer.ini", tmp_path / "vitviewer" / "vitviewer.ini")
    return Settings()


def test_settings(settings):
    assert settings.theme == "light"
    assert settings.recent == ["/etc", "/usr"]
    assert settings.folder == "/usr"
    assert not settings.path.with_name("vitviewer.ini.damaged").exists()


def test_the_windows_place_is_taken_over_and_its_docks_are_the_new_ones(
    qtbot, settings
):
    controller = Controller()
    window = MainWindow(controller, settings)
    with qtbot.waitSignal(window.furnished, timeout=60_000):
        window.show()
    try:
        # What was closed and moved to the other side was of docks that are no more.
        shown = {title for title, dock in window.docks.items() if not dock.isHidden()}
        assert shown == {"Map", "Details"}
        for title in shown:
            area = window.dockWidgetArea(window.docks[title])
            assert area is Qt.DockWidgetArea.RightDockWidgetArea
        assert window.height() == window.minimumHeight() == 640  # it was 600
        assert settings.open_sections is None
    finally:
        window.close()
        assert controller.close(30_000)
    assert Settings().open_sections == ["Budget", "Prediction"]


def test_the_session_restores_every_value(qtbot, tmp_path):
    path = tmp_path / "session.json"
    saved = json.loads((SAVED / "session-v1.json").read_text(encoding="utf-8"))
    saved["pictures"] = [str(SAMPLES / name) for name in saved["pictures"]]
    path.write_text(json.dumps(saved), encoding="utf-8")
    session = read_session(path)
    assert session is not None
    viewer = make_viewer(qtbot, None)
    try:
        Opening(viewer.window, [], None, session).begin()
        viewer.wait_for_map("star-and-triangle.png")
        controller, state = viewer.controller, viewer.state
        qtbot.waitUntil(lambda: state.query == CHOICES.query, timeout=60_000)
        restored, expected = state.to_dict(), CHOICES.to_dict()
        for name in set(expected) - NOT_RESTORED:
            assert restored[name] == expected[name], name
        assert controller.playlist.sources == saved["pictures"]
        assert controller.playlist.index == 1
        assert controller.model is not None
        assert controller.model.source == "shapes"
        viewer.wait_for_title("ollout to patch (3, 4) in layers 1–3, max of")
    finally:
        close_viewer(viewer)


@pytest.mark.parametrize("name", EXPORTS)
def test_maps_keep_their_names_and_numbers(name, tmp_path):
    picture = str(SAMPLES / "star-and-triangle.png")
    words = ["export", picture, "--format", "npz", "--out", str(tmp_path)]
    assert main([*words, *EXPORTS[name]]) == 0
    with (
        np.load(SAVED / f"{name}.npz", allow_pickle=False) as before,
        np.load(tmp_path / "star-and-triangle.npz", allow_pickle=False) as now,
    ):
        # What is newer stands behind them.
        assert list(now) == [*before, "unit"]
        for key in set(before) - {"provenance"}:
            assert now[key].dtype == before[key].dtype
            if now[key].dtype.kind == "f":
                np.testing.assert_allclose(now[key], before[key], atol=2e-5)
            else:
                np.testing.assert_array_equal(now[key], before[key])
        old, new = (json.loads(str(file["provenance"])) for file in (before, now))
    assert set(old) <= set(new)
    assert new["export"] == old["export"]
    assert new["picture_sha256"] == old["picture_sha256"]
