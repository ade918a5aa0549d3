"""The sentence over the window says what is on the canvas, and always fits."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt, QTranslator
from PySide6.QtGui import QAction, QColor, QFont, QImage, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from tests.facts import facts
from tests.qt.sentence.kit import LEFT, extension_of, furnish, register
from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from tests.zoo import breed
from vitviewer.export.snapshot import Snapshot
from vitviewer.maps.sentence import sentence
from vitviewer.maps.state import ViewState
from vitviewer.methods.method import Method, Result
from vitviewer.qt.looks import roles
from vitviewer.qt.looks.roles import color, metrics
from vitviewer.qt.sentence.row import PartRow, shares
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Target

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support",
    extend=True,  # of a popup
)

SHIFT = Qt.KeyboardModifier.ShiftModifier
LONG = facts(
    name="timm/vit_large_patch16_dinov3_distilled_lvd1689m_imagenet",
    revision="a" * 40,
    labels=(
        "American Staffordshire terrier, Staffordshire terrier",
        "German short-haired pointer",
    ),
    n_heads=12,
)


# --- one source of words --------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"layer": 1}, "shows attention from the class token in layer 2, mean of"),
        (
            {"query": Query.patch(3, 2), "direction": Direction.TO},
            "shows attention to patch (3, 2) in layer",
        ),
        ({"method": "rollout"}, "shows rollout from the class token in layers 1–"),
        (
            {"query": Query(QueryKind.MEAN), "fusion": Fusion.HEAD, "head": 1},
            "from the mean of all patches in layer",
        ),
    ],
)
def test_bar_caption_titles_and_descriptions_say_one_sentence(desk, choices, words):
    for name, value in choices.items():
        setattr(desk.state, name, value)
    desk.wait_for(words)
    window, controller = desk.viewer.window, desk.viewer.controller
    shown = controller.shown
    assert desk.spoken() == desk.bar.shown.text == shown.sentence.text
    assert Snapshot(controller.picture, shown).provenance()["map"] == shown.title
    desk.wait(lambda: window.accessibleDescription() == shown.sentence.text)
    canvas = desk.viewer.canvas
    desk.wait(lambda: shown.title[1:] in canvas.accessibleDescription())
    assert window.windowTitle() == f"cat.png – {shown.title} – vitviewer"


def test_before_a_picture_it_says_what_will_be_shown(empty):
    name = empty.viewer.controller.model.name
    assert empty.spoken().startswith(f"{name} shows attention from the class token in")
    assert empty.bar.shown is None
    assert empty.viewer.window.windowTitle() == "vitviewer"


def test_before_a_model_there_is_only_its_part(qtbot):
    viewer = make_viewer(qtbot, None)
    try:
        desk = furnish(viewer)
        assert [part.isVisible() for part in desk.bar.row.shown] == [True]
        assert (
            desk.parts["model"].accessibleName() == "Model: no model yet, opens a list"
        )
    finally:
        close_viewer(viewer)


def test_it_follows_the_pointer_and_says_which_patch_is_shown(desk):
    hovering = desk.viewer.controller.hovering
    hovering.switch(True)
    hovering.point((1.0, 1.0, 2, 3))
    desk.wait_for("from patch (2, 3)")
    assert "from patch (2, 3)" in desk.spoken()
    hovering.switch(False)
    desk.wait_for("from the class token")
    assert "from the class token" in desk.spoken()


def test_where_the_answer_is_read_elsewhere_stands_behind(qtbot, tmp_path, chelsea):
    viewer = make_viewer(qtbot, breed(tmp_path / "model", "BEiT, shared bias"))
    try:
        viewer.window.resize(1600, 720)
        viewer.open(save_picture(tmp_path, "cat.png", chelsea))
        desk = furnish(viewer)
        desk.wait_for("from the mean of all patches")
        assert not desk.bar.row.note.isVisible()
        viewer.state.query = Query()
        desk.wait_for("(the classifier reads the mean of the patches)")
        note = desk.bar.row.note
        assert note.isVisible()
        assert note.text() == f"({desk.bar.shown.note})"
        assert note.geometry().left() >= desk.parts["where"].geometry().right()
    finally:
        close_viewer(viewer)


class Slow:
    """A method that answers when it is let."""

    def __init__(self) -> None:
        self.open = Event()
        self.method = Method(
            "slow", "slow map", "Slow map", "What takes so long?", self.compute, "here"
        )

    def compute(self, context, request) -> Result:
        while not self.open.wait(0.005):
            context.job.check()
        return Result(context.recording.rows(0))


def test_what_is_not_on_the_canvas_yet_stands_there_quietly(desk, monkeypatch):
    slow = Slow()
    register(monkeypatch, slow.method)
    before = desk.bar.shown
    desk.state.method = "slow"
    desk.wait(lambda: "slow map" in desk.spoken())
    part = desk.parts["method"]
    assert desk.bar.shown is before
    assert "attention" in desk.viewer.window.windowTitle()
    assert not has_ink(part, "text")
    assert has_ink(desk.parts["query"], "text")
    slow.open.set()
    desk.wait_for("slow map")
    assert has_ink(part, "text")


def has_ink(widget: QWidget, role: str) -> bool:
    """Tell whether something is painted in a role's colour on the bar's own."""
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(color("window"))
    widget.render(image, QPoint(), renderFlags=QWidget.RenderFlag(0))
    wanted = QColor(color(role)).rgb()
    place = image.rect()
    return any(
        image.pixel(x, y) == wanted
        for x in range(place.width())
        for y in range(place.height())
    )


# --- room -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "room", "rigid", "given"),
    [
        ([60, 80, 90, 200], 430, 3, [60, 80, 90, 200]),
        ([300, 80, 90, 200], 570, 3, [200, 80, 90, 200]),
        ([300, 280, 90, 200], 690, 3, [200, 200, 90, 200]),
        ([300, 80, 90, 200], 400, 3, None),
        ([100, 100], 10, 1, [24, 100]),
        ([200], 100, None, [100]),
        ([200], 96, 0, [200]),
    ],
)
def test_the_longest_gives_way(wanted, room, rigid, given):
    found = shares(wanted, room, rigid)
    if given is not None:
        assert found == given
        return
    assert sum(found) <= room
    assert found[rigid] == wanted[rigid]
    assert all(a <= b for a, b in zip(found, wanted, strict=True))


def test_none_but_the_longest_gives_way_and_not_below_96():
    for room in range(900, 380, -7):
        found = shares([400, 150, 90, 150], room, 3)
        assert found[3] == 150
        assert found[0] >= found[1] - 2
        if room >= 96 + 96 + 90 + 150:
            assert min(found) >= 90
            assert min(found[:2]) >= 96
        assert sum(found) <= max(room, 24 * 3 + 150)


@pytest.mark.parametrize("width", [961, 700, 520])
@pytest.mark.parametrize("turned", [False, True])
def test_long_words_are_elided_where_that_hurts_least(qtbot, width, turned):
    row = PartRow()
    qtbot.addWidget(row)
    if turned:
        row.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    row.resize(width, row.sizeHint().height())
    state = ViewState(layer=1, query=Query(QueryKind.MEAN))
    said = sentence(LONG, state)
    row.set_sentence(said)
    row.show()
    places = [part.geometry() for part in row.shown]
    assert all(row.rect().contains(place) for place in places)
    starts = [p.right() if turned else p.left() for p in places]
    assert starts == sorted(starts, reverse=turned)
    for one in places:
        assert not any(one.intersects(other) for other in places if other != one)
    assert row.parts["where"].words == said.part("where").choice
    model, query = row.parts["model"], row.parts["query"]
    if "…" in model.words:
        head, tail = model.words.split("…")
        assert len(head) > 1
        assert said.part("model").choice.endswith(tail)
        assert tail
    assert LONG.name in model.toolTip()
    for part in (row.parts["method"], query):
        if "…" in part.words:
            assert part.words.endswith("…")
            assert part.choice in part.toolTip()


@pytest.mark.parametrize("width", [1920, 1280, 1024, 800])
def test_no_width_brings_an_arrow_or_hides_the_layer(desk, width):
    window = desk.viewer.window
    desk.bar.add_tool(QAction("Pictures", window))
    window.resize(width, 640)
    desk.wait(lambda: abs(desk.bar.width() - window.width()) < 2)
    QApplication.processEvents()
    assert extension_of(desk.bar) is None
    where = desk.parts["where"]
    assert where.words == where.choice
    assert where.visibleRegion().boundingRect() == where.rect()


@pytest.mark.parametrize("pixels", [12, 13, 15, 16])
def test_height_and_widths_come_from_the_font(qtbot, pixels, monkeypatch):
    app = QApplication.instance()
    before = app.font()
    font = QFont(before)
    font.setPixelSize(pixels)
    app.setFont(font)
    try:
        row = PartRow()
        qtbot.addWidget(row)
        row.resize(1600, row.sizeHint().height())
        row.set_sentence(sentence(facts(), ViewState()))
        strong = metrics(strong=True)
        assert row.sizeHint().height() == max(28, strong.height() + 12)
        for part in row.shown:
            assert part.words == part.choice
            assert part.width() >= strong.horizontalAdvance(part.choice) + 16
    finally:
        app.setFont(before)


class Longer(QTranslator):
    """A language whose words are half as long again."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context, source, disambiguation=None, n=-1):
        if context != "Sentence" or source.startswith("%model"):
            return None
        return source + "~" * (len(source.replace("%1", "").replace("%2", "")) // 2)


def test_a_longer_language_is_spoken_and_fits(desk):
    app, longer = QApplication.instance(), Longer()
    app.installTranslator(longer)
    try:
        desk.viewer.window.resize(1024, 640)
        desk.state.layer = 0
        desk.wait_for("~")
        desk.wait(lambda: "~" in desk.spoken())
        assert desk.spoken() == desk.bar.shown.text
        assert extension_of(desk.bar) is None
        where = desk.parts["where"]
        assert where.words == where.choice
        assert desk.bar.row.rect().contains(where.geometry())
    finally:
        app.removeTranslator(longer)


# --- clicks ---------------------------------------------------------------------------


def test_the_verdict_opens_trust_and_the_name_the_list(desk, qtbot):
    model = desk.parts["model"]
    assert model.accessibleName().startswith("Model: ")
    assert "checked" in model.accessibleName()
    with qtbot.waitSignal(desk.bar.trust_wanted):
        desk.click("model", QPoint(14, model.height() // 2))
    assert desk.bar.popup is None
    desk.click("model")
    assert desk.bar.popup is not None
    desk.bar.popup.close()


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.NoModifier, SHIFT])
def test_the_layer_opens_no_list(desk, qtbot, held):
    part = desk.parts["where"]
    asked = []
    desk.bar.layer_wanted.connect(asked.append)
    desk.click("where", modifier=held)
    part.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Down):
        qtbot.keyClick(part, key, held)
    assert asked == [held == SHIFT] * 4
    assert desk.bar.popup is None
    assert "opens" not in part.accessibleName()


def test_tools_and_lights_have_their_place(desk, qtbot):
    action = QAction("&Wall", desk.viewer.window)
    pressed = []
    action.triggered.connect(lambda *_: pressed.append(1))
    button = desk.bar.add_tool(action)
    lights = QWidget()
    lights.setFixedSize(QSize(60, 20))
    desk.bar.add_lights(lights)
    desk.wait(lambda: lights.isVisible() and button.isVisible())
    qtbot.mouseClick(button, LEFT)
    assert len(pressed) == 1
    assert button.accessibleName() == "Wall"
    left = [w.mapTo(desk.bar, QPoint()).x() for w in (desk.bar.row, lights, button)]
    assert left == sorted(left)
    assert extension_of(desk.bar) is None


# --- back and forward -----------------------------------------------------------------

ALT = Qt.KeyboardModifier.AltModifier


def test_alt_and_arrows_go_back_and_forward(desk):
    assert not desk.bar.back.isEnabled()
    desk.viewer.click_patch(2, 3)
    desk.wait_for("from patch (2, 3)")
    desk.state.method = "rollout"
    desk.wait_for("rollout from patch (2, 3)")
    assert desk.bar.back.isEnabled()
    desk.key(Qt.Key.Key_Left, ALT)
    desk.wait_for("attention from patch (2, 3)")
    desk.key(Qt.Key.Key_Left, ALT)
    desk.wait_for("attention from the class token")
    assert not desk.bar.back.isEnabled()
    desk.bar.forward.trigger()
    desk.wait_for("attention from patch (2, 3)")
    desk.key(Qt.Key.Key_Right, ALT)
    desk.wait_for("rollout")
    assert not desk.bar.forward.isEnabled()


def test_scrubbing_becomes_one_step_when_it_rests(desk):
    last = desk.state.layer
    for _ in range(last):
        desk.viewer.press(Qt.Key.Key_Down)
    desk.wait_for("in layer 1,")
    history = desk.bar.trail.history
    desk.wait(lambda: desk.bar.back.isEnabled() and not history.is_passing)
    desk.bar.back.trigger()
    desk.wait_for(f"in layer {last + 1},")
    assert not desk.bar.back.isEnabled()


def test_a_patch_of_another_grid_is_not_gone_back_to(desk):
    rows, cols = desk.viewer.controller.explanation.tokens.panes[0].index.shape
    desk.viewer.click_patch(rows - 1, cols - 1)
    desk.wait_for(f"from patch ({rows - 1}, {cols - 1})")
    desk.state.query = Query.patch(0, 0)
    desk.wait_for("from patch (0, 0)")
    explanation = desk.viewer.controller.explanation
    tokens = type(explanation.tokens).of_grid(("class",), rows=1, cols=1)
    object.__setattr__(explanation, "tokens", tokens)
    desk.bar.trail.back()
    assert desk.state.query == desk.viewer.controller.model.default_query


def test_another_model_begins_anew(desk, tiny_deit):
    desk.state.method = "rollout"
    desk.wait(lambda: desk.bar.back.isEnabled())
    desk.viewer.controller.load_model(str(tiny_deit))
    source = str(tiny_deit)
    desk.wait(lambda: desk.viewer.controller.model.source == source)
    desk.wait_for("deit shows")
    assert not desk.bar.back.isEnabled()


# --- looks ----------------------------------------------------------------------------


def test_a_theme_switched_live_is_as_at_start(qtbot):
    said = sentence(facts(reads="it reads more"), ViewState())

    def row() -> PartRow:
        made = PartRow()
        made.resize(900, 28)
        made.set_sentence(said)
        made.parts["model"].set_light("warn", "careful")
        qtbot.addWidget(made)
        made.show()
        return made

    def switch(widget: QWidget, colors: dict[str, str]) -> np.ndarray:
        roles.use(colors)
        palette = QPalette(QColor(colors["window"]))
        widget.setPalette(palette)
        return grab(widget)

    old = row()
    dark = switch(old, roles.DARK)
    try:
        switched, fresh = switch(old, roles.LIGHT), switch(row(), roles.LIGHT)
    finally:
        roles.use(roles.DARK)
    np.testing.assert_array_equal(switched, fresh)
    assert (switched != dark).any()
    np.testing.assert_array_equal(switch(old, roles.DARK), dark)


def test_no_part_is_left_for_what_does_not_apply(desk, monkeypatch):
    evidence = Method(
        "evidence",
        "logit budget",
        "Logit budget",
        "What did each patch write?",
        lambda context, _: Result(context.recording.rows(0)),
        queries=frozenset(),
        takes_target=True,
        adds=True,
    )
    register(monkeypatch, evidence)
    assert desk.parts["target"].isHidden()
    desk.state.target = Target(0, 1)
    desk.state.method = "evidence"
    labels = desk.viewer.controller.model.labels
    desk.wait_for(f"logit budget for {labels[0]} rather than {labels[1]} in layer")
    assert desk.parts["query"].isHidden()
    assert desk.parts["target"].accessibleName().startswith("Class: ")
