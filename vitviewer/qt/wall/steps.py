"""Which tile an arrow leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from vitviewer.maps.mosaic import Plan

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALLOWED = _CONTROL | Qt.KeyboardModifier.KeypadModifier


def is_step(event: QKeyEvent) -> bool:
    """Tell whether a key walks through the wall."""
    return event.key() in _ARROWS and not event.modifiers() & ~_ALLOWED


def step_from(tile: tuple[int, int], plan: Plan, event: QKeyEvent) -> tuple[int, int]:
    """Return the tile one step on; at an end, the same.

    Arrows walk through the heads as they stand in a block, with Ctrl through the
    layers as the blocks stand. Where a layer has one row of heads, those above and
    below are other layers'; where it has one tile, all are.
    """
    layer, head = tile
    right, down = _ARROWS[Qt.Key(event.key())]
    of_layers = bool(event.modifiers() & _CONTROL) or plan.tiling.heads == 1
    table = plan.blocks == 1 and plan.down == 1
    if of_layers or (table and down):
        below = plan.blocks if plan.bands > 1 else 1
        return _within(layer + right + down * below, layer, plan.tiling.layers), head
    return layer, _within(head + right + down * plan.across, head, plan.tiling.heads)


def _within(wanted: int, now: int, count: int) -> int:
    return wanted if 0 <= wanted < count else now
