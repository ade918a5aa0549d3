"""Asking follows the pointer while Shift is held or the switch is on, and no longer."""

from __future__ import annotations

import json
from threading import Event
from time import monotonic

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QMenu

from tests.qt.hover_kit import SHIFT, Painted, Pointer, wait_for_query
from tests.qt.sentence.kit import furnish
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.zoo import breed
from vitviewer.errors import ModelError
from vitviewer.methods import registry
from vitviewer.qt.kept_answers import MOST_PASSING_BYTES
from vitviewer.qt.lifecycle.session import read_session
from vitviewer.qt.lifecycle.session_keeper import SessionKeeper
from vitviewer.qt.window.status import _MOMENT_MS
from vitviewer.queries import Direction, Query, QueryKind, Resolution

CHOSEN = Query.patch(3, 3)


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    viewer.canvas.setFocus()
    viewer.state.query = CHOSEN
    wait_for_query(viewer, CHOSEN)
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def pointer(viewer):
    pointer = Pointer(viewer)
    yield pointer
    pointer.shift(False)


@pytest.fixture
def asked(viewer, monkeypatch):
    """The requests that the engine is asked to answer."""
    asked = []
    answer = viewer.controller.asker.engine.answer

    def answer_and_note(request, job):
        asked.append(request)
        return answer(request, job)

    monkeypatch.setattr(viewer.controller.asker.engine, "answer", answer_and_note)
    return asked


class Gate:
    """An engine that answers each question when it is let."""

    def __init__(self, engine, monkeypatch) -> None:
        self.asked, self.refused = [], set()
        self._answer, self._open = engine.answer, Event()
        monkeypatch.setattr(engine, "answer", self)

    def __call__(self, request, job):
        self.asked.append(request.query)
        while not self._open.wait(0.005):
            job.check()
        self._open.clear()
        if request.query in self.refused:
            raise ModelError("This patch cannot be asked about.")
        return self._answer(request, job)

    def let(self) -> None:
        self._open.set()


@pytest.fixture
def gate(viewer, monkeypatch):
    return Gate(viewer.controller.asker.engine, monkeypatch)


def check_back(viewer, before: np.ndarray) -> None:
    """Wait for the chosen query's map: each pixel is as before."""
    wait_for_query(viewer, CHOSEN)
    np.testing.assert_array_equal(viewer.pixels(), before)
    assert viewer.state.query == CHOSEN


def pixels_without_pointer(viewer, pointer) -> np.ndarray:
    pointer.leave()
    return viewer.pixels()


# --- what is shown --------------------------------------------------------------------


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("method", ["attention", "rollout"])
def test_the_patch_under_the_pointer_is_asked_about(viewer, pointer, method, direction):
    viewer.state.method, viewer.state.direction = method, direction
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.shown.answer.request.method == method
            and viewer.controller.shown.answer.direction is direction
        )
    )
    before = pixels_without_pointer(viewer, pointer)
    pointer.shift(True)
    for patch in ((0, 1), (2, 2), (0, 1)):
        pointer.to(*patch)
        wait_for_query(viewer, Query.patch(*patch))
        shown = viewer.controller.shown
        assert f"{direction} patch {patch}" in viewer.title
        assert shown.answer.direction is direction
        hovered = viewer.pixels()
        value = shown.patch_map.share(*patch)
        assert f"{value * 100:.3f} %" in viewer.window.status.readout.text()
        assert viewer.window.panels.map.bar._marker == pytest.approx(value)
        pointer.shift(False)
        wait_for_query(viewer, CHOSEN)
        viewer.state.query = Query.patch(*patch)
        wait_for_query(viewer, Query.patch(*patch))
        np.testing.assert_array_equal(hovered, viewer.pixels())
        viewer.state.query = CHOSEN
        wait_for_query(viewer, CHOSEN)
        pointer.shift(True)
    pointer.leave()
    check_back(viewer, before)


def test_moving_within_a_patch_asks_nothing(viewer, pointer, asked):
    pointer.shift(True)
    for at in ((0.2, 0.2), (0.5, 0.8), (0.9, 0.1)):
        pointer.to(1, 2, at)
        wait_for_query(viewer, Query.patch(1, 2))
    assert [request.query for request in asked] == [Query.patch(1, 2)]


def test_without_key_or_switch_nothing_is_asked(viewer, pointer, asked):
    for col in range(4):
        pointer.to(0, col)
        QApplication.processEvents()
    assert not asked
    assert viewer.controller.shown.answer.query == CHOSEN


def test_the_margins_of_a_crop_show_the_chosen_query(viewer, pointer, tiny_deit):
    viewer.controller.load_model(str(tiny_deit))
    viewer.qtbot.waitUntil(lambda: viewer.controller.model.source == str(tiny_deit))
    viewer.wait_for_map()
    viewer.state.query = CHOSEN
    wait_for_query(viewer, CHOSEN)
    before = pixels_without_pointer(viewer, pointer)
    x0, y0, *_ = viewer.controller.explanation.geometry.seen
    assert min(x0, y0) > 5
    margin = viewer.canvas.to_viewport(x0 / 2, y0 / 2)
    for outside in (margin, QPoint(2, 2)):
        pointer.shift(True)
        pointer.to(1, 1)
        wait_for_query(viewer, Query.patch(1, 1))
        pointer.move(outside)
        check_back(viewer, before)
        pointer.to(1, 1)
        wait_for_query(viewer, Query.patch(1, 1))
        pointer.shift(False)


def test_a_pooling_model_is_asked_about_its_patches(viewer, pointer, tmp_path):
    viewer.controller.load_model(str(breed(tmp_path / "model", "SigLIP")))
    pool = Query(QueryKind.POOL)
    wait_for_query(viewer, pool)
    before = pixels_without_pointer(viewer, pointer)
    pointer.shift(True)
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))
    assert "from patch (1, 1) in layer" in viewer.title
    pointer.leave()
    wait_for_query(viewer, pool)
    np.testing.assert_array_equal(viewer.pixels(), before)


def test_a_method_that_takes_no_patch_is_not_asked_about_one(
    viewer, pointer, asked, monkeypatch
):
    for method in registry.list_methods().values():
        pools_only = frozenset({QueryKind.POOL, QueryKind.CLASS})
        monkeypatch.setitem(method.__dict__, "queries", pools_only)
    viewer.state.query = Query()
    wait_for_query(viewer, Query())
    asked.clear()
    before = pixels_without_pointer(viewer, pointer)
    pointer.shift(True)
    for col in range(4):
        pointer.to(0, col)
        QApplication.processEvents()
    pointer.leave()
    QApplication.processEvents()
    assert not asked
    np.testing.assert_array_equal(viewer.pixels(), before)


def test_the_map_follows_where_the_picture_moves_below_the_pointer(viewer, pointer):
    pointer.shift(True)
    pointer.to(0, 0)
    wait_for_query(viewer, Query.patch(0, 0))
    viewer.canvas.zoom_by(4.0)
    wait_for_query(viewer, Query.patch(1, 1))
    viewer.canvas.fit()
    wait_for_query(viewer, Query.patch(0, 0))


def test_layers_are_scrubbed_meanwhile(viewer, pointer):
    pointer.shift(True)
    pointer.to(0, 0)
    wait_for_query(viewer, Query.patch(0, 0))
    viewer.qtbot.keyPress(viewer.canvas, Qt.Key.Key_Down, SHIFT)
    viewer.wait_for_title("from patch (0, 0) in layer 2,")


# --- what begins and ends it ----------------------------------------------------------


def deactivate(viewer, _pointer):
    QApplication.sendEvent(viewer.canvas, QEvent(QEvent.Type.WindowDeactivate))


def open_menu(viewer, _pointer):
    viewer.window.menu_shells[0].aboutToShow.emit()


def press_control(viewer, _pointer):
    viewer.qtbot.keyPress(viewer.canvas, Qt.Key.Key_Control, SHIFT)


def move_without_shift(_viewer, pointer):
    pointer._held = Qt.KeyboardModifier.NoModifier
    pointer.to(1, 1, (0.3, 0.3))


def popup(viewer, _pointer):
    menu = QMenu(viewer.window)
    menu.addAction("Nothing")
    menu.popup(viewer.window.mapToGlobal(QPoint(5, 5)))
    viewer.qtbot.waitUntil(menu.isVisible)
    wait_for_query(viewer, CHOSEN)
    menu.close()


def dialog(viewer, _pointer):
    opened = QDialog(viewer.window)
    opened.open()
    viewer.qtbot.waitUntil(opened.isVisible)
    wait_for_query(viewer, CHOSEN)
    opened.close()


ENDS = {
    "released": lambda _viewer, pointer: pointer.shift(False),
    "left": lambda _viewer, pointer: pointer.leave(),
    "window deactivated": deactivate,
    "menu": open_menu,
    "another modifier": press_control,
    "moved without": move_without_shift,
    "popup": popup,
    "dialog": dialog,
}


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of a menu
@pytest.mark.parametrize("end", ENDS)
def test_the_chosen_query_comes_back(viewer, pointer, end):
    before = pixels_without_pointer(viewer, pointer)
    pointer.shift(True)
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))
    ENDS[end](viewer, pointer)
    wait_for_query(viewer, CHOSEN)
    pointer.shift(False)
    pointer.leave()
    check_back(viewer, before)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # of a menu
@pytest.mark.parametrize("end", ["left", "window deactivated", "menu", "popup"])
def test_the_switch_goes_on_when_the_pointer_moves_again(viewer, pointer, end):
    before = pixels_without_pointer(viewer, pointer)
    viewer.press(Qt.Key.Key_H)
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))
    ENDS[end](viewer, pointer)
    wait_for_query(viewer, CHOSEN)
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))
    viewer.press(Qt.Key.Key_H)
    wait_for_query(viewer, CHOSEN)
    pointer.leave()
    check_back(viewer, before)


def test_key_menu_and_list_are_one_switch(viewer, pointer):
    desk = furnish(viewer)
    pointer.to(0, 2)
    (action,) = [
        action
        for menu in viewer.window.menu_shells[3:4]
        for action in menu.actions()
        if action.isCheckable()
    ]
    for turn_on in (lambda: viewer.press(Qt.Key.Key_H), action.trigger):
        turn_on()
        wait_for_query(viewer, Query.patch(0, 2))
        assert action.isChecked()
        desk.open("query")
        desk.click_choice("The patch under the pointer")
        viewer.qtbot.waitUntil(lambda: not action.isChecked())
        assert not viewer.controller.hovering.is_on


def test_shift_at_rest_asks_but_not_while_something_is_typed(viewer, pointer, asked):
    pointer.to(2, 0)
    line = QLineEdit(viewer.window)
    line.show()
    line.setFocus()
    pointer.shift(True)
    rest = viewer.controller.hovering._rest
    assert not rest.isActive()
    pointer.shift(False)
    assert not asked
    line.hide()
    viewer.canvas.setFocus()
    pointer.shift(True)
    assert rest.isActive()
    wait_for_query(viewer, Query.patch(2, 0))


def test_shift_as_a_part_of_another_key_asks_nothing(viewer, pointer, asked):
    pointer.to(2, 0)
    pointer.shift(True)
    rest = viewer.controller.hovering._rest
    assert rest.isActive()
    press_control(viewer, pointer)
    assert not rest.isActive()
    pointer.shift(False)
    pointer.shift(True)
    pointer.shift(False)
    assert not rest.isActive()
    assert not asked


def test_a_click_pins_the_patch_under_the_pointer(viewer, pointer):
    pointer.shift(True)
    pointer.to(0, 1)
    wait_for_query(viewer, Query.patch(0, 1))
    left = Qt.MouseButton.LeftButton
    spot = pointer.spot(0, 1)
    viewer.qtbot.mouseClick(viewer.canvas.viewport(), left, SHIFT, pos=spot)
    assert viewer.state.query == Query.patch(0, 1)
    pointer.to(2, 2)
    wait_for_query(viewer, Query.patch(2, 2))
    pointer.shift(False)
    wait_for_query(viewer, Query.patch(0, 1))


def test_what_is_chosen_meanwhile_is_shown_until_the_next_patch(viewer, pointer):
    viewer.press(Qt.Key.Key_H)
    pointer.to(0, 1)
    wait_for_query(viewer, Query.patch(0, 1))
    viewer.press(Qt.Key.Key_Escape)
    wait_for_query(viewer, Query())
    pointer.to(0, 1, (0.2, 0.2))
    QApplication.processEvents()
    assert viewer.controller.shown.answer.query == Query()
    pointer.to(0, 2)
    wait_for_query(viewer, Query.patch(0, 2))
    pointer.leave()
    wait_for_query(viewer, Query())


# --- slow answers ---------------------------------------------------------------------


def test_the_newest_wish_wins_and_nothing_queues(viewer, pointer, gate):
    painted = Painted(viewer)
    pointer.shift(True)
    pointer.to(0, 0)
    viewer.qtbot.waitUntil(lambda: gate.asked == [Query.patch(0, 0)])
    for patch in ((0, 1), (0, 2), (1, 2), (2, 2)):
        pointer.to(*patch)
        QApplication.processEvents()
    assert gate.asked == [Query.patch(0, 0)]
    gate.let()
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 2)
    gate.let()
    wait_for_query(viewer, Query.patch(2, 2))
    viewer.qtbot.waitUntil(lambda: painted.queries[-1] == Query.patch(2, 2))
    assert gate.asked == [Query.patch(0, 0), Query.patch(2, 2)]
    assert painted.queries[-2:] == [Query.patch(0, 0), Query.patch(2, 2)]


def test_an_answer_that_comes_too_late_is_not_painted(viewer, pointer, gate):
    painted = Painted(viewer)
    worker = viewer.controller.asker.worker
    for end in (pointer.leave, lambda: pointer.shift(False)):
        pointer.shift(True)
        pointer.to(0, 0)
        viewer.qtbot.waitUntil(lambda: worker.is_busy and bool(gate.asked))
        end()
        viewer.qtbot.waitUntil(lambda: not worker.is_busy)
        QApplication.processEvents()
        gate.asked.clear()
    assert set(painted.queries) == {CHOSEN}


def test_an_answer_on_its_way_is_not_painted_any_more(viewer, pointer, gate):
    painted = Painted(viewer)
    pointer.shift(True)
    pointer.to(0, 0)
    viewer.qtbot.waitUntil(lambda: bool(gate.asked))
    gate.let()
    pause, until = Event(), monotonic() + 60
    while viewer.controller.asker.worker.is_busy:  # the window handles nothing
        assert monotonic() < until
        pause.wait(0.005)
    pointer.leave()
    pointer.to(1, 1)
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 2)
    gate.let()
    wait_for_query(viewer, Query.patch(1, 1))
    viewer.qtbot.waitUntil(lambda: painted.queries[-1] == Query.patch(1, 1))
    assert Query.patch(0, 0) not in painted.queries


def test_a_click_asks_at_once(viewer, pointer, gate):
    pointer.shift(True)
    pointer.to(0, 0)
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 1)
    pointer.to(1, 1)
    left = Qt.MouseButton.LeftButton
    spot = pointer.spot(1, 1)
    viewer.qtbot.mouseClick(viewer.canvas.viewport(), left, SHIFT, pos=spot)
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 2)
    assert gate.asked[-1] == Query.patch(1, 1)
    gate.let()
    wait_for_query(viewer, Query.patch(1, 1))


def test_after_one_that_failed_the_next_is_asked(viewer, pointer, gate):
    gate.refused = {Query.patch(0, 0)}
    pointer.shift(True)
    pointer.to(0, 0)
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 1)
    pointer.to(1, 1)
    gate.let()
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 2)
    gate.let()
    wait_for_query(viewer, Query.patch(1, 1))


def test_after_a_cancel_the_next_patch_is_asked(viewer, pointer, gate):
    pointer.shift(True)
    pointer.to(0, 0)
    viewer.qtbot.waitUntil(lambda: len(gate.asked) == 1)
    viewer.controller.cancel()
    pointer.to(1, 1)
    viewer.qtbot.waitUntil(lambda: gate.asked[-1] == Query.patch(1, 1))
    gate.let()
    wait_for_query(viewer, Query.patch(1, 1))


def test_short_answers_are_not_told_and_long_ones_are(viewer, pointer, gate):
    told = []
    status = viewer.window.status
    status._moment.setInterval(600_000)  # every answer is a short one
    viewer.controller.activity_changed.connect(
        lambda _words: told.append(status.engine.label.text())
    )
    pointer.shift(True)
    for col in range(3):
        gate.let()
        pointer.to(0, col)
        wait_for_query(viewer, Query.patch(0, col))
    assert told
    assert not any(told)
    viewer.qtbot.waitUntil(lambda: not viewer.controller.asker.worker.is_busy)
    status._moment.setInterval(_MOMENT_MS)
    pointer.to(1, 1)
    viewer.qtbot.waitUntil(lambda: "Computing" in status.engine.label.text())
    assert status.engine.cancel.isVisible()
    gate.let()
    viewer.qtbot.waitUntil(lambda: not status.engine.label.text())
    assert status.engine.cancel.isHidden()


# --- what is kept, saved and written --------------------------------------------------


def test_an_export_takes_what_is_seen(viewer, pointer, tmp_path, monkeypatch):
    target = tmp_path / "shot.png"
    pointer.to(0, 1)
    viewer.press(Qt.Key.Key_H)
    wait_for_query(viewer, Query.patch(0, 1))
    seen = viewer.window.exporter.snapshot()

    def name_it(*_args):
        pointer.leave()  # and the chosen query comes back behind the dialog
        wait_for_query(viewer, CHOSEN)
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name_it)
    with viewer.qtbot.waitSignal(viewer.window.exporter.finished):
        viewer.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    with Image.open(target) as written:
        np.testing.assert_array_equal(np.asarray(written), seen.overlay())
        told = json.loads(written.text["vitviewer"])
    assert "from patch (0, 1)" in told["map"]
    assert told["view"]["query"] == {"kind": "patch", "row": 0, "col": 1}
    assert viewer.state.query == CHOSEN


def test_the_session_holds_the_chosen_query(viewer, pointer, tmp_path):
    path = tmp_path / "session.json"
    keeper = SessionKeeper(viewer.controller, path)
    pointer.shift(True)
    for patch in ((0, 0), (1, 2)):
        pointer.to(*patch)
        wait_for_query(viewer, Query.patch(*patch))
    viewer.qtbot.waitUntil(path.exists)
    assert viewer.controller.shown.answer.query == Query.patch(1, 2)
    assert keeper.close()
    chosen = {"kind": "patch", "row": 3, "col": 3}
    assert read_session(path).view["query"] == chosen
    assert viewer.state.to_dict()["query"] == chosen


def change_picture(viewer, tmp_path, coffee, _deit):
    viewer.open(save_picture(tmp_path, "cup.png", coffee))


def change_model(viewer, _tmp_path, _coffee, deit):
    viewer.controller.load_model(str(deit))
    viewer.qtbot.waitUntil(lambda: viewer.controller.model.source == str(deit))
    viewer.wait_for_map()


def change_size(viewer, _tmp_path, _coffee, _deit):
    viewer.state.resolution = Resolution.DOUBLE
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.explanation.resolution is Resolution.DOUBLE
    )
    viewer.wait_for_map()


@pytest.mark.parametrize("change", [change_picture, change_model, change_size])
def test_another_picture_or_model_ends_it(
    viewer, pointer, tmp_path, coffee, tiny_deit, change
):
    pointer.shift(True)
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))
    change(viewer, tmp_path, coffee, tiny_deit)
    wait_for_query(viewer, viewer.state.query)
    assert viewer.state.query in (CHOSEN, Query())
    pointer.to(1, 1)
    wait_for_query(viewer, Query.patch(1, 1))


def test_hovered_answers_have_bounded_room_and_push_out_nothing(
    viewer, pointer, asked, monkeypatch
):
    kept = viewer.controller.asker._answers
    size = viewer.controller.shown.answer.values.nbytes
    monkeypatch.setattr("vitviewer.qt.kept_answers.MOST_PASSING_BYTES", 5 * size)
    monkeypatch.setattr("vitviewer.qt.kept_answers.MOST_CHOSEN", 3)
    chosen = len(kept)
    pointer.shift(True)
    for n in range(15):
        patch = divmod(n, 4)
        pointer.to(*patch)
        wait_for_query(viewer, Query.patch(*patch))
        assert kept.passing_bytes <= 5 * size
    assert len(kept) == chosen + 5
    assert len(asked) == 15
    pointer.to(3, 1)
    wait_for_query(viewer, Query.patch(3, 1))
    pointer.leave()
    wait_for_query(viewer, CHOSEN)
    assert len(asked) == 15
    assert size < MOST_PASSING_BYTES
