"""Verdicts by shape alone, icons in the theme's colours, whatever the theme becomes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QIcon, QImage, QPainter
from PySide6.QtWidgets import QApplication, QToolButton

from tests.qt.window_kit import grab
from vitviewer.qt.looks import roles, theme
from vitviewer.qt.looks.icons import icon, phosphor
from vitviewer.qt.looks.painting import light
from vitviewer.qt.widgets.verdict_badge import STATES, VerdictBadge, verdict_icon
from vitviewer.trust import Verdict

NAMES = (
    *("caret-left", "caret-right", "film-strip", "squares-four", "sliders-horizontal"),
    *("export", "eye", "eye-slash", "dots-three", "x", "rows", "magnifying-glass"),
    *("play", "arrow-counter-clockwise"),
)


@pytest.fixture(autouse=True)
def app(qapp):
    theme.apply(qapp, "dark")
    yield qapp
    theme.apply(qapp, "system")


def outline(state, side=14) -> np.ndarray:
    """Return which pixels a verdict covers, whatever their colour."""
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    with QPainter(image) as painter:
        light(painter, QRectF(0, 0, side, side), state)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(side, side, 4)
    return rows[..., 3].astype(float)


def signs(state, side=32) -> np.ndarray:
    """Return where the sign within a verdict is: what has the colour of marks."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(roles.color("panel"))
    with QPainter(image) as painter:
        light(painter, QRectF(0, 0, side, side), state)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(side, side, 4)
    mark = np.array(roles.color("mark").getRgb()[2::-1])
    return (np.abs(rows[..., :3].astype(int) - mark) < 12).all(-1)


@pytest.mark.parametrize("side", [12, 14, 22, 44])
def test_verdicts_differ_without_colour(side):
    outlines = [outline(state, side) for state in ("ok", "warn", "bad", "none")]
    for i, one in enumerate(outlines):
        for other in outlines[:i]:
            assert (np.abs(one - other) > 100).mean() > 0.03


def test_the_signs_within_differ_too():
    found = [signs(state) for state in ("ok", "warn", "bad")]
    for i, one in enumerate(found):
        assert one.sum() > 10
        for other in found[:i]:
            assert (one != other).sum() > 15


@pytest.mark.parametrize("verdict", Verdict)
def test_badges_and_their_icons_change_with_the_theme(qtbot, verdict):
    badge, button = VerdictBadge(22), QToolButton()
    badge.set_verdict(verdict)
    button.setIcon(verdict_icon(verdict))
    for widget in (badge, button):
        qtbot.addWidget(widget)
        widget.resize(30, 30)
    for name in ("light", "dark", "light"):
        theme.apply(QApplication.instance(), name)
        wanted = roles.color(STATES[verdict]).getRgb()[:3]
        for widget in (badge, button):
            assert (grab(widget) == wanted).all(-1).sum() > 20


def test_every_icon_is_in_the_font():
    characters, family = phosphor()
    assert set(NAMES) <= characters.keys()
    assert family.lower().startswith("phosphor")


@pytest.mark.parametrize("name", ["x", "eye", "caret-left"])
def test_icons_are_tinted_by_their_role_in_the_theme_of_now(qtbot, name):
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(icon(name))
    for preference in ("light", "dark", "light"):
        theme.apply(QApplication.instance(), preference)
        assert closest(icon_pixels(button.icon()), "text") < 30
        faint = icon_pixels(button.icon(), QIcon.Mode.Disabled)
        assert closest(faint, "faint") < 30
        assert closest(faint, "text") > 60


def icon_pixels(picture: QIcon, mode=QIcon.Mode.Normal) -> np.ndarray:
    """Return the colours of what is drawn of an icon."""
    image = picture.pixmap(32, mode).toImage()
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(-1, 4)
    return rows[rows[:, 3] > 240][:, 2::-1].astype(int)


def closest(pixels: np.ndarray, role: str) -> float:
    """Return how far the nearest of some pixels is from a role's colour."""
    assert len(pixels)
    return float(np.abs(pixels - roles.color(role).getRgb()[:3]).max(-1).min())


def test_an_icon_costs_nothing_before_it_is_drawn(monkeypatch):
    def load() -> None:
        raise AssertionError("the font was loaded")

    monkeypatch.setattr("vitviewer.qt.looks.icons.phosphor", load)
    assert not icon("eye").isNull()
