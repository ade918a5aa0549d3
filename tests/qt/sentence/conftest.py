"""A window with a picture, and its sentence."""

from __future__ import annotations

import pytest

from tests.qt.sentence.kit import Desk, furnish
from tests.qt.window_kit import close_viewer, make_viewer, save_picture


@pytest.fixture
def empty(qtbot, tiny_vit):
    """A window with a model, and no picture yet."""
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.window.resize(1280, 720)
    yield furnish(viewer)
    close_viewer(viewer)


@pytest.fixture
def desk(empty, tmp_path, chelsea) -> Desk:
    """A window with a picture, its map, and its sentence."""
    empty.viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    empty.wait(empty.viewer.window.status.engine.isHidden)
    empty.viewer.canvas.setFocus()
    return empty
