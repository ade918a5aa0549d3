"""Letters that the bundled font lacks: drawn from the machine's fonts, or said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from PIL import Image, ImageDraw, ImageFont, features

from tests.painting import cropped, hot_patch, style
from vitviewer.export import font_search, typeface
from vitviewer.export.figure import side_by_side
from vitviewer.export.font_search import covered, fonts_for
from vitviewer.export.typeface import Typeface, shortcomings
from vitviewer.maps.state import Interpolation

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="the folders are those of Linux"
)
SAMPLES = {
    "Chinese": "图片中的猫",
    "Japanese": "猫の写真カメラ",
    "Korean": "고양이사진",
    "Thai": "รูปแมว",
    "Hindi": "बिल्ली",
    "beyond the plane": "\U00020000\U0002a6d6",
}
INK = (0, 0, 0)


def font_of(text: str, path: Path, height: int = 600) -> Path:
    """Write a font that has these characters, each a bar of so many units."""
    builder = FontBuilder(1000, isTTF=True)
    names = {ord(c): f"g{ord(c):x}" for c in dict.fromkeys(text)}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    corners = [(100, 0), (100, height), (300, height), (300, 0)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    bar, box = pen.glyph(), TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": box, **dict.fromkeys(names.values(), bar)})
    builder.setupHorizontalMetrics(
        dict.fromkeys([".notdef", *names.values()], (500, 0))
    )
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Bars", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def fonts(tmp_path, monkeypatch):
    """Return the folder of fonts of a machine that has no others."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    forget()
    yield folder
    forget()


def forget() -> None:
    fonts_for.cache_clear()
    typeface._opens.cache_clear()
    typeface._loaded.cache_clear()


def drawn(text: str) -> np.ndarray:
    page = Image.new("RGB", (600, 60), "white")
    Typeface(24).draw(ImageDraw.Draw(page), (10, 10), text, INK)
    return np.asarray(page)[..., 0] < 128


@pytest.mark.parametrize("script", SAMPLES)
def test_letters_come_from_a_font_of_the_machine(fonts, script):
    text = SAMPLES[script]
    boxes = drawn(text)
    path = font_of(text, fonts / "bars.ttf")
    forget()
    page = Image.new("RGB", (600, 60), "white")
    font = ImageFont.truetype(str(path), 24)
    top = 10 + Typeface(24).base.getmetrics()[0]
    ImageDraw.Draw(page).text((10, top), text, INK, font, "ls")
    right = np.asarray(page)[..., 0] < 128
    assert np.array_equal(drawn(text), right)
    assert not np.array_equal(boxes, right)
    assert shortcomings([text]) in ([], [typeface._NOT_LAID_OUT])


def test_a_line_of_two_scripts_keeps_the_order(fonts):
    font_of("图片", fonts / "bars.ttf")
    text = "ab图cd片"
    lengths = [Typeface(24).getlength(text[: n + 1]) for n in range(len(text))]
    assert lengths == sorted(lengths)
    assert lengths[2] - lengths[1] == pytest.approx(12, abs=1)
    right = drawn(text)
    np.testing.assert_array_equal(drawn("ab")[:, :35], right[:, :35])


def test_two_fonts_that_complete_each_other(fonts):
    font_of("图片", fonts / "a.ttf")
    font_of("고양", fonts / "b.ttf")
    found = fonts_for(frozenset("图片고양"))
    assert [os.path.basename(path) for path, _ in found] == ["a.ttf", "b.ttf"]
    assert shortcomings(["图片고양"]) == []


def test_plain_fonts_come_before_bold_ones_and_boxes_never(fonts):
    deep = fonts / "truetype" / "x"
    deep.mkdir(parents=True)
    font_of("图片", fonts / "A-Bold.ttf")
    font_of("图片", fonts / "LastResort.ttf")
    font_of("图片", deep / "Z-Regular.otf")
    (found,) = fonts_for(frozenset("图片"))
    assert found[0] == str(deep / "Z-Regular.otf")


def test_where_there_is_no_font_it_is_said(fonts):
    assert shortcomings(["cat", "图片"]) == [typeface._NO_FONT]
    pixels = np.full((400, 400, 3), 128, np.uint8)
    geometry = cropped(400, 400)
    pages = [
        side_by_side(pixels, hot_patch(geometry, (3, 4)), geometry,
                     style(Interpolation.NEAREST), "title", [name])
        for name in ("cat", "图片")
    ]  # fmt: skip
    assert pages[1].shape[0] > pages[0].shape[0]


@pytest.mark.parametrize("kind", ["empty", "cut", "noise", "fifo", "folder", "loop"])
def test_what_is_no_font_is_passed_over(fonts, kind):
    good = font_of("图片", fonts / "good.ttf")
    odd = fonts / "a.ttf"
    data = good.read_bytes()
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    elif kind == "loop":
        odd.symlink_to(odd)
    else:
        noise = os.urandom(300)
        odd.write_bytes({"empty": b"", "cut": data[:200], "noise": noise}[kind])
    (found,) = fonts_for(frozenset("图片"))
    assert found[0] == str(good)


def test_the_table_of_a_font_is_read_as_by_fonttools(tmp_path):
    asked = [chr(c) for c in (*range(32, 0x3000, 7), 0xFFFF, 0x1F600, 0x20000)]
    far = font_of("a图\U00020000", tmp_path / "far.ttf")
    for path in (Path(typeface._FONT), far):
        right = TTFont(path).getBestCmap()
        assert covered(str(path), asked) == {c for c in asked if ord(c) in right}
    collection = TTCollection()
    collection.fonts = [TTFont(far), TTFont(typeface._FONT)]
    collection.save(tmp_path / "two.ttc")
    assert covered(str(tmp_path / "two.ttc"), [*asked, "图"]) == covered(
        str(far), [*asked, "图"]
    )


def test_the_search_is_bounded(fonts, monkeypatch):
    monkeypatch.setattr(font_search, "_MOST_FILES", 3)
    for n in range(9):
        (fonts / f"{n}.ttf").write_bytes(b"")
    assert len(list(font_search._font_files())) == 3


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow has no Raqm here")
def test_arabic_letters_are_joined(fonts):
    word = "مرحبا"
    type_ = Typeface(40)
    isolated = sum(type_.getlength(letter) for letter in word)
    assert type_.getlength(word) < 0.9 * isolated
    assert shortcomings([word]) == []


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow has no Raqm here")
def test_a_line_that_begins_with_an_arabic_name_still_runs_to_the_right(fonts):
    name, rest = "صورة", " · ViT-B/16"
    whole, first = drawn(name + rest), drawn(name)
    width = int(Typeface(24).getlength(name))
    np.testing.assert_array_equal(whole[:, : 8 + width], first[:, : 8 + width])


def test_arabic_that_cannot_be_joined_is_said(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)
    assert shortcomings(["مرحبا.png"]) == [typeface._NOT_LAID_OUT]
    assert shortcomings(["cat.png", "Katze äöü", "кот", "γάτα"]) == []


def test_a_long_name_without_spaces_fills_its_line(fonts):
    font_of("图", fonts / "bars.ttf")
    from vitviewer.export.figure import _wrapped

    lines = _wrapped("图" * 200, Typeface(20), 300.0)
    assert len(lines) == 2
    assert lines[0] == "图" * 30
    assert lines[1].endswith("…")
