"""Fusion in a dark or a light palette of our own, the same on every desktop."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

_ROLE = QPalette.ColorRole
_DARK = {
    _ROLE.Window: "#303338",
    _ROLE.WindowText: "#e6e6e6",
    _ROLE.Base: "#17191c",
    _ROLE.AlternateBase: "#232529",
    _ROLE.Text: "#e6e6e6",
    _ROLE.Button: "#3d4147",
    _ROLE.ButtonText: "#e6e6e6",
    _ROLE.BrightText: "#ffffff",
    _ROLE.ToolTipBase: "#34373c",
    _ROLE.ToolTipText: "#f0f0f0",
    _ROLE.PlaceholderText: "#9a9da3",
    _ROLE.Highlight: "#3d7fd1",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Link: "#7db4f5",
    _ROLE.Light: "#4a4e55",
    _ROLE.Midlight: "#41454b",
    _ROLE.Mid: "#3b3f45",
    _ROLE.Dark: "#17181b",
    _ROLE.Shadow: "#0d0e10",
}
_LIGHT = {
    _ROLE.Window: "#f1f1f2",
    _ROLE.WindowText: "#1d1f22",
    _ROLE.Base: "#ffffff",
    _ROLE.AlternateBase: "#f6f6f7",
    _ROLE.Text: "#1d1f22",
    _ROLE.Button: "#e4e5e8",
    _ROLE.ButtonText: "#1d1f22",
    _ROLE.BrightText: "#000000",
    _ROLE.ToolTipBase: "#ffffff",
    _ROLE.ToolTipText: "#1d1f22",
    _ROLE.PlaceholderText: "#6b6e74",
    _ROLE.Highlight: "#2f6fbf",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Link: "#1f5fae",
    _ROLE.Light: "#ffffff",
    _ROLE.Midlight: "#ececee",
    _ROLE.Mid: "#c9cbd0",
    _ROLE.Dark: "#a3a6ac",
    _ROLE.Shadow: "#7d8086",
}
_FAINT = (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText)
THEMES = ("dark", "light")


def apply(app: QApplication, theme: str) -> None:
    """Give the whole program a theme, ``"dark"`` or ``"light"``."""
    app.setStyle("Fusion")
    palette = QPalette()
    for role, color in (_DARK if theme == "dark" else _LIGHT).items():
        palette.setColor(role, QColor(color))
    faint = QColor("#7f838a" if theme == "dark" else "#8b8e94")
    for role in _FAINT:
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    app.setPalette(palette)
