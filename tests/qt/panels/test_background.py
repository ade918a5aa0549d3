"""What is behind a transparent picture, chosen in the dock of the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.picture_factory import encoded, noise
from tests.qt.window_kit import close_viewer, make_viewer
from vitviewer.queries import Background


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def clear(tmp_path):
    """Return a picture that is transparent everywhere, above hidden red."""
    pixels = np.zeros((60, 80, 4), np.uint8)
    pixels[..., 0] = 200
    (tmp_path / "clear.png").write_bytes(encoded(pixels))
    return tmp_path / "clear.png"


def choose(viewer, name):
    """Choose with the keyboard: typing goes to the entry of that name."""
    box = viewer.window.panels.run_settings.background
    box.setFocus()
    viewer.qtbot.keyClicks(box, name)
    viewer.qtbot.keyClick(box, Qt.Key.Key_Return)


def wait_for(viewer, background):
    """Wait until the model has seen the picture on a background."""
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.shown is not None
            and viewer.controller.picture.background is background
        ),
        timeout=60_000,
    )


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("Black", (0, 0, 0)),
        ("Grey", (128, 128, 128)),
        ("Transparency", (200, 0, 0)),
    ],
)
def test_canvas_model_and_words_follow_the_choice(viewer, clear, name, colour):
    viewer.open(clear)
    viewer.state.overlay_visible = False
    assert (viewer.controller.picture.pixels == 255).all()
    seen = viewer.controller.explanation.input_pixels.copy()
    choose(viewer, name)
    wait_for(viewer, viewer.state.background)
    assert (viewer.controller.picture.pixels == colour).all()
    assert not np.array_equal(viewer.controller.explanation.input_pixels, seen)
    middle = viewer.pixels()[viewer.canvas.height() // 2, viewer.canvas.width() // 2]
    np.testing.assert_allclose(middle, colour, atol=1)
    assert viewer.state.background.note in viewer.place


def test_the_next_picture_is_laid_on_the_same_background(viewer, clear, tmp_path):
    viewer.open(clear)
    choose(viewer, "Black")
    wait_for(viewer, Background.BLACK)
    (tmp_path / "next.png").write_bytes(encoded(noise(40, 40, 4)))
    viewer.open(tmp_path / "next.png")
    assert viewer.controller.picture.background is Background.BLACK


def test_without_transparency_there_is_nothing_to_choose(viewer, clear, tmp_path):
    box = viewer.window.panels.run_settings.background
    (tmp_path / "solid.png").write_bytes(encoded(noise(40, 40, 3)))
    viewer.open(tmp_path / "solid.png")
    assert not box.isEnabled()
    viewer.open(clear)
    assert box.isEnabled()


def test_a_choice_made_while_a_picture_opens_holds_for_it(viewer, clear):
    viewer.drop(clear)
    viewer.state.background = Background.BLACK
    wait_for(viewer, Background.BLACK)
    assert (viewer.controller.picture.pixels == 0).all()
