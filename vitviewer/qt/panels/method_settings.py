"""Controls for whatever the chosen method lets one set, made from what it declares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QWidget,
)

from vitviewer.methods.method import FUSION
from vitviewer.methods.registry import method
from vitviewer.qt.widgets.forms import Form
from vitviewer.qt.widgets.number_box import DecimalBox, WholeBox
from vitviewer.qt.widgets.passing import pass_drops_on
from vitviewer.qt.widgets.plain import PlainLabel, set_tooltip

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState
    from vitviewer.methods.method import Setting

_MOST = 10**6


class MethodSettings(QWidget):
    """One row for each setting that a method has of its own."""

    def __init__(self, state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._shown_method = ""
        self.controls: dict[str, QWidget] = {}
        self._form = Form(self)
        state.events.method.connect(self._show)
        state.events.settings.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        asked = method(self._state.method)
        settings = [setting for setting in asked.settings if setting is not FUSION]
        if asked.name != self._shown_method:
            self._shown_method = asked.name
            self._replace_rows(settings)
        chosen = self._state.settings.get(asked.name, {})
        for setting in settings:
            control = self.controls[setting.name]
            blocker = QSignalBlocker(control)
            _set(control, chosen.get(setting.name, setting.default))
            blocker.unblock()

    def _replace_rows(self, settings: list[Setting]) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self.controls = {}
        for setting in settings:
            control = _control(setting, partial(self._choose, setting.name))
            control.setAccessibleName(setting.label)
            pass_drops_on(control)
            set_tooltip(control, setting.help)
            self.controls[setting.name] = control
            self._form.add(PlainLabel(setting.label), control)

    def _choose(self, name: str, value: Any) -> None:
        every, asked = self._state.settings, self._shown_method
        chosen = {**every.get(asked, {}), name: value}
        self._state.settings = {**every, asked: chosen}


def _control(setting: Setting, choose: Any) -> QWidget:
    """Make the control that fits a setting's type."""
    if isinstance(setting.default, bool):
        box = QCheckBox()
        box.toggled.connect(choose)
        return box
    if isinstance(setting.default, str):
        return _text_control(setting, choose)
    spin = WholeBox() if isinstance(setting.default, int) else DecimalBox()
    least = -_MOST if setting.least is None else setting.least
    most = _MOST if setting.most is None else setting.most
    if isinstance(spin, WholeBox):
        spin.setRange(int(least), int(most))
    else:
        spin.setDecimals(3)
        spin.setRange(least, most)
        spin.setSingleStep((most - least) / 20 if most < _MOST else 0.1)
    spin.valueChanged.connect(choose)
    return spin


def _text_control(setting: Setting, choose: Any) -> QWidget:
    if setting.choices:
        combo = QComboBox()
        combo.addItems(list(setting.choices))
        combo.currentTextChanged.connect(choose)
        return combo
    line = QLineEdit()
    line.editingFinished.connect(lambda: choose(line.text()))
    return line


def _set(control: QWidget, value: Any) -> None:
    if isinstance(control, QCheckBox):
        control.setChecked(value)
    elif isinstance(control, QComboBox):
        control.setCurrentText(value)
    elif isinstance(control, QLineEdit):
        control.setText(value)
    elif isinstance(control, WholeBox | DecimalBox):
        control.setValue(value)
