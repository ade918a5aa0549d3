"""What jumps may fade; what is scrubbed, or moves where nobody wants it, does not."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject

from tests.painting import hot_patch, squashed, style
from tests.qt.canvas_kit import NEAREST, make_view, show
from tests.qt.canvas_kit import shown as pixels_of
from vitviewer.qt.canvas.jumps import SCRUB_MS, Jumps


@pytest.fixture
def jumps(qapp):
    parent = QObject()
    jumps = Jumps(parent)
    jumps.motion.is_wanted = True
    yield jumps
    parent.deleteLater()


def test_changes_close_together_are_a_scrub(jumps, qtbot):
    assert jumps.is_jump()
    assert not jumps.is_jump()
    qtbot.waitUntil(lambda: jumps._since.elapsed() > SCRUB_MS)
    assert jumps.is_jump()


def test_nothing_moves_where_nobody_wants_it(jumps):
    jumps.motion.is_wanted = False
    assert not jumps.is_jump()


def test_nothing_moves_where_nobody_looks(qapp):
    parent = QObject()
    assert not Jumps(parent).is_jump()
    parent.deleteLater()


def test_a_map_fades_into_the_next_and_ends_as_that(qtbot):
    view, geometry, chosen = make_view(qtbot), squashed(400, 400), style(NEAREST)
    show(view, geometry, (5, 5), chosen)
    before = pixels_of(view).astype(int)
    view.set_map(hot_patch(geometry, (9, 9)), chosen)
    after = pixels_of(view).astype(int)
    show(view, geometry, (5, 5), chosen)
    view.set_map(hot_patch(geometry, (9, 9)), chosen, fade=True)
    animation = view._map._fade
    animation.pause()
    animation.setCurrentTime(animation.duration() // 2)
    half = pixels_of(view).astype(int)
    changed = np.abs(after - before).max(-1) > 60
    assert changed.any()
    between = np.abs(half - before).max(-1) > 15
    between &= np.abs(half - after).max(-1) > 15
    assert between[changed].mean() > 0.9
    animation.resume()
    qtbot.waitUntil(lambda: bool((pixels_of(view) == after).all()))
    assert view._map._before is None
