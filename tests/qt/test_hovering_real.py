"""Asking follows the pointer over a photograph, with a real encoder at 518 pixels."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.qt.hover_kit import Painted, Pointer
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.real import model as real_model
from vitviewer.queries import Direction, Query

SIDE = 518
GRID = SIDE // real_model.PATCH
CHOSEN = Query.patch(5, 5)


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory) -> Path:
    """The real model with a processor that makes the size that it was trained at."""
    if reason := real_model.missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("models") / "dinov2-518"
    shutil.copytree(real_model.folder(), folder)
    processor = folder / "preprocessor_config.json"
    settings = json.loads(processor.read_text("utf-8"))
    settings["size"] = {"shortest_edge": SIDE}
    settings["crop_size"] = {"height": SIDE, "width": SIDE}
    processor.write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture
def viewer(qtbot, real_folder, tmp_path, chelsea):
    viewer = make_viewer(qtbot, real_folder)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    tokens = viewer.controller.explanation.tokens
    assert (tokens.rows, tokens.cols) == (GRID, GRID)
    viewer.canvas.setFocus()
    yield viewer
    close_viewer(viewer)


def wait_for(viewer, query: Query, direction: Direction) -> None:
    """Wait for the map of a query, in a direction."""

    def is_shown() -> bool:
        answer = viewer.controller.shown.answer
        return (answer.query, answer.direction) == (query, direction)

    viewer.qtbot.waitUntil(is_shown)


def choose(viewer, direction: Direction) -> None:
    """Choose a query and a direction, and wait for their map."""
    viewer.state.query, viewer.state.direction = CHOSEN, direction
    wait_for(viewer, CHOSEN, direction)


def path_of(n: int) -> list[Query]:
    """Return patches along a line across the picture, none of them chosen."""
    places = np.linspace(1, GRID - 2, n)
    return [Query.patch(round(p), GRID - 1 - round(p)) for p in places]


def is_painted(painted: Painted, query: Query) -> bool:
    return painted.queries[-1:] == [query]


@pytest.mark.parametrize(
    ("direction", "n_patches"), [(Direction.FROM, 24), (Direction.TO, 4)]
)
def test_each_patch_is_painted_where_moves_await_frames(viewer, direction, n_patches):
    choose(viewer, direction)
    pointer = Pointer(viewer)
    pointer.leave()
    before = viewer.pixels()
    painted = Painted(viewer)
    viewer.press(Qt.Key.Key_H)
    path = path_of(n_patches)
    for query in path:
        pointer.to(query.row, query.col)
        viewer.qtbot.waitUntil(lambda query=query: is_painted(painted, query))
        assert viewer.controller.shown.answer.direction is direction
    assert pointer.moves == n_patches
    assert [query for query in painted.queries if query != CHOSEN] == path
    assert painted.frames >= n_patches
    pointer.leave()
    wait_for(viewer, CHOSEN, direction)
    np.testing.assert_array_equal(viewer.pixels(), before)


@pytest.mark.parametrize(
    ("direction", "burst", "n_bursts"), [(Direction.FROM, 5, 8), (Direction.TO, 4, 2)]
)
def test_the_last_of_several_moves_is_always_painted(
    viewer, direction, burst, n_bursts
):
    choose(viewer, direction)
    pointer = Pointer(viewer)
    pointer.leave()
    before = viewer.pixels()
    painted = Painted(viewer)
    pointer.shift(True)
    path = path_of(burst * n_bursts)
    for start in range(0, len(path), burst):
        for query in path[start : start + burst]:
            pointer.to(query.row, query.col)
            QApplication.processEvents()
        last = path[start + burst - 1]
        viewer.qtbot.waitUntil(lambda last=last: is_painted(painted, last))
    assert pointer.moves == len(path)
    followed = [query for query in painted.queries if query != CHOSEN]
    places = [path.index(query) for query in followed]
    assert all(a < b for a, b in pairwise(places))
    assert set(path[burst - 1 :: burst]) <= set(followed)
    pointer.shift(False)
    wait_for(viewer, CHOSEN, direction)
    pointer.leave()
    np.testing.assert_array_equal(viewer.pixels(), before)


def test_hovered_maps_are_transposes_of_one_another(viewer):
    """What a patch gives to another is what the other is looked at with by it."""
    pointer = Pointer(viewer)
    viewer.press(Qt.Key.Key_H)
    one, other = (10, 30), (25, 5)
    pointer.to(*one)
    wait_for(viewer, Query.patch(*one), Direction.FROM)
    given = viewer.controller.shown.patch_map.share(*other)
    pointer.to(*other)
    viewer.state.direction = Direction.TO
    wait_for(viewer, Query.patch(*other), Direction.TO)
    received = viewer.controller.shown.patch_map.share(*one)
    assert given > 0
    assert received == pytest.approx(given, rel=1e-4)
