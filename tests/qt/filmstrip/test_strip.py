"""The strip shows the opened set, follows what is shown, and opens what is clicked."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, Qt

from tests.picture_factory import encoded
from tests.qt.filmstrip.conftest import COLORS
from tests.qt.window.tree_kit import font_size
from vitviewer.qt.looks import roles, theme
from vitviewer.queries import Background

KEY = Qt.Key


def is_framed(film, row: int) -> bool:
    """Tell whether the lower edge of a row's picture has the frame's colour."""
    cell = film.cell(row)
    wide = film.pixels(cell.adjusted(-2, -2, 2, 2))
    frame = np.array(roles.color("text").getRgb()[:3])
    return bool((np.abs(wide.astype(int) - frame).max(axis=-1) < 3).any(axis=1).any())


def shown_name(film) -> str:
    picture = film.viewer.controller.picture
    return picture.name if picture is not None else ""


def test_each_row_shows_its_picture(film, tmp_path, astronaut, coffee, chelsea):
    photos = {"a.png": astronaut, "b.jpg": coffee, "c.webp": chelsea}
    for name, photo in photos.items():
        Image.fromarray(photo).save(tmp_path / name, quality=95)
    film.open(tmp_path)
    film.wait_for_all()
    for row, photo in enumerate(photos.values()):
        cell = film.cell(row)
        small = Image.fromarray(photo)
        small.thumbnail((cell.width(), cell.height()))
        left = (cell.width() - small.width) // 2
        shown = film.pixels(cell)[2:-2].astype(int)
        expected = np.asarray(small).astype(int)[-cell.height() :][2:-2]
        shown = shown[-len(expected) :, left + 3 : left + small.width - 3]
        best = min(
            np.abs(np.roll(expected, by, axis=1)[:, 3:-3] - shown).mean()
            for by in (-1, 0, 1)
        )
        assert best < 12


def test_one_that_cannot_be_read_is_quiet(film, folder):
    film.open(folder)
    film.wait_for_all()
    assert film.strip.count == 5
    assert film.made(4).image is None
    assert not film.viewer.window.notice.isVisible()
    hint = film.text(4, Qt.ItemDataRole.ToolTipRole)
    assert "damaged" in hint
    assert "<b>" not in hint
    assert "&lt;b&gt;" in hint
    assert film.text(4) == "5 broken <b>.png, 5 of 5, cannot be shown"
    for row, color in enumerate(COLORS.values()):
        middle = film.pixels(film.cell(row))[32, 48]
        assert np.abs(middle.astype(int) - color).max() < 6


def test_the_frame_goes_with_the_picture(film, folder):
    film.open(folder)
    film.wait_for_all()
    assert [is_framed(film, row) for row in range(4)] == [True, False, False, False]
    assert film.text(0) == "1 red.png, 1 of 5, chosen"
    film.viewer.press(KEY.Key_PageDown)
    film.qtbot.waitUntil(lambda: shown_name(film) == "2 green.jpg")
    assert [is_framed(film, row) for row in range(4)] == [False, True, False, False]
    assert film.text(0) == "1 red.png, 1 of 5"
    assert film.text(1) == "2 green.jpg, 2 of 5, chosen"


def test_what_is_shown_comes_into_view(film, many):
    film.open(many)
    assert not film.strip.viewport().rect().contains(film.rect(29))
    film.viewer.controller.step(29)
    assert film.strip.viewport().rect().contains(film.rect(29))
    film.qtbot.waitUntil(lambda: shown_name(film) == "29.png")
    film.viewer.controller.step(-29)
    assert film.strip.viewport().rect().contains(film.rect(0))
    film.qtbot.waitUntil(lambda: shown_name(film) == "0.png")


def test_a_strip_that_was_hidden_begins_at_what_is_shown(film, many):
    film.dock.hide()
    film.open(many)
    film.viewer.controller.step(20)
    film.qtbot.waitUntil(lambda: shown_name(film) == "20.png")
    assert len(film.strip.thumbnails) == 0
    film.dock.show()
    assert film.strip.viewport().rect().contains(film.rect(20))
    film.qtbot.waitUntil(lambda: film.made(20) is not None)


def test_a_click_opens_and_leaves_the_keys_to_the_picture(film, folder):
    film.open(folder)
    film.click(2)
    film.qtbot.waitUntil(lambda: shown_name(film) == "3 blue.png")
    assert film.viewer.controller.playlist.index == 2
    assert not film.strip.hasFocus()


def test_the_newest_click_wins(film, folder):
    film.open(folder)
    for row in (1, 2, 3, 1, 2):
        film.click(row)
    film.qtbot.waitUntil(lambda: shown_name(film) == "3 blue.png")
    film.qtbot.waitUntil(lambda: not film.viewer.controller.opener.worker.is_busy)
    assert shown_name(film) == "3 blue.png"
    assert film.text(2).endswith("chosen")


def test_a_second_click_opens_nothing_again(film, folder):
    film.open(folder)
    film.qtbot.waitUntil(lambda: not film.viewer.controller.opener.worker.is_busy)
    before = film.viewer.controller.picture
    film.click(0)
    film.click(0)
    assert not film.viewer.controller.opener.worker.is_busy
    assert film.viewer.controller.picture is before


def test_keys_walk_and_enter_opens(film, folder):
    film.open(folder)
    film.strip.setFocus(Qt.FocusReason.TabFocusReason)
    film.qtbot.keyClick(film.strip, KEY.Key_Down)
    film.qtbot.keyClick(film.strip, KEY.Key_Down)
    assert film.strip.currentIndex().row() == 2
    assert shown_name(film) == "1 red.png"
    film.qtbot.keyClick(film.strip, KEY.Key_Return)
    film.qtbot.waitUntil(lambda: shown_name(film) == "3 blue.png")
    film.qtbot.keyClick(film.strip, KEY.Key_Up)
    assert film.strip.currentIndex().row() == 1
    film.qtbot.keyClick(film.strip, KEY.Key_End)
    assert film.strip.currentIndex().row() == 4
    film.qtbot.keyClick(film.strip, KEY.Key_Home)
    assert film.strip.currentIndex().row() == 0


def test_the_ring_is_for_keys_alone(film, folder):
    film.open(folder)
    film.wait_for_all()
    film.qtbot.waitUntil(lambda: not film.viewer.controller.opener.worker.is_busy)
    film.viewer.window.activateWindow()
    film.qtbot.waitUntil(film.viewer.window.isActiveWindow)
    link = np.array(roles.color("link").getRgb()[:3])

    def has_ring() -> bool:
        shown = film.pixels(film.rect(0)).astype(int)
        return bool((np.abs(shown - link).max(axis=-1) < 30).sum() > 100)

    assert not has_ring()
    film.strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert has_ring()
    film.click(0)
    assert not has_ring()


def test_other_keys_are_the_windows(film, folder):
    film.open(folder)
    film.strip.setFocus(Qt.FocusReason.TabFocusReason)
    peeks = []
    film.viewer.window.keys.peeked.connect(peeks.append)
    film.qtbot.keyClick(film.strip, KEY.Key_Space)
    assert (peeks[0], peeks[-1]) == (True, False)
    film.qtbot.keyClick(film.strip, KEY.Key_O)
    assert not film.viewer.state.overlay_visible
    film.qtbot.keyClick(film.strip, KEY.Key_PageDown)
    film.qtbot.waitUntil(lambda: shown_name(film) == "2 green.jpg")
    film.strip.setFocus(Qt.FocusReason.TabFocusReason)
    film.qtbot.keyClick(film.strip, KEY.Key_PageUp)
    film.qtbot.waitUntil(lambda: shown_name(film) == "1 red.png")


def test_what_vanishes_leaves_the_strip(film, folder):
    counts = []
    film.strip.count_changed.connect(counts.append)
    film.open(folder)
    film.wait_for_all()
    (folder / "1 red.png").unlink()
    (folder / "3 blue.png").unlink()
    film.viewer.controller.step(1)
    film.qtbot.waitUntil(lambda: film.strip.count == 3)
    assert counts == [5, 3]
    assert film.text(0) == "2 green.jpg, 1 of 3, chosen"
    assert is_framed(film, 0)
    assert film.text(1).startswith("4 grey.bmp")


def test_one_that_leads_nowhere_is_quiet(film, many):
    (many / "29.png").rename(many.parent / "elsewhere.png")
    (many / "29.png").symlink_to(many.parent / "elsewhere.png")
    film.open(many)
    (many.parent / "elsewhere.png").unlink()
    bar = film.strip.verticalScrollBar()
    bar.setValue(bar.maximum())
    film.qtbot.waitUntil(lambda: film.made(29) is not None)
    assert "does not exist" in film.text(29, Qt.ItemDataRole.ToolTipRole)
    assert not film.viewer.window.notice.isVisible()


def test_a_pasted_picture_is_none_of_them(film, folder, chelsea):
    film.open(folder)
    mime = QMimeData()
    mime.setData("image/png", encoded(chelsea))
    film.viewer.drop_mime(mime)
    film.qtbot.waitUntil(lambda: shown_name(film) == "pasted picture")
    assert not any("chosen" in film.text(row) for row in range(5))
    film.click(0)
    film.qtbot.waitUntil(lambda: shown_name(film) == "1 red.png")
    assert film.text(0).endswith("chosen")


def test_another_background_lies_behind_all(film, tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("RGBA", (60, 40)).save(tmp_path / name)
    film.open(tmp_path)
    film.wait_for_all()
    assert film.pixels(film.cell(1))[32, 48].tolist() == [255, 255, 255]
    film.viewer.state.background = Background.BLACK
    film.qtbot.waitUntil(lambda: film.made(0) is not None and film.made(1) is not None)
    assert film.pixels(film.cell(1))[32, 48].tolist() == [0, 0, 0]
    assert film.pixels(film.cell(0))[32, 48].tolist() == [0, 0, 0]


def test_another_set_takes_its_place(film, folder, many):
    film.open(many)
    film.viewer.controller.step(25)
    film.qtbot.waitUntil(lambda: shown_name(film) == "25.png")
    film.open(folder)
    assert film.strip.count == 5
    assert film.strip.verticalScrollBar().value() == 0
    assert film.text(0) == "1 red.png, 1 of 5, chosen"
    film.open(folder / "1 red.png")
    assert film.strip.count == 1
    assert not film.strip.worth_showing


def test_a_row_grows_with_the_font(film, folder, qapp, monkeypatch):
    theme.apply(qapp, "system")
    film.open(folder)
    before = film.rect(0).height()
    with font_size(monkeypatch, 24):
        film.qtbot.waitUntil(lambda: film.rect(0).height() > before + 8)
        assert film.rect(1).top() == film.rect(0).height()
