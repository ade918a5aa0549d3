"""The trust dock: what was checked, worst first, readable and never markup."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from vitviewer.qt.looks import theme
from vitviewer.qt.looks.roles import color
from vitviewer.qt.panels.details import Details
from vitviewer.qt.panels.trust import TrustPanel, summary
from vitviewer.qt.widgets.verdict_badge import STATES
from vitviewer.trust import Check, Verdict

GREEN, AMBER, RED = Verdict.GREEN, Verdict.AMBER, Verdict.RED
SUMS = Check("Rows sum to 1", GREEN, "In every layer, to within 2e-07.")
HALF = Check("Precision", AMBER, "The weights are bfloat16.")
DIFFERS = Check("Same answer", RED, "The logits differ by 0.31.")
EVIL = "<font color=red>██████████</font>"
HEADLINES = [
    (None, "No model yet"),
    ((), "Nothing was checked"),
    ((SUMS,), "Checked: what you see is what the model computed"),
    ((SUMS, HALF), "Right, but know this"),
    ((SUMS, HALF, DIFFERS), "Do not trust this: Same answer"),
]


@pytest.fixture
def panel(qtbot):
    """A trust panel in an open section, in its scroll area: ``panel.area``."""
    panel = TrustPanel()
    panel.area = Details([("Trust", panel)])
    panel.area.open_only(["Trust"])
    panel.area.resize(300, 400)
    qtbot.addWidget(panel.area)
    with qtbot.waitExposed(panel.area):
        panel.area.show()
    return panel


@pytest.fixture(params=theme.THEMES)
def each_theme(request, qapp):
    theme.apply(qapp, request.param)
    yield request.param
    theme.apply(qapp, "system")


def sign_color(verdict) -> str:
    return color(STATES[verdict]).name()


def share_of(widget, name: str) -> float:
    """Return the share of a widget's pixels that have a colour."""
    wanted = np.array(QColor(name).getRgb()[:3])
    return float((np.abs(grab(widget).astype(int) - wanted).max(-1) < 12).mean())


def reddish(widget) -> int:
    """Count pixels of pure red, which no verdict has."""
    pixels = grab(widget).astype(int)
    return int(((pixels[..., 0] > 240) & (pixels[..., 1:] < 40).all(-1)).sum())


@pytest.mark.parametrize(("checks", "words"), HEADLINES)
def test_headline_says_it_in_words(panel, checks, words):
    panel.set_checks(checks)
    assert panel.headline.text() == words
    assert panel.badge.isVisible() == (checks is not None)


def test_worst_comes_first(panel):
    panel.set_checks((SUMS, HALF, DIFFERS))
    assert [row.check for row in panel.rows] == [DIFFERS, HALF, SUMS]
    first = panel.rows[0]
    tops = [row.mapTo(panel, row.rect().topLeft()).y() for row in panel.rows]
    assert tops == sorted(tops)
    assert (first.name.text(), first.reason.text()) == ("Same answer", DIFFERS.reason)


def test_new_checks_replace_old_ones(panel, qtbot):
    panel.set_checks((SUMS, HALF, DIFFERS))
    panel.set_checks((SUMS,))
    wanted = {panel.headline.text(), SUMS.name, SUMS.reason}
    qtbot.waitUntil(lambda: texts(panel) == wanted)


def texts(panel) -> set[str]:
    return {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}


def test_the_same_checks_leave_the_rows_alone(panel):
    panel.set_checks((SUMS, HALF))
    rows = list(panel.rows)
    panel.set_checks((SUMS, HALF))
    assert panel.rows == rows


@pytest.mark.parametrize("verdict", Verdict)
def test_badges_have_the_verdicts_colour(panel, each_theme, verdict, qtbot):
    panel.set_checks((Check("Name", verdict, "Reason."),))
    for badge in (panel.badge, panel.rows[0].badge):
        qtbot.waitUntil(badge.isVisible)
        assert share_of(badge, sign_color(verdict)) > 0.2
        others = [sign_color(v) for v in Verdict if v is not verdict]
        assert max(share_of(badge, other) for other in others) == 0
        assert share_of(badge, color("mark").name()) > 0.01


@pytest.mark.parametrize("verdict", Verdict)
def test_markup_is_shown_as_it_is(panel, verdict):
    panel.set_checks((Check(EVIL, verdict, EVIL),))
    assert reddish(panel) == 0
    assert panel.rows[0].name.text() == EVIL
    panel.headline.setTextFormat(Qt.TextFormat.RichText)
    panel.headline.setText(EVIL)
    assert reddish(panel) > 50  # the probe sees what it is to find


def test_long_words_wrap_and_many_checks_scroll(panel, qtbot):
    word = "encoder.layer.0.attention.query.weight" * 6 + "x" * 300
    checks = tuple(Check(f"{word}{i}", AMBER, word) for i in range(20))
    panel.area.resize(200, 240)
    panel.set_checks(checks)
    bar = panel.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert panel.width() == panel.area.viewport().width()
    assert panel.rows[0].reason.text() == word
    for label in panel.rows[0].findChildren(QLabel):
        lines = label.height() / label.fontMetrics().height()
        assert lines > 15
    last = panel.rows[-1]
    assert last.geometry().bottom() <= panel.height()


def test_text_can_be_selected_and_is_named(panel):
    panel.set_checks((SUMS, DIFFERS))
    selectable = Qt.TextInteractionFlag.TextSelectableByMouse
    for label in panel.findChildren(QLabel):
        assert label.textInteractionFlags() & selectable
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert label.accessibleName()
    assert panel.rows[0].accessibleName() == "Do not trust: Same answer"
    assert panel.badge.accessibleName() == "Do not trust"


def test_no_window_of_its_own_is_ever_shown(panel, qapp):
    """A part shown before it has a parent would take the keyboard from the window."""
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    panel.set_checks((SUMS, HALF, DIFFERS))
    panel.set_checks(None)
    panel.set_checks((SUMS,))
    qapp.removeEventFilter(shown)
    assert shown.windows == []


class ShownWindows(QObject):
    """Notes which widgets are shown as windows."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_window = isinstance(watched, QWidget) and watched.isWindow()
        if is_window and event.type() == QEvent.Type.Show:
            self.windows.append(repr(watched))
        return False


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


def test_window_follows_the_model_and_the_picture(viewer, tiny_vit, tmp_path, chelsea):
    window, controller = viewer.window, viewer.controller
    panel, header = window.panels.trust, window.panels.details["Trust"].header
    assert panel.headline.text() == "No model yet"
    assert header.summary == summary(None)
    controller.load_model(str(tiny_vit))
    viewer.qtbot.waitUntil(lambda: controller.model is not None, timeout=120_000)
    assert header.summary == summary(controller.model.trust)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    checks = controller.explanation.trust
    assert len(checks) > 0
    assert {row.check for row in panel.rows} == set(checks)
    assert header.summary == summary(checks)
    assert window.isActiveWindow()
    assert viewer.canvas.hasFocus()


@pytest.mark.parametrize("before", ["closed section", "closed dock", "scrolled away"])
def test_showing_the_trust_brings_it_into_view(viewer, before):
    window, panel = viewer.window, viewer.window.panels.trust
    panel.set_checks((DIFFERS, SUMS, HALF) * 4)
    assert panel.visibleRegion().isEmpty()
    if before == "closed dock":
        window.docks["Details"].close()
    elif before == "scrolled away":
        details = window.panels.details
        details.open_only(["Model and input", "Display", "Attention", "Trust"])
        bar = details.verticalScrollBar()
        viewer.qtbot.waitUntil(lambda: bar.maximum() > 0)
        bar.setValue(bar.maximum())
    window.show_trust()
    header = window.panels.details["Trust"].header
    viewer.qtbot.waitUntil(lambda: not panel.visibleRegion().isEmpty())
    viewer.qtbot.waitUntil(lambda: header.visibleRegion().contains(header.rect()))
    viewer.qtbot.waitUntil(lambda: not panel.headline.visibleRegion().isEmpty())
