"""The wall in the real window: its pixels, the pointer, keys, and what it leaves be."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from tests.qt.hover_kit import Pointer
from tests.qt.wall.kit import (
    Paints,
    assert_same_tiles,
    click,
    docked,
    expected,
    point_at,
    settle,
)
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.maps.state import Interpolation
from vitviewer.maps.tiles import TileScale
from vitviewer.qt.looks import roles
from vitviewer.qt.wall import tile_image
from vitviewer.qt.wall.loupe import Loupe
from vitviewer.qt.wall.wall import Wall
from vitviewer.queries import Fusion, Query

BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT, RIGHT = Qt.Key.Key_Left, Qt.Key.Key_Right
UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down
# Where no window manager is, a dock that floats cannot be raised.
FLOATS = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


@pytest.fixture
def viewer(qtbot, tiny_deit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_deit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def wall(viewer):
    wall = Wall(viewer.controller)
    wall.dock = docked(viewer, wall, BOTTOM)
    return wall


def shows(viewer, layer: int, head: int) -> bool:
    """Tell whether the canvas shows exactly this layer and head."""
    shown = viewer.controller.shown
    values = shown.explanation.tokens.grid(shown.answer.values)[layer, head]
    return np.array_equal(shown.patch_map.values, values)


def wait_for_method(viewer, name: str) -> None:
    viewer.state.method = name
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.shown.answer.request.method == name
    )
    settle()


# --- what is painted ------------------------------------------------------------------


def test_it_shows_all_layers_and_heads(viewer, wall):
    for interpolation, scale in product(Interpolation, TileScale):
        viewer.state.interpolation = interpolation
        wall.set_scale(scale)
        settle()
        assert_same_tiles(wall, expected(wall))


@FLOATS
def test_as_a_table_it_shows_the_same(viewer, wall):
    wall.set_table(True)
    wall.dock.setFloating(True)
    wall.dock.resize(300, 500)
    settle()
    assert wall.plan.blocks == 1
    assert_same_tiles(wall, expected(wall))


def test_it_follows_the_query_the_colours_and_the_theme(viewer, wall):
    seen = [grab(wall)]
    for change in (
        lambda: setattr(viewer.state, "query", Query.patch(1, 2)),
        lambda: setattr(viewer.state, "colormap", "bids:viridis"),
        lambda: roles.use(roles.LIGHT),
    ):
        change()
        viewer.qtbot.waitUntil(
            lambda: viewer.controller.shown.answer.query == viewer.state.query
        )
        settle()
        wall.update()
        assert_same_tiles(wall, expected(wall))
        seen.append(grab(wall))
    roles.use(roles.DARK)
    for before, after in pairwise(seen):
        assert (before != after).any()


def test_it_follows_the_pointer_while_that_asks(viewer, wall, qtbot):
    """Shift over the canvas: the wall shows each patch's answer as the canvas does."""
    pointer = Pointer(viewer)
    pointer.shift(True)
    for patch in ((1, 1), (2, 3)):
        pointer.to(*patch)
        qtbot.waitUntil(
            lambda patch=patch: viewer.controller.shown.query_patch == patch
        )
        settle()
        assert_same_tiles(wall, expected(wall))
    pointer.shift(False)


def test_a_method_that_fuses_heads_has_a_tile_a_layer(viewer, wall):
    wait_for_method(viewer, "rollout")
    assert wall.plan.tiling[:2] == (3, 1)
    assert_same_tiles(wall, expected(wall), but=wall.current)
    click(viewer, wall, (1, 0))
    assert viewer.state.layer == 1
    assert viewer.state.fusion is Fusion.MEAN
    assert shows(viewer, 1, 0)
    assert wall.accessibleDescription().startswith("Layers 1–2, ")


def test_without_a_picture_it_says_what_belongs_there(qtbot):
    viewer = make_viewer(qtbot, None)
    wall = Wall(viewer.controller)
    docked(viewer, wall, BOTTOM)
    panel = np.array(roles.color("panel").getRgb()[:3])
    inked = (grab(wall) != panel).any(axis=2)
    ys, xs = np.nonzero(inked)
    assert abs(xs.mean() - wall.width() / 2) < 20
    assert abs(ys.mean() - wall.height() / 2) < 20
    qtbot.keyClick(wall, RIGHT)
    qtbot.mouseClick(wall, Qt.MouseButton.LeftButton)
    assert viewer.state.fusion is Fusion.MEAN
    close_viewer(viewer)


# --- choosing -------------------------------------------------------------------------


def test_a_click_shows_that_layer_and_head_on_the_canvas(viewer, wall):
    viewer.state.first_layer = 0
    settle()
    assert wall.current is None
    for tile in ((0, 3), (2, 1), (1, 0)):
        click(viewer, wall, tile)
        assert (viewer.state.layer, viewer.state.head) == tile
        assert viewer.state.fusion is Fusion.HEAD
        assert shows(viewer, *tile)
        assert wall.current == tile


def test_a_click_between_tiles_chooses_nothing(viewer, wall):
    before = viewer.state.to_dict()
    x, y, w, _ = wall.plan.rect_of(0, 0)
    for at in (QPoint(x - 1, y + 2), QPoint(x + w + 1, y + 2), QPoint(1, 1)):
        viewer.qtbot.mouseClick(wall, Qt.MouseButton.LeftButton, pos=at)
    at = wall.rect_of((0, 0)).center().toPoint()
    viewer.qtbot.mouseClick(wall, Qt.MouseButton.RightButton, pos=at)
    assert viewer.state.to_dict() == before


@pytest.mark.parametrize("table", [False, True])
def test_arrows_walk_through_heads_and_with_ctrl_through_layers(viewer, wall, table):
    wall.set_table(table)
    click(viewer, wall, (0, 0))
    press = viewer.qtbot.keyClick
    walked = []
    keys = [(RIGHT, 0), (RIGHT, 0), (LEFT, 0), (LEFT, 0), (LEFT, 0)]
    for key, _ in keys:
        press(wall, key)
        settle()
        walked.append((viewer.state.layer, viewer.state.head))
        assert shows(viewer, *walked[-1])
    assert walked == [(0, 1), (0, 2), (0, 1), (0, 0), (0, 0)]
    walked = []
    for key in (RIGHT, RIGHT, RIGHT, LEFT):
        press(wall, key, CTRL)
        settle()
        walked.append((viewer.state.layer, viewer.state.head))
        assert shows(viewer, *walked[-1])
    assert walked == [(1, 0), (2, 0), (2, 0), (1, 0)]
    opacity = viewer.state.opacity
    press(wall, UP, CTRL)
    press(wall, DOWN, CTRL)
    settle()
    assert viewer.state.opacity == opacity  # what Ctrl+Up means elsewhere


def test_from_an_average_the_first_arrow_shows_where_it_begins(viewer, wall):
    viewer.state.layer, viewer.state.head = 1, 2
    settle()
    assert wall.current is None
    viewer.qtbot.keyClick(wall, RIGHT)
    settle()
    assert wall.current == (1, 2)
    assert shows(viewer, 1, 2)


def test_keys_that_are_not_its_own_still_scrub(viewer, wall):
    """Space, and arrows with other modifiers, are the window's."""
    wall.setFocus()
    before = viewer.state.to_dict()
    viewer.qtbot.keyPress(wall, Qt.Key.Key_Space)
    assert viewer.stage._peeking
    viewer.qtbot.keyRelease(wall, Qt.Key.Key_Space)
    assert not viewer.stage._peeking
    assert viewer.state.to_dict() == before


def test_only_keyboard_focus_has_a_ring(viewer, wall):
    link = np.array(roles.color("link").getRgb()[:3])

    def has_ring() -> bool:
        return bool((grab(wall) == link).all(axis=2).any())

    click(viewer, wall, (1, 1))
    assert wall.hasFocus()
    assert not has_ring()
    viewer.canvas.setFocus()
    wall.setFocus(Qt.FocusReason.TabFocusReason)
    settle()
    assert has_ring()
    viewer.canvas.setFocus()
    settle()
    assert not has_ring()


def test_it_says_what_is_chosen(viewer, wall):
    click(viewer, wall, (2, 1))
    shown = viewer.controller.shown
    special = shown.explanation.tokens.special_values(shown.answer.values)
    share = f"{special[2, 1].sum() * 100:.0f}\u202f%"
    words = f"Layer 3, head 2, {share} to prefix tokens, chosen"
    assert wall.accessibleDescription() == words
    viewer.state.fusion = Fusion.MEAN
    settle()
    assert "chosen" not in wall.accessibleDescription()


# --- the loupe ------------------------------------------------------------------------


def geometries(viewer) -> dict[str, object]:
    """Return where the window's bars, docks and canvas are."""
    window = viewer.window
    only = Qt.FindChildOption.FindDirectChildrenOnly
    parts = [viewer.canvas, *window.findChildren(QWidget, options=only)]
    return {
        f"{type(part).__name__} {id(part)}": (part.geometry(), part.isVisible())
        for part in parts
        if not isinstance(part, Loupe)
    }


def wait_until_still(viewer) -> None:
    """Wait until no part of the window moves any more: what went on has ended."""
    seen: list[object] = []

    def is_still() -> bool:
        seen.append(geometries(viewer))
        return len(seen) > 30 and all(one == seen[-1] for one in seen[-30:])

    viewer.qtbot.waitUntil(is_still)


def open_loupe(viewer, wall, tile):
    point_at(wall, tile)
    viewer.qtbot.waitUntil(lambda: wall._loupe is not None and wall._loupe.isVisible())
    settle()
    return wall._loupe


@FLOATS
@pytest.mark.parametrize("floating", [False, True])
def test_the_loupe_moves_nothing_and_stays_within_the_window(viewer, wall, floating):
    wall.dock.setFloating(floating)
    if floating:
        wall.dock.resize(500, 260)
    wait_until_still(viewer)
    places, zoom = geometries(viewer), viewer.canvas.transform()
    point_at(wall, (0, 0))
    assert wall._loupe is None or not wall._loupe.isVisible()  # not at once
    for tile in ((0, 0), (2, 3), (1, 1)):
        loupe = open_loupe(viewer, wall, tile)
        window = wall.window()
        assert loupe.window() is window
        assert window.rect().contains(loupe.geometry())
        under = wall.rect_of(tile).toAlignedRect()
        under.translate(wall.mapTo(window, QPoint()))
        assert not loupe.geometry().intersects(under)
        assert geometries(viewer) == places
        assert viewer.canvas.transform() == zoom
    point_at(wall, None)
    assert not wall._loupe.isVisible()


def test_the_loupe_shows_the_tile_and_follows_the_answer(viewer, wall):
    viewer.state.interpolation = Interpolation.NEAREST
    settle()
    loupe = open_loupe(viewer, wall, (1, 2))
    assert loupe._words == "Layer 2, head 3"
    assert loupe._share.endswith("to prefix tokens")
    before = grab(loupe)
    viewer.state.query = Query.patch(0, 0)
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.shown.answer.query == viewer.state.query
    )
    settle()
    after = grab(loupe)
    assert (after != before).any()
    shown = viewer.controller.shown
    values = shown.explanation.tokens.grid(shown.answer.values)[1, 2]
    row, col = np.unravel_index(values.argmax(), values.shape)
    side = 135 / len(values)
    left = (loupe.width() - 135) / 2
    brightest = after[round(8 + (row + 0.5) * side), round(left + (col + 0.5) * side)]
    assert brightest.sum() == after[8:143, 50:170].sum(axis=2).max()


def test_a_wall_that_is_hidden_leaves_no_loupe(viewer, wall):
    loupe = open_loupe(viewer, wall, (0, 1))
    wall.dock.hide()
    settle()
    assert not loupe.isVisible()


# --- work that is left out ------------------------------------------------------------


@pytest.fixture
def compositions(monkeypatch):
    """Note each time that all layers are composed, as the row of heads never does."""
    done = []
    compose = tile_image.compose_tiles

    def noted(plan, *how):
        if plan.tiling.layers > 1:
            done.append(plan)
        return compose(plan, *how)

    monkeypatch.setattr(tile_image, "compose_tiles", noted)
    return done


def test_it_composes_only_what_changed_and_only_while_it_is_seen(
    viewer, wall, compositions
):
    paints = Paints(wall)
    viewer.state.opacity = 0.3
    settle()
    assert (len(compositions), paints.count) == (0, 0)
    viewer.state.layer = 0
    settle()
    assert len(compositions) == 0  # a bold number elsewhere, and no tile
    assert paints.count >= 1
    viewer.state.colormap = "cividis"
    settle()
    assert len(compositions) == 1
    wall.dock.hide()
    settle()
    paints.count = 0
    viewer.state.colormap = "bids:magma"
    viewer.state.layer = 2
    settle()
    assert (len(compositions), paints.count) == (1, 0)
    wall.dock.show()
    settle()
    assert len(compositions) == 2
    assert_same_tiles(wall, expected(wall))


# --- the title bar --------------------------------------------------------------------


def test_its_controls_choose_scale_table_and_export(viewer, wall, qtbot):
    scale, table, export = wall.title_controls()
    for control in (scale, table, export):
        assert isinstance(control, QToolButton)
        assert control.accessibleName()
        assert control.toolTip()
    each, shared = scale.menu().actions()
    assert each.isChecked()
    shared.trigger()
    assert wall.scale is TileScale.SHARED
    assert "shared" in scale.text()
    table.click()
    assert wall.is_table
    assert wall.plan.blocks == 1
    for action, kind in zip(export.menu().actions(), ("png", "npz"), strict=True):
        with qtbot.waitSignal(wall.export_asked) as asked:
            action.trigger()
        assert asked.args == [kind]


@FLOATS
def test_a_tall_dock_is_a_table_until_another_way_is_chosen(viewer, wall):
    assert not wall.is_table
    wall.dock.setFloating(True)
    wall.dock.resize(300, 700)
    viewer.qtbot.waitUntil(lambda: wall.height() > wall.width())
    assert wall.is_table
    table = wall.title_controls()[1]
    assert table.isChecked()
    table.click()
    wall.dock.resize(300, 720)
    settle()
    assert not wall.is_table


def test_it_takes_no_drop_and_no_focus_by_itself(viewer, wall):
    assert QApplication.focusWidget() is not wall
    assert not wall.acceptDrops()
