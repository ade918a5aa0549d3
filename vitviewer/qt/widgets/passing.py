"""Fields leave what is dropped on them to the window that they are in."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def pass_drops_on(widget: QWidget) -> None:
    """Let no field in a widget take drops.

    It would take the text that comes with a file, and make nothing of it.
    """
    for field in (widget, *widget.findChildren(QWidget)):
        if field.acceptDrops():
            field.setAcceptDrops(False)
