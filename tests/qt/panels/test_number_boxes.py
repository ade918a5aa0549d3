"""Numbers typed key by key into every box, on desktops of several languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget
from superqt import QLabeledSlider

from vitviewer import qt
from vitviewer.maps.state import Scale, ViewState
from vitviewer.methods.method import Setting
from vitviewer.qt.panels.display import DisplayPanel
from vitviewer.qt.panels.method_settings import _control
from vitviewer.qt.widgets.forms import make_slider
from vitviewer.qt.widgets.number_box import DecimalBox, WholeBox, read_number

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


def retype(box: QWidget, keys: str) -> list[str]:
    """Type over what is there; return the text after each key."""
    line = box if isinstance(box, QLineEdit) else box.findChild(QLineEdit)
    line.setFocus()
    line.selectAll()
    texts = []
    for key in keys:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, key)
            QApplication.sendEvent(line, event)
        texts.append(line.text())
    return texts


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


@pytest.mark.parametrize(
    ("typed", "value"),
    [("25", 25), ("2.5", 3), ("2,5", 3), ("٢٥", 25), ("2.", 2), ("900", 100)],
)
def test_the_number_beside_a_slider(qtbot, desktop, typed, value):
    slider = make_slider("Opacity", "")
    assert isinstance(slider, QLabeledSlider)
    slider.setRange(0, 100)
    slider.setValue(60)
    shown(qtbot, slider)
    (line,) = slider.findChildren(QLineEdit)
    retype(line, typed)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert slider.value() == value
    assert line.text() == str(value)


def test_an_emptied_number_beside_a_slider_comes_back(qtbot):
    slider = make_slider("Opacity", "")
    slider.setRange(0, 100)
    slider.setValue(60)
    shown(qtbot, slider)
    (line,) = slider.findChildren(QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert (slider.value(), line.text()) == (60, "60")


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
