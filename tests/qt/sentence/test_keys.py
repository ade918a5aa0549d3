"""The whole sentence is reached and changed by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from vitviewer.queries import QueryKind

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support",
    extend=True,  # of a popup
)
KEYS, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier


def enter(desk) -> None:
    """Go to the sentence as in a browser."""
    desk.key(KEYS.Key_L, CTRL)
    assert desk.focus is desk.parts["model"]


def test_arrows_walk_from_part_to_part(desk):
    before = (desk.state.layer, desk.state.head)
    enter(desk)
    for name in ("method", "query", "where", "where"):
        desk.key(KEYS.Key_Right)
        assert desk.focus is desk.parts[name]
    for name in ("query", "method", "model", "model"):
        desk.key(KEYS.Key_Left)
        assert desk.focus is desk.parts[name]
    assert (desk.state.layer, desk.state.head) == before


@pytest.mark.parametrize(
    "key", [KEYS.Key_Down, KEYS.Key_Return, KEYS.Key_Enter, KEYS.Key_Space]
)
def test_keys_open_a_list_typing_filters_and_enter_takes(desk, key):
    enter(desk)
    desk.key(KEYS.Key_Right)
    desk.key(key)
    assert desk.bar.popup is not None
    assert desk.bar.popup.current.title == "Attention"
    desk.type("content come")
    assert desk.titles() == ["Rollout"]
    desk.key(KEYS.Key_Return)
    assert desk.bar.popup is None
    desk.wait_for("shows rollout")
    assert desk.focus is desk.viewer.canvas


def test_arrows_walk_in_the_list_over_what_cannot_be_taken(desk):
    desk.state.query = desk.state.query.__class__(QueryKind.MEAN)
    desk.wait_for("from the mean of all patches")
    enter(desk)
    desk.key(KEYS.Key_Right)
    desk.key(KEYS.Key_Right)
    desk.key(KEYS.Key_Down)
    popup = desk.bar.popup
    seen = []
    for _ in range(12):
        seen.append(popup.current.title)
        desk.key(KEYS.Key_Down)
    assert "What looks at it" not in seen
    assert seen[-1] == "Where it looks"
    for _ in range(12):
        desk.key(KEYS.Key_Up)
    assert popup.current.title == "Class token"
    desk.key(KEYS.Key_Return)
    desk.wait_for("from the class token")


def test_escape_closes_and_goes_back_to_the_canvas(desk):
    enter(desk)
    desk.key(KEYS.Key_Down)
    popup, before = desk.bar.popup, desk.state.to_dict()
    assert popup.isVisible()
    desk.key(KEYS.Key_Escape)
    assert desk.bar.popup is None
    assert desk.focus is desk.viewer.canvas
    assert desk.state.to_dict() == before
    desk.viewer.click_patch(1, 1)
    enter(desk)
    desk.key(KEYS.Key_Escape)  # which elsewhere asks for the class token
    assert desk.focus is desk.viewer.canvas
    assert desk.state.query.kind is QueryKind.PATCH


def test_each_part_has_a_name_and_comes_once_in_the_tab_order(desk):
    names = {
        "model": "Model: vit, checked, opens a list",
        "method": "Method: attention, opens a list",
        "query": "Token: class token, opens a list",
        "where": f"Layer and heads: {desk.parts['where'].choice}",
    }
    for name, words in names.items():
        said = desk.parts[name].accessibleName()
        assert said == words or name == "model"
        assert said.startswith(words.partition(",")[0])
    enter(desk)
    for name in ("method", "query", "where"):
        desk.key(KEYS.Key_Tab)
        assert desk.focus is desk.parts[name]


def test_the_ring_is_for_keys_alone(desk, qtbot):
    part = desk.parts["method"]
    enter(desk)
    desk.key(KEYS.Key_Right)
    assert part._has_ring
    desk.viewer.canvas.setFocus()
    part.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not part._has_ring
    QApplication.processEvents()
