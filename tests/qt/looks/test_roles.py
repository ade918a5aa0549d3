"""Each pair of roles that meet in the window can be told apart, in both palettes."""

from __future__ import annotations

import pytest

from tests.qt.looks.contrast import CONTROL, TEXT, contrast
from vitviewer.qt.looks.roles import DARK, LIGHT
from vitviewer.qt.looks.theme import palette_of

GROUNDS = ("canvas", "window", "panel", "raised", "field", "hover")
WORDS = [(words, ground) for words in ("text", "quiet") for ground in GROUNDS] + [
    ("on_accent", "accent"),
    ("link", "panel"),
    ("link", "raised"),
    ("on_notice", "notice"),
]
SHAPES = [
    *(("edge", ground) for ground in ("panel", "window", "raised", "field")),
    *(("accent", ground) for ground in ("panel", "field", "line")),
    *(("link", ground) for ground in ("window", "panel", "raised", "canvas")),
    *((sign, ground) for sign in ("ok", "warn", "bad") for ground in GROUNDS[1:3]),
    *(("mark", sign) for sign in ("ok", "warn", "bad")),
    ("text", "line"),
    ("warn", "notice"),
]
PALETTES = {
    (theme, high): palette_of(theme, high)
    for theme in ("dark", "light")
    for high in (False, True)
}


def test_both_palettes_have_the_same_roles():
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("palette", PALETTES, ids=str)
@pytest.mark.parametrize(("words", "ground"), WORDS)
def test_words_can_be_read(palette, words, ground):
    colors = PALETTES[palette]
    assert contrast(colors[words], colors[ground]) >= TEXT


@pytest.mark.parametrize("palette", PALETTES, ids=str)
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_can_be_seen(palette, shape, ground):
    colors = PALETTES[palette]
    if shape == "accent" and ground == "line" and palette[1]:
        return  # in high contrast the groove is as strong as a border
    assert contrast(colors[shape], colors[ground]) >= CONTROL


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_high_contrast_knows_no_fine_shades(theme):
    colors = palette_of(theme, high_contrast=True)
    assert colors["line"] == colors["edge"]
    assert colors["quiet"] == colors["text"]
    assert contrast(colors["line"], colors["panel"]) >= CONTROL
