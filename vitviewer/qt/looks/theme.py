"""Fusion in one of our two palettes: the one that was chosen, or the system's."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from vitviewer.qt.looks import roles
from vitviewer.qt.looks.focus_ring import FocusRing
from vitviewer.qt.looks.style_sheet import style_sheet

THEMES = ("dark", "light")
PREFERENCES = ("system", *THEMES)
_ROLES = {
    "panel": "Window AlternateBase Button",
    "text": "WindowText Text ButtonText BrightText ToolTipText",
    "field": "Base",
    "raised": "ToolTipBase",
    "quiet": "PlaceholderText",
    "accent": "Highlight Accent",
    "on_accent": "HighlightedText",
    "link": "Link LinkVisited",
    "hover": "Light",
    "line": "Midlight Mid",
    "edge": "Dark",
    "canvas": "Shadow",
}
_FAINT = ("WindowText", "Text", "ButtonText")


def apply(app: QApplication, preference: str) -> None:
    """Give the whole program a theme, and let it follow the system if so chosen.

    Parameters
    ----------
    app : QApplication
        The program.
    preference : str
        One of `PREFERENCES`.
    """
    theme = app.findChild(Theme) or Theme(app)
    theme.choose(preference)


class Theme(QObject):
    """Keeps the program in the theme that the user prefers."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._preference = "system"
        self._given: tuple[object, ...] = ()
        self.ring = FocusRing(app)
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self.refresh)
        if hasattr(hints, "accessibility"):  # since Qt 6.10
            hints.accessibility().contrastPreferenceChanged.connect(self.refresh)

    def choose(self, preference: str) -> None:
        """Take up another preference."""
        self._preference = preference
        scheme = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
        # So that the frames of windows and the system's own dialogs go with it.
        wanted = scheme.get(preference, Qt.ColorScheme.Unknown)
        self._app.styleHints().setColorScheme(wanted)
        self.refresh()

    @Slot()
    def refresh(self, *_: object) -> None:
        """Look as the preference and the system say now."""
        palette = palette_of(self._theme(), self._wants_contrast())
        base = _font()
        given = (tuple(palette.items()), base.toString())
        if given == self._given:
            return
        if not self._given:
            self._app.setStyle("Fusion")
        self._given = given
        roles.use(palette)
        self._app.setFont(base)
        self._app.setPalette(_qpalette())
        self._app.setStyleSheet(style_sheet(base))

    def _theme(self) -> str:
        if self._preference in THEMES:
            return self._preference
        light = self._app.styleHints().colorScheme() == Qt.ColorScheme.Light
        return "light" if light else "dark"

    def _wants_contrast(self) -> bool:
        hints = self._app.styleHints()
        if not hasattr(hints, "accessibility"):
            return False
        preference = hints.accessibility().contrastPreference()
        return bool(preference == Qt.ContrastPreference.HighContrast)


def palette_of(theme: str, high_contrast: bool = False) -> dict[str, str]:
    """Return a theme's colours by role; without fine shades for high contrast."""
    palette = dict(roles.DARK if theme == "dark" else roles.LIGHT)
    if high_contrast:
        palette["line"] = palette["edge"]
        palette["quiet"] = palette["text"]
    return palette


def _font() -> QFont:
    """Return the system's font, with figures that are all of one width."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    with suppress(TypeError):  # PySide 6.8 makes no tag of a text
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _qpalette() -> QPalette:
    """Return the roles as Qt names them."""
    palette = QPalette()
    for role, names in _ROLES.items():
        for name in names.split():
            palette.setColor(QPalette.ColorRole[name], QColor(roles.color(role)))
    for name in _FAINT:
        group = QPalette.ColorGroup.Disabled
        palette.setColor(group, QPalette.ColorRole[name], roles.color("faint"))
    return palette
