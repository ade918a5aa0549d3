"""Numbers typed key by key into every box, on desktops of several languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from tests.qt.window_kit import retype
from vitviewer import qt
from vitviewer.maps.state import Scale, ViewState
from vitviewer.methods.method import Setting
from vitviewer.qt.panels.display import DisplayPanel
from vitviewer.qt.panels.method_settings import _control
from vitviewer.qt.widgets.number_box import DecimalBox, WholeBox, read_number
from vitviewer.qt.widgets.slider_row import SliderRow

LANGUAGES = ["C", "de_DE", "fr_FR", "de_CH", "ar_EG"]
WIDE = {"least": -1000.0, "most": 100_000.0}


@pytest.fixture(params=LANGUAGES)
def desktop(request):
    before = QLocale()
    locale = QLocale(request.param)
    QLocale.setDefault(locale)
    yield locale
    QLocale.setDefault(before)


def shown(qtbot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.mark.parametrize("typed", ["2.5", "2,5", "2.50", "2,50", "٢٫٥", "2.5 "])
def test_the_absolute_scale_takes_both_separators(qtbot, desktop, typed):
    state = ViewState()
    state.scale = Scale.ABSOLUTE
    panel = shown(qtbot, DisplayPanel(state))
    texts = retype(panel.absolute, typed)
    assert [t.removesuffix(" %") for t in texts] == [
        typed[: n + 1] for n in range(len(typed))
    ]
    assert state.absolute_max == pytest.approx(0.025)
    qtbot.keyClick(panel.absolute, Qt.Key.Key_Return)
    assert panel.absolute.value() == pytest.approx(2.5)
    assert state.absolute_max == pytest.approx(0.025)
    assert panel.absolute.text() == desktop.toString(2.5, "f", 2) + " %"


@pytest.mark.parametrize(
    ("typed", "value"), [("0.07", 0.07), ("0,5", 0.5), (",5", 0.5), ("100", 100.0)]
)
def test_what_begins_too_small_is_typed_to_its_end(qtbot, desktop, typed, value):
    state = ViewState()
    state.scale = Scale.ABSOLUTE
    panel = shown(qtbot, DisplayPanel(state))
    retype(panel.absolute, typed)
    qtbot.keyClick(panel.absolute, Qt.Key.Key_Return)
    assert panel.absolute.value() == pytest.approx(value)


def test_a_change_from_elsewhere_is_shown(qtbot):
    state = ViewState()
    panel = shown(qtbot, DisplayPanel(state))
    state.absolute_max = 0.5
    assert panel.absolute.value() == 50.0


def test_the_methods_decimals(qtbot, desktop):
    chosen: list[float] = []
    setting = Setting("x", "X", 0.25, "", **WIDE)
    box = shown(qtbot, _control(setting, chosen.append))
    assert isinstance(box, DecimalBox)
    for typed, value in (("1.125", 1.125), ("-3,5", -3.5), ("-0.05", -0.05)):
        retype(box, typed)
        assert chosen[-1] == pytest.approx(value)


def test_the_methods_whole_numbers_are_rounded_not_joined(qtbot, desktop):
    chosen: list[int] = []
    setting = Setting("n", "N", 7, "", **WIDE)
    box = shown(qtbot, _control(setting, chosen.append))
    assert isinstance(box, WholeBox)
    for typed, value in (("12", 12), ("2.5", 3), ("2,4", 2), ("-3", -3), ("٤", 4)):
        retype(box, typed)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert (box.value(), chosen[-1]) == (value, value)


def slider_row(qtbot, most=100, after="\u202f%") -> SliderRow:
    row = SliderRow("Opacity", "")
    row.set_range(0, most)
    row.number.set_around("", after)
    row.show_value(60)
    return shown(qtbot, row)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *(("25", 25), ("2.5", 3), ("2,5", 3), ("٢٥", 25), ("2.", 2), ("900", 100)),
        *(("2.4999", 2), ("-5", 0), ("100000000", 100), ("0", 0), ("7 %", 7)),
    ],
)
def test_the_number_beside_a_slider(qtbot, desktop, typed, value):
    row = slider_row(qtbot)
    for after in ("", " / 100", "\u202f%"):
        row.show_value(60)
        row.number.set_around("", after)
        retype(row.number, typed)
        qtbot.keyClick(row.number, Qt.Key.Key_Return)
        assert row.slider.value() == row.number.value() == value
        assert row.number.text() == f"{value}{after}"


def test_what_is_typed_beside_a_slider_stays_as_it_is_typed(qtbot, desktop):
    row = slider_row(qtbot, after="")
    assert retype(row.number, "2,5") == ["2", "2,", "2,5"]
    assert retype(row.number, "٢٥") == ["٢", "٢٥"]


@pytest.mark.parametrize("leave", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
@pytest.mark.parametrize("erase", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_an_emptied_number_beside_a_slider_comes_back(qtbot, erase, leave):
    row = slider_row(qtbot)
    row.activateWindow()
    row.number.setFocus()
    qtbot.waitUntil(row.number.hasFocus)
    row.number.selectAll()
    qtbot.keyClick(row.number, erase)
    qtbot.keyClick(row.number, leave)
    assert row.number.hasFocus() is (leave == Qt.Key.Key_Return)
    assert (row.slider.value(), row.number.text()) == (60, "60\u202f%")


def test_a_number_typed_among_words_takes_their_place(qtbot):
    row, told = slider_row(qtbot), []
    row.slider.touched.connect(lambda: told.append(row.slider.value()))
    for place in range(4):
        row.show_value(60)
        row.number.show_words("all")
        row.number.setFocus()
        row.number.lineEdit().setCursorPosition(place)
        qtbot.keyClicks(row.number, "7")
        assert row.slider.value() == 7
        row.number.show_words("")
        qtbot.keyClicks(row.number, "1")
        assert row.number.text() == "71\u202f%"
    row.show_value(6)
    row.number.show_words("all")
    row.number.clearFocus()  # looked at and left
    row.number.setFocus()
    assert told == []
    qtbot.keyClicks(row.number, "6")  # the number that the words stood for
    assert told == [6]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1’234.5", 1234.5)),
        *(("1 234,5", 1234.5), ("1\u202f234,5", 1234.5), ("1.234.567", 1234567.0)),
        *(("١٬٢٣٤٫٥", 1234.5), ("۱۲٫۵", 12.5), ("−2", -2.0), ("\u200e-2", -2.0)),
        *(("2,5 %", 2.5), ("٢٫٥٪", 2.5)),
    ],
)
def test_pasted_numbers_of_any_country(text, value):
    found = read_number(text)
    assert found is not None
    assert found[0] == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["1.2,3.4,5", "two", "1e5", "--1", "1-", "0x10", "inf"]
)
def test_no_numbers(text):
    assert read_number(text) is None


def test_no_box_goes_by_the_locale_alone():
    (folder,) = map(Path, qt.__path__)
    for file in folder.rglob("*.py"):
        if file.name != "number_box.py":
            words = file.read_text()
            assert "QDoubleSpinBox(" not in words, file
            assert "QSpinBox(" not in words, file
    assert issubclass(DecimalBox, QAbstractSpinBox)
