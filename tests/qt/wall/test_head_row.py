"""One layer's heads: what is painted, what a click does, and that nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests import facts
from tests.qt.wall.kit import (
    assert_same_tiles,
    click,
    composed,
    docked,
    point_at,
    settle,
)
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.maps.tiles import prefix_shares
from vitviewer.qt.looks.roles import color
from vitviewer.qt.wall.head_row import HeadRow
from vitviewer.queries import Fusion, Resolution

RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


@pytest.fixture
def viewer(qtbot, tiny_deit):
    viewer = make_viewer(qtbot, tiny_deit)
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def row(viewer):
    row = HeadRow(viewer.controller)
    docked(viewer, row, RIGHT)
    return row


@pytest.fixture
def cat(viewer, tmp_path, chelsea):
    path = save_picture(tmp_path, "cat.png", chelsea)
    return path


def heads_of(viewer, layers: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of some layers' heads, and their shares to prefix tokens."""
    shown = viewer.controller.shown
    tokens = shown.explanation.tokens
    maps = tokens.grid(shown.answer.values)[layers].mean(axis=0, keepdims=True)
    shares = prefix_shares(shown.answer, tokens)[layers].mean(axis=0, keepdims=True)
    return maps, shares


def test_it_shows_the_heads_of_the_layer_that_is_shown(viewer, row, cat):
    viewer.open(cat)
    for layer in (2, 0, 1):
        viewer.state.layer = layer
        settle()
        assert_same_tiles(
            row, composed(row, *heads_of(viewer, slice(layer, layer + 1)))
        )


def test_over_several_layers_it_shows_each_head_s_mean(viewer, row, cat):
    viewer.open(cat)
    viewer.state.first_layer = 0
    settle()
    assert_same_tiles(row, composed(row, *heads_of(viewer, slice(0, 3))))
    assert row._caption() == "Heads of layers 1–3"
    click(viewer, row, (0, 1))
    assert (viewer.state.first_layer, viewer.state.layer) == (0, 2)
    assert row.current == (0, 1)


def test_a_click_shows_that_head_alone(viewer, row, cat):
    viewer.open(cat)
    viewer.state.layer = 1
    for head in (3, 0, 2):
        click(viewer, row, (0, head))
        assert viewer.state.fusion is Fusion.HEAD
        assert (viewer.state.layer, viewer.state.head) == (1, head)
        shown = viewer.controller.shown
        values = shown.explanation.tokens.grid(shown.answer.values)[1, head]
        np.testing.assert_array_equal(shown.patch_map.values, values)


def test_only_a_head_that_is_shown_alone_is_framed(viewer, row, cat):
    viewer.open(cat)
    bright = np.array(color("text").getRgb()[:3])

    def framed(head: int) -> bool:
        x, y, w, _ = row.plan.rect_of(0, head)
        line = grab(row)[round(row.top) + y - 1, x : x + w]
        return bool((np.abs(line.astype(int) - bright) <= 2).all())

    settle()
    assert not any(framed(head) for head in range(4))
    click(viewer, row, (0, 2))
    assert [framed(head) for head in range(4)] == [False, False, True, False]
    viewer.state.fusion = Fusion.MAX
    settle()
    assert not any(framed(head) for head in range(4))


def test_nothing_moves_when_a_picture_comes_or_anything_is_chosen(viewer, row, cat):
    """Its size is the model's: placeholders, maps and averages stand in one place."""
    before, at, plan = row.sizeHint(), row.geometry(), row.plan
    viewer.open(cat)
    assert (row.sizeHint(), row.geometry()) == (before, at)
    assert row.plan.lefts == plan.lefts
    for change in (
        {"fusion": Fusion.HEAD},
        {"first_layer": 0},
        {"method": "rollout", "fusion": Fusion.MEAN},
        {"method": "attention", "resolution": Resolution.PICTURE},
    ):
        for name, value in change.items():
            setattr(viewer.state, name, value)
        viewer.qtbot.waitUntil(
            lambda: (
                viewer.controller.shown is not None
                and viewer.controller.shown.answer.request.method == viewer.state.method
                and viewer.controller.explanation.resolution is viewer.state.resolution
            )
        )
        settle()
        assert (row.sizeHint(), row.geometry()) == (before, at)
        lowest = max(row.plan.tops) + row.plan.tile[1] + row.plan.edge
        assert lowest + row.top <= row.height()


def test_without_a_picture_places_for_the_model_s_heads_are_grey(viewer, row):
    plan, seen = row.plan, grab(row)
    line = np.array(color("line").getRgb()[:3])
    assert plan.tiling.heads == viewer.controller.model.n_heads
    for head in range(plan.tiling.heads):
        x, y, w, h = plan.rect_of(0, head)
        top = y + round(row.top)
        assert (seen[top : top + h - plan.edge, x : x + w] == line).all()


def test_without_a_model_there_are_places_too(qtbot):
    viewer = make_viewer(qtbot, None)
    row = HeadRow(viewer.controller)
    docked(viewer, row, RIGHT)
    assert row.plan.tiling.heads == 12
    assert row.sizeHint().width() == 272
    row.set_width(400)
    assert row.sizeHint().width() == 400
    close_viewer(viewer)


@pytest.mark.parametrize(("heads", "side"), [(4, 65), (6, 42), (12, 40), (48, 17)])
def test_its_height_is_that_of_the_model_s_heads(qtbot, heads, side):
    viewer = make_viewer(qtbot, None)
    row = HeadRow(viewer.controller)
    model = facts.facts(n_heads=heads, input_size=(224, 224), patch_size=(16, 16))
    row.set_model(model)
    assert abs(row.plan.tile[0] - side) <= 1
    tiles = row.sizeHint().height() - row.top
    assert tiles == row.plan.size[1] <= 88
    close_viewer(viewer)


def test_a_method_that_fuses_heads_has_one_map_a_layer(viewer, row, cat):
    viewer.open(cat)
    viewer.state.method = "rollout"
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.shown.answer.request.method == "rollout"
    )
    settle()
    assert row.plan.tiling.heads == 1
    click(viewer, row, (0, 0))
    assert viewer.state.fusion is Fusion.MEAN
    assert row._caption() == "Heads of layers 1–3"


def test_what_an_edge_means_is_left_out_where_it_has_no_room(viewer, row, cat):
    viewer.open(cat)
    settle()
    quiet = np.array(color("quiet").getRgb()[:3])

    def words_end() -> int:
        caption = grab(row)[: round(row.top) - 4]
        inked = (np.abs(caption.astype(int) - quiet).max(axis=2) < 40).any(axis=0)
        return int(np.flatnonzero(inked).max())

    assert words_end() > 250
    row.set_width(150)
    settle()
    assert words_end() < 150


def test_hovering_changes_nothing_but_a_thin_frame(viewer, row, cat):
    viewer.open(cat)
    settle()
    chosen = (viewer.state.layer, viewer.state.head, viewer.state.fusion)
    before = grab(row)
    point_at(row, (0, 3))
    assert (viewer.state.layer, viewer.state.head, viewer.state.fusion) == chosen
    changed = (grab(row) != before).any(axis=2)
    x, y, w, h = row.plan.rect_of(0, 3)
    top = y + round(row.top)
    assert changed.any()
    changed[top - 2 : top + h + 2, x - 2 : x + w + 2] = False
    assert not changed.any()
