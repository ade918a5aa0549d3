"""On screens of one and two device pixels each tile is crisp, and is hit where it is.

How fine a screen is has to be told before the program starts: each case is a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import sys

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests import facts
from tests.qt.wall.kit import composed, settle
from tests.qt.window_kit import grab
from vitviewer.maps.resolve import resolve
from vitviewer.maps.tiles import prefix_shares
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application
from vitviewer.qt.wall.head_row import HeadRow
from vitviewer.qt.wall.wall import Wall

application = make_application()
ratio, way = int(sys.argv[1]), sys.argv[2]
controller = Controller()
made = facts.explanation()
controller.state.fit_to(made.model)
controller.explanation = made
controller.shown = resolve(made, made.rows, controller.state)
view = HeadRow(controller) if way == "row" else Wall(controller)
if way == "row":
    view.set_model(made.model)
    view.resize(view.sizeHint())
else:
    view.set_table(way == "table")
    view.resize(501, 301)
view.show()
settle()
assert view.devicePixelRatioF() == ratio
plan, tokens = view.plan, made.tokens
maps, shares = tokens.grid(made.rows.values), prefix_shares(made.rows, tokens)
if way == "row":
    maps, shares = maps[-1:], shares[-1:]
wanted, seen, top = composed(view, maps, shares), grab(view), round(view.top * ratio)
assert seen.shape[1] == view.width() * ratio
left = Qt.MouseButton.LeftButton
for layer in range(plan.tiling.layers):
    for head in range(plan.tiling.heads):
        x, y, w, h = plan.rect_of(layer, head)
        part = np.s_[y : y + h, x : x + w]
        shifted = np.s_[y + top : y + top + h, x : x + w]
        np.testing.assert_array_equal(seen[shifted], wanted[part])
        rect = view.rect_of((layer, head))
        inside = rect.toRect().adjusted(1, 1, -1, -1)
        for at in (inside.topLeft(), inside.bottomRight(), inside.center()):
            assert view.tile_at(at.toPointF()) == (layer, head), (at, layer, head)
        gap = QPoint(round(rect.right()) + 1, round(rect.center().y()))
        assert view.tile_at(gap.toPointF()) is None
        state = controller.state
        state.layer, state.head = (layer + 1) % 3, (head + 1) % 4
        QTest.mouseClick(view, left, pos=inside.center())
        chosen = (state.layer if way != "row" else 0, state.head)
        assert chosen == (layer, head)
controller.close()
print("as it should be")
"""


@pytest.mark.parametrize("way", ["blocks", "table", "row"])
@pytest.mark.parametrize("ratio", [1, 2])
def test_tiles_are_crisp_and_are_hit(ratio, way):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ratio), way],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(ratio),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip() == "as it should be", done.stderr
