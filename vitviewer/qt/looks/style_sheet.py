"""What Fusion cannot be told by a palette: sliders, fields, scroll bars, separators."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont

from vitviewer.qt.looks import roles
from vitviewer.qt.looks.painting import control_height
from vitviewer.system.resources import root

_TEMPLATE = Template("""
QMainWindow { background: $window; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMenuBar { background: $window; padding: 0 8px; }
QMenuBar::item { padding: 4px 8px; background: transparent; }
QMenuBar::item:selected { background: $hover; border-radius: 4px; }
QMenu { background: $raised; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 4px 24px; border-radius: 4px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolBar {
    background: $window; border: 0; border-bottom: 1px solid $line;
    padding: 0; spacing: 0;
}
QStatusBar { background: $window; border-top: 1px solid $line; }
QStatusBar::item { border: 0; }
QToolTip { background: $raised; color: $text; border: 1px solid $edge; padding: 4px; }
QToolButton#tool { border: 0; border-radius: 4px; padding: 0; }
QToolButton#tool:hover, QToolButton#tool:checked { background: $hover; }
QToolButton#tool::menu-indicator { image: none; }
QScrollBar:vertical { background: transparent; width: 8px; }
QScrollBar:horizontal { background: transparent; height: 8px; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    width: 12px; height: 12px; margin: -6px 0; border-radius: 8px;
    background: $panel; border: 2px solid $text;
}
QSlider::sub-page:horizontal:disabled, QSlider[unset="true"]::sub-page:horizontal {
    background: $line;
}
QSlider::handle:horizontal:disabled { border-color: $faint; }
QSlider[unset="true"]::handle:horizontal { border-color: $edge; }
QLineEdit {
    background: $field; border: 1px solid $edge; border-radius: 4px;
    padding: 0 8px; min-height: ${field_height}px;
}
QLineEdit:disabled { color: $faint; border-color: $line; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {
    background: transparent; border: 0; padding: 0; min-height: 0;
}
QComboBox {
    background: $field; border: 1px solid $edge; border-radius: 4px;
    padding: 0 4px 0 8px; min-height: ${field_height}px;
}
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox::down-arrow { image: url("$caret"); width: 12px; height: 12px; }
QComboBox:disabled { color: $faint; border-color: $line; }
QCheckBox::indicator {
    width: 14px; height: 14px; border: 1px solid $edge; border-radius: 4px;
    background: $field;
}
QCheckBox::indicator:checked {
    background: $accent; border-color: $accent; image: url("$check");
}
QCheckBox::indicator:disabled { border-color: $line; background: $line; }
QPushButton {
    background: transparent; border: 1px solid $edge; border-radius: 4px;
    padding: 0 12px; min-height: ${field_height}px;
}
QPushButton:hover, QPushButton:pressed, QPushButton:checked { background: $hover; }
QPushButton:flat { border-color: transparent; }
QStatusBar QPushButton { min-height: 0; padding: 0 8px; }
QPushButton:disabled { color: $faint; border-color: $line; }
QPushButton:default { border-color: $accent; }
#notice QLabel { color: $on_notice; }
#notice QToolButton {
    background: transparent; color: $on_notice; border: 1px solid transparent;
    border-radius: 4px; padding: 3px 7px; font-weight: 600;
}
#notice QToolButton:hover, #notice QToolButton:pressed { border-color: $on_notice; }
""")


def style_sheet(base: QFont) -> str:
    """Return the style sheet for the roles of now and a font's size."""
    names = {name: QColor(roles.color(name)).name() for name in roles.DARK}
    field_height = control_height(base) - 2  # without its border
    theme = "dark" if roles.color("panel").lightnessF() < 0.5 else "light"
    icons = {
        name: (root() / "icons" / f"{file}-{theme}.svg").as_posix()
        for name, file in (("caret", "caret-down"), ("check", "check"))
    }
    return _TEMPLATE.substitute(names, **icons, field_height=field_height)
