"""Tie a control to a field of the view state, both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from vitviewer.maps.state import ViewState


def bind_check(box: QCheckBox, state: ViewState, field: str) -> None:
    """Tie a check box to a switch."""
    box.toggled.connect(lambda on: setattr(state, field, bool(on)))
    follow(box, state, field, box.setChecked)


def bind_combo(
    combo: QComboBox, state: ViewState, field: str, values: Sequence[Any]
) -> None:
    """Tie a combo box, whose entries stand for ``values`` in order, to a choice."""
    combo.currentIndexChanged.connect(lambda i: setattr(state, field, values[i]))
    follow(
        combo,
        state,
        field,
        lambda value: combo.setCurrentIndex(
            values.index(value) if value in values else -1
        ),
    )


def bind_number(
    control: Any,
    state: ViewState,
    field: str,
    to_control: Callable[[Any], Any] = lambda value: value,
    from_control: Callable[[Any], Any] = lambda value: value,
) -> None:
    """Tie a slider or spin box to a number, converting between their units."""
    control.valueChanged.connect(lambda v: setattr(state, field, from_control(v)))
    follow(control, state, field, lambda value: control.setValue(to_control(value)))


def follow(
    widget: QWidget, state: ViewState, field: str, show: Callable[[Any], Any]
) -> None:
    """Show a field in a widget now and whenever it changes, without writing back."""

    def quietly(value: Any, *_: object) -> None:
        blocker = QSignalBlocker(widget)
        show(value)
        blocker.unblock()

    quietly(getattr(state, field))
    getattr(state.events, field).connect(quietly)
