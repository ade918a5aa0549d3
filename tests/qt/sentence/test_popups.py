"""What each part of the sentence offers, and that offering it moves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from tests.qt.sentence.kit import LEFT, furnish, register
from tests.qt.text_probe import EVIL, Probe, lay_bait, magenta
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.zoo import breed
from vitviewer.methods.method import Group, Method, Result
from vitviewer.qt.sentence.choice import Choice, fitting
from vitviewer.qt.sentence.costs import Costs, cost_words
from vitviewer.queries import Direction, QueryKind, Request, Target

pytestmark = pytest.mark.qt_log_ignore(
    "This plugin does not support",
    extend=True,  # of a popup
)


def rows(context, _request) -> Result:
    return Result(context.recording.rows(0))


BUDGET = Method(
    "budget",
    "logit budget",
    "Logit budget",
    "What did each patch write into the answer?",
    rows,
    queries=frozenset(),
    takes_target=True,
    adds=True,
)
TEXT = Method(
    "text",
    "text map",
    "Text map",
    "Where do patches agree with a text?",
    rows,
    group=Group.TEXT,
    missing=lambda model: f"Needs a text tower: {model.name} has none",
)
USELESS = Method(
    "useless",
    "value flow",
    "Value flow",
    "What is carried?",
    rows,
    missing=lambda _model: "Needs values, which were not kept",
)


# --- nothing moves --------------------------------------------------------------------


def places(window: QWidget) -> dict[int, tuple[QRect, QPoint]]:
    """Return where each widget of a window is, in it and on the screen."""
    every = [
        w
        for w in window.findChildren(QWidget)
        if w.window() is window and w.isVisible()
    ]
    return {id(w): (w.geometry(), w.mapToGlobal(QPoint())) for w in every}


@pytest.mark.parametrize("name", ["model", "method", "query"])
def test_opening_moves_nothing(desk, name):
    window, zoom = desk.viewer.window, desk.viewer.canvas.transform()
    QApplication.processEvents()
    before, whole = places(window), window.geometry()
    popup = desk.open(name)
    QApplication.processEvents()
    assert places(window) == before
    centre = window.centralWidget()
    bottom = centre.mapToGlobal(centre.rect().bottomLeft()).y()
    assert popup.geometry().top() > desk.parts[name].mapToGlobal(QPoint()).y()
    assert popup.geometry().bottom() <= bottom
    assert whole.contains(popup.geometry())
    desk.type("x")
    assert places(window) == before
    popup.close()
    QApplication.processEvents()
    assert places(window) == before
    assert desk.viewer.canvas.transform() == zoom


def test_a_long_list_is_no_higher_than_the_canvas_and_scrolls(desk, monkeypatch):
    register(
        monkeypatch,
        *(replace(BUDGET, name=f"m{i}", title=f"method {i}") for i in range(40)),
    )
    desk.viewer.window.resize(1024, 640)
    QApplication.processEvents()
    popup = desk.open("method")
    centre = desk.viewer.window.centralWidget()
    bottom = centre.mapToGlobal(centre.rect().bottomLeft()).y()
    assert popup.geometry().bottom() <= bottom
    assert popup.list.verticalScrollBar().maximum() > 0
    for _ in range(60):
        desk.key(Qt.Key.Key_Down)
    item = popup.list.currentItem()
    assert popup.list.viewport().rect().intersects(popup.list.visualItemRect(item))
    popup.close()


def test_pressing_its_own_part_closes_it_and_elsewhere_too(desk, qtbot):
    popup = desk.open("method")
    part = desk.parts["method"]
    at = popup.mapFromGlobal(part.mapToGlobal(part.rect().center()))
    qtbot.mousePress(popup, LEFT, pos=at)
    assert popup.testAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
    assert desk.bar.popup is None
    popup = desk.open("method")
    qtbot.mousePress(popup, LEFT, pos=QPoint(-300, 500))
    assert not popup.testAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
    assert desk.bar.popup is None
    popup, other = desk.open("method"), desk.parts["query"]
    at = popup.mapFromGlobal(other.mapToGlobal(other.rect().center()))
    with qtbot.waitSignal(other.wanted):
        qtbot.mousePress(popup, LEFT, pos=at)


# --- methods --------------------------------------------------------------------------


def test_methods_stand_under_the_question_they_answer(desk, monkeypatch):
    register(monkeypatch, USELESS, TEXT, BUDGET)
    popup = desk.open("method")
    choices = popup.choices
    assert [(c.group, c.title) for c in choices] == [
        ("Where it looks", "Attention"),
        ("Where it looks", "Rollout"),
        ("Where it looks", "Value-weighted attention"),
        ("Where it looks", "Share of what heads add"),
        ("Where it looks", "Value flow"),
        ("Why this answer", "Logit budget"),
        ("Why this answer", "Effect of removal"),
        ("Why this answer", "Gradient × attention rollout"),
        ("Why this answer", "Token gradient × input"),
        ("Why this answer", "Grad-CAM"),
        ("Where patches agree with a text", "Text map"),
    ]
    headings = [
        popup.list.item(i).text()
        for i in range(popup.list.count())
        if popup.list.item(i).data(Qt.ItemDataRole.UserRole) is None
    ]
    assert headings == [group.value for group in Group]
    assert choices[0].is_chosen
    assert choices[0].detail == "at once"
    assert choices[1].note.endswith("?")
    assert choices[4].note == "Needs values, which were not kept"
    assert choices[-1].note == "Needs a text tower: vit has none"
    refused = [c.title for c in choices if not c.can_be]
    assert refused == ["Value flow", "Text map"]
    desk.click_choice("Text map")
    assert desk.bar.popup is not None
    desk.click_choice("Rollout")
    assert desk.bar.popup is None
    desk.wait_for("shows rollout")


def test_a_method_tells_what_it_took(desk):
    desk.state.method = "rollout"
    desk.wait_for("shows rollout")
    popup = desk.open("method")
    detail = popup.choices[1].detail
    assert detail == "at once" or detail.endswith((" ms", " s"))
    popup.close()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.001, "at once"), (0.0951, "95 ms"), (0.999, "about 1 s"), (5.6, "about 6 s")],
)
def test_costs_are_said_as_they_feel(seconds, words):
    assert cost_words(seconds) == words
    costs = Costs()
    costs.ask(Request("a"), 10.0)
    costs.ask(Request("a"), 10.2)
    costs.answer(Request("a"), 10.0 + seconds)
    assert costs.words("a") == words
    costs.answer(Request("b"), 99.0)
    assert costs.words("b") == ""
    costs.clear()
    assert costs.words("a") == ""


def test_a_token_that_a_method_does_not_take_gives_way(desk, monkeypatch):
    picky = replace(BUDGET, queries=frozenset({QueryKind.CLASS}), takes_target=False)
    register(monkeypatch, picky)
    desk.viewer.click_patch(1, 1)
    desk.wait_for("from patch (1, 1)")
    desk.open("method")
    desk.click_choice("Logit budget")
    desk.wait_for("logit budget from the class token")


# --- tokens ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("DINOv2 with registers", ["Class token", "Mean of all patches"]),
        ("SigLIP", ["Pooling head", "Mean of all patches"]),
        ("YOLOS", ["Detection 1 token", "Mean of all patches", "Class token"]),
    ],
)
def test_each_family_s_tokens(qtbot, tmp_path, name, titles, chelsea):
    viewer = make_viewer(qtbot, breed(tmp_path / "model", name))
    try:
        desk = furnish(viewer)
        viewer.open(save_picture(tmp_path, "cat.png", chelsea))
        popup = desk.open("query")
        found = [c for c in popup.choices if c.group == "Whose attention"]
        assert [c.title for c in found][: len(titles)] == titles
        assert len(found) == len(viewer.controller.model.queries) + 2
        assert found[0].is_chosen
        assert found[0].note
        ways = {c.title: c.can_be for c in popup.choices if c.group == "Which way"}
        looks_only = viewer.state.query.kind is QueryKind.POOL
        assert ways == {"Where it looks": True, "What looks at it": not looks_only}
        popup.close()
    finally:
        close_viewer(viewer)


def test_tokens_and_directions_are_taken(desk):
    desk.open("query")
    desk.click_choice("What looks at it")
    desk.wait_for("attention to the class token")
    desk.open("query")
    desk.click_choice("Mean of all patches")
    desk.wait_for("from the mean of all patches")
    assert desk.state.direction is Direction.FROM
    desk.viewer.click_patch(2, 1)
    desk.wait_for("from patch (2, 1)")
    popup = desk.open("query")
    assert "Patch (2, 1)" in [c.title for c in popup.choices if c.is_chosen]
    popup.close()


def test_a_patch_is_clicked_in_the_picture(desk, qtbot):
    desk.open("query")
    with qtbot.waitSignal(desk.bar.click_query_wanted):
        desk.click_choice("A patch")
    assert desk.focus is desk.viewer.canvas
    desk.open("query")
    desk.click_choice("The patch under the pointer")
    assert desk.viewer.controller.hovering.is_on
    popup = desk.open("query")
    on = [c for c in popup.choices if c.title == "The patch under the pointer"]
    assert on[0].is_chosen
    desk.click_choice("The patch under the pointer")
    assert not desk.viewer.controller.hovering.is_on


# --- models ---------------------------------------------------------------------------


def test_models_lately_opened_come_first(desk, tiny_deit):
    controller = desk.viewer.controller
    first = controller.model.source
    controller.load_model(str(tiny_deit))
    desk.wait(lambda: controller.model.source == str(tiny_deit))
    desk.wait_for("deit shows")
    popup = desk.open("model")
    groups = [c.group for c in popup.choices]
    assert groups == sorted(
        groups, key=["Opened lately", "On this machine", "More"].index
    )
    lately = [c for c in popup.choices if c.group == "Opened lately"]
    assert [c.title for c in lately] == ["deit", "vit"]
    assert [c.is_chosen for c in lately] == [True, False]
    assert all(c.light in ("ok", "warn") for c in lately)
    here = [c for c in popup.choices if c.group == "On this machine"]
    assert here[0].title == "Shapes"
    assert here[0].detail.endswith("MB")
    desk.click_choice("vit")
    desk.wait(lambda: controller.model.source == first)
    desk.wait_for("vit shows")


@pytest.mark.parametrize(
    ("title", "signal"),
    [
        ("More models…", "models_wanted"),
        ("Open folder…", "folder_wanted"),
        ("What was checked of this model", "trust_wanted"),
    ],
)
def test_the_doors_at_the_end(desk, qtbot, title, signal, monkeypatch):
    # The window behind asks for the folder; nobody would answer.
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    desk.open("model")
    desk.type("nothing is called so")
    assert len(desk.titles()) == 3
    with qtbot.waitSignal(getattr(desk.bar, signal)):
        desk.click_choice(title)


def test_names_of_strangers_are_plain(qtbot, tmp_path, tiny_vit, monkeypatch, chelsea):
    monkeypatch.chdir(tmp_path)
    lay_bait(tmp_path)
    named = tmp_path / EVIL
    named.mkdir()
    for file in Path(tiny_vit).iterdir():
        (named / file.name).write_bytes(file.read_bytes())
    register(monkeypatch, BUDGET)
    viewer = make_viewer(qtbot, named)
    try:
        desk = furnish(viewer)
        viewer.open(save_picture(tmp_path, "cat.png", chelsea))
        others = viewer.controller.model.labels[2:]
        labels = (EVIL, EVIL + "2", *others)
        model = replace(viewer.controller.model, labels=labels)
        viewer.controller.asker.model = model
        explanation = replace(viewer.controller.explanation, model=model)
        viewer.controller.explanation = explanation
        viewer.state.target, viewer.state.method = Target(0, 1), "budget"
        desk.wait_for("logit budget")
        probe = Probe()
        for name in ("model", "target"):
            popup = desk.open(name)
            probe.look()
            assert not magenta(popup)
            popup.close()
        assert probe.saw(EVIL)
        assert not probe.faults
        assert not magenta(desk.bar)
    finally:
        close_viewer(viewer)


# --- classes --------------------------------------------------------------------------


@pytest.fixture
def explained(desk, monkeypatch):
    """The desk under a method that explains a class."""
    register(monkeypatch, BUDGET)
    best = desk.viewer.controller.explanation.predictions()[0]
    desk.state.target = Target(best.index)
    desk.state.method = "budget"
    desk.wait_for(f"logit budget for {best.label} in layer")
    return desk


def test_a_predicted_class_is_taken_and_compared(explained):
    desk = explained
    predictions = desk.viewer.controller.explanation.predictions()
    popup = desk.open("target")
    listed = [c for c in popup.choices if c.group == "Predicted"]
    assert [c.title for c in listed] == [p.label for p in predictions]
    assert [c.detail for c in listed] == [p.amount for p in predictions]
    second = predictions[1].label
    popup.close()
    desk.open("target")
    desk.click_choice(second)
    desk.wait_for(f"for {second} in layer")
    desk.open("target")
    first = predictions[0].label
    desk.click_choice(first, group="Rather than")
    desk.wait_for(f"for {second} rather than {first}")
    assert desk.state.target == Target(predictions[1].index, predictions[0].index)
    desk.open("target")
    desk.click_choice("Nothing else")
    desk.wait_for(f"for {second} in layer")


def test_every_class_is_found_by_its_name(explained):
    desk = explained
    labels = desk.viewer.controller.model.labels
    desk.open("target")
    desk.type(labels[-1].upper())
    found = [c for c in desk.bar.popup.choices if c.group == "All classes"]
    assert labels[-1] in [c.title for c in found]
    desk.key(Qt.Key.Key_Return)
    assert desk.state.target.index == labels.index(found[0].title)


# --- what is typed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["Attention", "Rollout", "Other"]),
        ("roll", ["Rollout", "Other"]),
        ("LAYERS all", ["Rollout", "Other"]),
        ("looks", ["Attention", "Rollout", "Other"]),
        ("zzz", ["Other"]),
    ],
)
def test_all_typed_words_have_to_occur(text, found):
    choices = [
        Choice("Attention", print, "What it reads", group="Where it looks"),
        Choice("Rollout", print, "Through all layers", group="Where it looks"),
        Choice("Other", print, stays=True),
    ]
    assert [choice.title for choice in fitting(choices, text)] == found


def test_the_field_says_where_in_the_list_one_is(desk):
    popup = desk.open("method")
    assert popup.search.accessibleDescription().startswith("Attention, How much")
    desk.key(Qt.Key.Key_Down)
    assert popup.search.accessibleDescription().startswith("Rollout, From which")
    popup.close()
