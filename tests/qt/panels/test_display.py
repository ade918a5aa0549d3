"""The choices of how the map is painted, as a user makes them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from tests.qt.window_kit import grab
from vitviewer.maps.colormaps import (
    COLORMAPS,
    DIVERGING,
    DIVERGING_GROUPS,
    GROUPS,
    lookup_table,
)
from vitviewer.maps.presets import PRESETS
from vitviewer.maps.state import Alpha, Interpolation, Photograph, ViewState
from vitviewer.qt.panels.display import DisplayPanel


@pytest.fixture
def panel(qtbot):
    panel = DisplayPanel(ViewState())
    qtbot.addWidget(panel)
    panel.resize(280, 320)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def pick(combo, text: str) -> None:
    """Choose an entry as the keyboard does."""
    combo.setCurrentIndex(combo.findText(text))


def entries(combo) -> list[tuple[str, bool]]:
    """Return the text of each entry, and whether it can be chosen."""
    model = combo.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return [(row.data(), bool(row.flags() & Qt.ItemFlag.ItemIsEnabled)) for row in rows]


def test_it_shows_the_defaults_at_first(panel):
    assert panel.preset.currentText() == "Ember"
    assert panel.colormap.currentText() == "Ember"
    assert panel.interpolation.currentText() == "Smooth"
    assert panel.picture.currentText() == "Muted"
    assert panel.rising.isChecked()
    assert panel.summary() == "Ember, smooth"


@pytest.mark.parametrize("signed", [False, True])
def test_colors_stand_under_headings_that_cannot_be_chosen(panel, signed):
    panel.set_signed(signed)
    groups = DIVERGING_GROUPS if signed else GROUPS
    expected = []
    for heading, names in groups.items():
        expected.append((heading, False))
        expected += [(label, True) for label in names.values()]
    assert entries(panel.colormap) == expected


def test_arrows_in_the_list_step_over_headings(panel, qtbot):
    combo, seen = panel.colormap, []
    combo.setFocus()
    for _ in range(len(COLORMAPS) + 2):
        seen.append(panel._state.colormap)
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert list(dict.fromkeys(seen)) == list(COLORMAPS)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_click_on_a_heading_chooses_nothing(panel, qtbot):
    combo = panel.colormap
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    heading = list(GROUPS)[1]
    row = combo.findText(heading)
    spot = view.visualRect(combo.model().index(row, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
    QApplication.processEvents()
    assert panel._state.colormap == "ember"
    combo.hidePopup()


def test_every_entry_has_a_preview_of_its_own_colors(panel):
    combo = panel.colormap
    for name, label in COLORMAPS.items():
        icon = combo.itemIcon(combo.findText(label))
        image = icon.pixmap(combo.iconSize()).toImage()
        table = lookup_table(name).astype(int)
        for x in (4, image.width() - 5):
            color = image.pixelColor(x, image.height() // 2)
            at = table[round(255 * (x + 0.5) / image.width()), :3]
            assert np.abs(np.array(color.getRgb()[:3]) - at).max() <= 12


def test_signed_values_have_colors_of_their_own(panel):
    state = panel._state
    pick(panel.colormap, "Viridis")
    panel.set_signed(True)
    assert panel.colormap.currentText() == "Ember and ice"
    assert panel.summary() == "Ember and ice, smooth"
    pick(panel.colormap, "Vik")
    assert (state.colormap, state.signed_colormap) == ("bids:viridis", "crameri:vik")
    panel.set_signed(False)
    assert panel.colormap.currentText() == "Viridis"
    panel.set_signed(True)
    assert panel.colormap.currentText() == DIVERGING["crameri:vik"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_all_of_its_choices(panel, name):
    state, preset = panel._state, PRESETS[name]
    state.opacity = 0.11
    assert panel.preset.currentIndex() == -1
    pick(panel.preset, preset.label)
    assert {f: getattr(state, f) for f in preset.choices} == preset.choices
    assert panel.preset.currentText() == preset.label
    assert panel.colormap.currentText() == COLORMAPS[preset.colormap]
    assert panel.rising.isChecked() is (preset.alpha is not Alpha.UNIFORM)


def test_picture_is_one_choice_of_three(panel):
    state = panel._state
    pick(panel.picture, "As it is")
    assert (state.photograph, state.show_input) == (Photograph.AS_IS, False)
    panel.picture.setCurrentIndex(2)
    assert (state.photograph, state.show_input) == (Photograph.AS_IS, True)
    state.show_input = False  # with the key
    assert panel.picture.currentText() == "As it is"
    state.show_input = True
    pick(panel.picture, "Muted")
    assert (state.photograph, state.show_input) == (Photograph.MUTED, False)


def test_alpha_of_an_older_session_stays_until_it_is_switched(panel):
    state = panel._state
    state.restore({"fade": True})
    assert panel.rising.isChecked()
    assert state.alpha is Alpha.LINEAR
    panel.rising.click()
    assert state.alpha is Alpha.UNIFORM
    panel.rising.click()
    assert state.alpha is Alpha.RISING


def test_summary_is_told_when_it_changes(panel, qtbot):
    with qtbot.waitSignal(panel.summary_changed):
        panel._state.interpolation = Interpolation.CONTOURS
    assert panel.summary() == "Ember, contours"
    with qtbot.waitSignal(panel.summary_changed):
        panel._state.colormap = "cmocean:thermal"  # by a script
    assert panel.summary() == "cmocean:thermal, contours"
    assert panel.colormap.currentIndex() == -1


def test_preset_of_ones_own_says_so(panel):
    before = grab(panel.preset)
    panel._state.opacity = 0.5
    assert panel.preset.placeholderText() == "Your own"
    assert (grab(panel.preset) != before).any()
