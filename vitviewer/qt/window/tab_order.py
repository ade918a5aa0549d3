"""In which order Tab goes through the window: as one reads it, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

_TAB = Qt.FocusPolicy.TabFocus


def order_tabs(parts: Sequence[QWidget | Iterable[QWidget]]) -> None:
    """Let Tab go through parts of a window one after the other.

    Parameters
    ----------
    parts : sequence
        Widgets, each with all that is in it; or lists of widgets.
    """
    stops: list[QWidget] = []
    for part in parts:
        if isinstance(part, QWidget):
            stops += _stops_in(part)
        else:
            stops += part
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def _stops_in(part: QWidget) -> list[QWidget]:
    """Return what can have the focus within a part, in the order it was put there.

    Not by `nextInFocusChain`: PySide would take what that returns for a child of the
    widget that was asked, and let go of both together.
    """
    inside = [part, *part.findChildren(QWidget)]
    return [
        widget
        for widget in inside
        if widget.focusPolicy() & _TAB
        and widget.focusProxy() is None
        and widget.window() is part.window()
    ]
