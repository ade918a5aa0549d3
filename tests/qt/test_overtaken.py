"""What the engine finished while something else was asked is what is shown next."""

from __future__ import annotations

from threading import Event
from time import monotonic

import pytest

from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from vitviewer.errors import ModelError
from vitviewer.queries import Query, Resolution


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


def let_the_engine_finish(viewer) -> None:
    """Wait for the worker while the window handles nothing, its answer neither."""
    worker, until = viewer.controller.asker.worker, monotonic() + 60
    pause = Event()
    while worker.is_busy:
        assert monotonic() < until
        pause.wait(0.005)


def check_in_step(viewer) -> None:
    """Ask for a patch: the answer has the shape of the grid that is shown."""
    c = viewer.controller
    viewer.state.query = Query.patch(1, 1)
    viewer.qtbot.waitUntil(
        lambda: c.shown is not None and c.shown.answer.query == Query.patch(1, 1),
        timeout=60_000,
    )
    tokens = c.explanation.tokens
    viewer.qtbot.waitUntil(
        lambda: c.shown.patch_map.values.shape == (tokens.rows, tokens.cols),
        timeout=60_000,
    )
    assert viewer.state.resolution is c.explanation.resolution
    assert c.asker.engine._run.tokens == tokens
    assert c.asker.engine._model.facts.source == c.model.source
    assert not viewer.window.notice.isVisible()


def test_cancelled_when_the_pass_had_ended(viewer):
    viewer.state.resolution = Resolution.DOUBLE
    let_the_engine_finish(viewer)
    viewer.controller.cancel()
    check_in_step(viewer)


def test_two_resolutions_in_a_row_the_second_cancelled(viewer):
    viewer.state.resolution = Resolution.DOUBLE
    let_the_engine_finish(viewer)
    viewer.state.resolution = Resolution.PICTURE
    viewer.controller.cancel()
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.explanation.resolution is not Resolution.TRAINED,
        timeout=60_000,
    )
    check_in_step(viewer)


def hold_answers(viewer, monkeypatch) -> Event:
    """Let answers wait until an event is set, or their job is cancelled."""
    engine, go_on = viewer.controller.asker.engine, Event()
    answer = engine.answer

    def answer_late(request, job):
        while not go_on.wait(0.005):
            job.check()
        return answer(request, job)

    monkeypatch.setattr(engine, "answer", answer_late)
    return go_on


@pytest.mark.parametrize("hovers", [False, True])
def test_a_question_that_a_failed_load_cut_off(viewer, tmp_path, monkeypatch, hovers):
    controller, patch = viewer.controller, Query.patch(2, 2)
    go_on = hold_answers(viewer, monkeypatch)
    if hovers:
        controller.hovering.switch(True)
        controller.hovering.point((0.0, 0.0, 2, 2))
    else:
        viewer.state.query = patch
    viewer.qtbot.waitUntil(lambda: controller.asker.worker.is_busy, timeout=60_000)
    controller.load_model(str(tmp_path / "no model"))
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible, timeout=60_000)
    go_on.set()
    viewer.qtbot.waitUntil(
        lambda: controller.shown.answer.query == patch, timeout=60_000
    )


def test_a_hovered_question_that_was_cancelled_is_asked_again(viewer, monkeypatch):
    controller = viewer.controller
    go_on = hold_answers(viewer, monkeypatch)
    controller.hovering.switch(True)
    controller.hovering.point((0.0, 0.0, 2, 2))
    viewer.qtbot.waitUntil(lambda: controller.asker.worker.is_busy, timeout=60_000)
    controller.cancel()
    go_on.set()
    controller.hovering.point((0.1, 0.1, 2, 2))
    viewer.qtbot.waitUntil(
        lambda: controller.shown.answer.query == Query.patch(2, 2), timeout=60_000
    )


def test_a_model_loaded_before_one_that_fails(viewer, tiny_deit, tmp_path):
    viewer.controller.load_model(str(tiny_deit))
    let_the_engine_finish(viewer)
    viewer.controller.load_model(str(tmp_path / "no model"))
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible, timeout=60_000)
    viewer.window.notice.hide()
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.model.source == str(tiny_deit)
            and viewer.controller.shown is not None
        ),
        timeout=60_000,
    )
    check_in_step(viewer)


def test_a_question_that_a_failed_pass_cut_off_is_asked_again(viewer, monkeypatch):
    engine, patch = viewer.controller.asker.engine, Query.patch(1, 2)
    answer, begun = engine.answer, Event()

    def wait_for_the_cancel_once(request, job):
        if begun.is_set():
            return answer(request, job)
        begun.set()
        while True:
            job.check()
            Event().wait(0.005)

    def fail(*_args):
        raise ModelError("The pass failed.")

    monkeypatch.setattr(engine, "answer", wait_for_the_cancel_once)
    monkeypatch.setattr(engine, "explain", fail)
    viewer.state.query = patch
    viewer.qtbot.waitUntil(begun.is_set, timeout=60_000)
    viewer.state.resolution = Resolution.DOUBLE
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.shown.answer.query == patch, timeout=60_000
    )
    assert viewer.state.resolution is Resolution.TRAINED
