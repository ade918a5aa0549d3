"""Transparent pictures on other backgrounds, held to Pillow's own blending."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.model_factory import make_model
from tests.picture_factory import encoded, noise, oriented
from vitviewer.cli.main import main
from vitviewer.maps.state import ViewState
from vitviewer.pictures.opening import decode_image, open_one
from vitviewer.pictures.picture import Picture
from vitviewer.pictures.transparency import VALUES
from vitviewer.queries import Background

RGBA = noise(30, 40, 4)


def decode(data: bytes) -> Picture:
    return decode_image(data, "x.png", "x.png")


def by_pillow(data: bytes, background: Background) -> NDArray[np.uint8]:
    """Blend as Pillow does, or drop the alpha as training code does."""
    image = Image.open(io.BytesIO(data))
    if background is Background.IGNORED:
        return np.asarray(image.convert("RGB"))
    behind = Image.new("RGBA", image.size, (VALUES[background],) * 3 + (255,))
    blend = Image.alpha_composite(behind, image.convert("RGBA"))
    return np.asarray(blend.convert("RGB"))


@pytest.mark.parametrize("background", list(Background))
def test_pixels_are_those_of_pillow(background: Background) -> None:
    data = encoded(RGBA)
    picture = decode(data).over(background)
    rounding = 0 if background is Background.IGNORED else 1
    error = np.abs(picture.pixels - by_pillow(data, background).astype(int))
    assert error.max() <= rounding
    assert picture.background is background
    assert picture.notes == (background.note,)


def test_a_background_can_be_changed_back() -> None:
    white = decode(encoded(RGBA))
    black = white.over(Background.BLACK)
    again = black.over(Background.GREY).over(Background.WHITE)
    np.testing.assert_array_equal(again.pixels, white.pixels)
    assert again.digest == white.digest != black.digest
    assert again.notes == white.notes
    assert black.over(Background.BLACK) is black


def test_turned_pictures_turn_their_transparency_too() -> None:
    stored = noise(30, 40, 4)
    turned = decode(oriented(stored, 6, "PNG")).over(Background.BLACK)
    upright = decode(encoded(np.rot90(stored, -1))).over(Background.BLACK)
    np.testing.assert_array_equal(turned.pixels, upright.pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_where_nothing_is_transparent_nothing_changes(channels: int) -> None:
    solid = RGBA.copy()[..., :channels]
    solid[..., 3:] = 255
    picture = decode(encoded(solid))
    assert picture.transparency is None
    assert picture.over(Background.BLACK) is picture
    assert picture.notes == ()


def test_opening_lays_on_the_background_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(RGBA))
    opened = open_one(str(tmp_path / "a.png"), Background.BLACK)
    assert opened.picture is not None
    assert opened.picture.background is Background.BLACK


def test_a_saved_background_is_taken_over_if_there_is_such_a_one() -> None:
    state = ViewState()
    state.restore({"background": "pink"})
    assert state.background is Background.WHITE
    state.restore({"background": "black"})
    assert state.background is Background.BLACK


def test_the_command_line_lays_and_says_so(tmp_path: Path) -> None:
    model = make_model(tmp_path / "vit", "vit")
    (tmp_path / "a.png").write_bytes(encoded(RGBA))
    words = ["export", str(tmp_path / "a.png"), "--model", str(model)]
    words += ["--preset", "notebook", "--opacity", "0"]
    assert main([*words, "--background", "black", "--out", str(tmp_path / "out")]) == 0
    (written,) = (tmp_path / "out").iterdir()
    image = Image.open(written)
    right = by_pillow(encoded(RGBA), Background.BLACK).astype(int)
    error = np.abs(np.asarray(image.convert("RGB")) - right)
    assert error.max() <= 1
    told = json.loads(image.text["vitviewer"])  # type: ignore[attr-defined]
    assert told["picture_notes"] == ["transparency shown over black"]
    assert told["view"]["background"] == "black"
