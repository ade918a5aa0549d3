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
        Widgets, each with all that is in it as it was; or lists of widgets.
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
    """Return what can have the focus within a part, in the order of the chain."""
    found: list[QWidget] = []
    inside = {part, *part.findChildren(QWidget)}
    widget: QWidget | None = part
    while widget is not None and inside:
        if widget in inside:
            inside.discard(widget)
            if widget.focusPolicy() & _TAB and widget.focusProxy() is None:
                found.append(widget)
        widget = widget.nextInFocusChain()
        if widget is part:  # what is left is in windows of its own, such as menus
            break
    return found
