"""The worker runs the newest request of a kind and survives whatever a call does."""

from __future__ import annotations

import sys
from threading import Event

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from vitviewer.errors import Cancelled, ImageError
from vitviewer.qt.worker import Worker


class Log(QObject):
    """Collect a worker's signals in the GUI thread."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.answers: list[tuple[str, int, object]] = []
        self.failures: list[str] = []
        self.threads: set[QThread] = set()
        worker.answered.connect(self.on_answer)
        worker.failed.connect(self.on_failure)

    @Slot(str, int, object)
    def on_answer(self, kind: str, ticket: int, answer: object) -> None:
        self.threads.add(QThread.currentThread())
        self.answers.append((kind, ticket, answer))

    @Slot(str, int, str)
    def on_failure(self, _kind: str, _ticket: int, sentence: str) -> None:
        self.failures.append(sentence)


class Gate:
    """A call that waits until opened, or raises `Cancelled` when told to."""

    def __init__(self) -> None:
        self.entered, self.go_on, self.cancelled = Event(), Event(), Event()

    def __call__(self) -> str:
        self.entered.set()
        assert self.go_on.wait(30)
        if self.cancelled.is_set():
            raise Cancelled
        return "gate"

    def cancel(self) -> None:
        self.cancelled.set()
        self.go_on.set()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def worker(gate):
    worker = Worker(("load", "explain", "look"), gate.cancel)
    worker.start()
    yield worker
    assert worker.stop(10_000)


def test_answers_arrive_in_the_gui_thread(qtbot, worker):
    log = Log(worker)
    ticket = worker.submit("explain", lambda: 42)
    qtbot.waitUntil(lambda: bool(log.answers))
    assert log.answers == [("explain", ticket, 42)]
    assert log.threads == {QThread.currentThread()}


def test_python_in_the_worker_lets_the_window_in_often(qtbot, worker):
    """Each call of Qt from Python gives the interpreter away and waits to have it."""
    log = Log(worker)
    worker.submit("explain", sys.getswitchinterval)
    qtbot.waitUntil(lambda: bool(log.answers))
    assert log.answers[0][2] <= 0.001  # Python's own is 0.005


def test_newest_waiting_request_wins(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("load", gate)
    assert gate.entered.wait(30)
    for number in range(5):
        worker.submit("look", lambda number=number: number)
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", 4]


def test_newer_request_cancels_the_running_one(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("explain", gate)
    assert gate.entered.wait(30)
    worker.submit("explain", lambda: "new")
    qtbot.waitUntil(lambda: bool(log.answers))
    assert [answer for *_, answer in log.answers] == ["new"]
    assert log.failures == []


def test_urgent_request_discards_less_urgent_ones(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("load", gate)
    assert gate.entered.wait(30)
    worker.submit("look", lambda: "look")
    worker.submit("explain", lambda: "explain")
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", "explain"]


def test_less_urgent_request_leaves_a_running_one_alone(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("explain", gate)
    assert gate.entered.wait(30)
    worker.submit("look", lambda: "look")
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", "look"]


def test_failures_are_sentences_and_the_worker_goes_on(qtbot, worker):
    log = Log(worker)

    def refuse() -> None:
        raise ImageError("cat.png is empty.")

    worker.submit("explain", refuse)
    qtbot.waitUntil(lambda: len(log.failures) == 1)
    worker.submit("explain", lambda: 1 // 0)
    qtbot.waitUntil(lambda: len(log.failures) == 2)
    worker.submit("explain", lambda: "fine")
    qtbot.waitUntil(lambda: bool(log.answers))
    assert log.failures[0] == "cat.png is empty."
    assert "ZeroDivisionError" in log.failures[1]
    assert "Traceback" not in log.failures[1]


def test_stop_cancels_what_runs(qtbot, gate):
    worker = Worker(("explain",), gate.cancel)
    worker.start()
    worker.submit("explain", gate)
    assert gate.entered.wait(30)
    assert worker.stop(10_000)
    assert gate.cancelled.is_set()
