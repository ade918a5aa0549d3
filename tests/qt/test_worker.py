"""The worker runs the newest request of a kind and survives whatever a call does."""

from __future__ import annotations

from threading import Event

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from vitviewer.errors import ImageError
from vitviewer.jobs import Job, Progress
from vitviewer.qt.worker import Worker


class Log(QObject):
    """Collect a worker's signals in the GUI thread."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.answers: list[tuple[str, Job, object]] = []
        self.failures: list[str] = []
        self.threads: set[QThread] = set()
        worker.answered.connect(self.on_answer)
        worker.failed.connect(self.on_failure)

    @Slot(str, object, object)
    def on_answer(self, kind: str, job: Job, answer: object) -> None:
        self.threads.add(QThread.currentThread())
        self.answers.append((kind, job, answer))

    @Slot(str, object, str)
    def on_failure(self, _kind: str, _job: Job, sentence: str) -> None:
        self.failures.append(sentence)


class Gate:
    """A call that waits until opened, then raises `Cancelled` if its job was."""

    def __init__(self) -> None:
        self.entered, self.go_on = Event(), Event()
        self.job: Job | None = None

    def __call__(self, job: Job) -> str:
        self.job = job
        self.entered.set()
        while not (self.go_on.wait(0.01) or job.is_cancelled):
            pass
        job.check()
        return "gate"


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def worker():
    worker = Worker(("load", "explain", "answer"))
    worker.start()
    yield worker
    assert worker.stop(10_000)


def test_answers_arrive_in_the_gui_thread(qtbot, worker):
    log = Log(worker)
    job = worker.submit("explain", lambda _job: 42)
    qtbot.waitUntil(lambda: bool(log.answers))
    assert log.answers == [("explain", job, 42)]
    assert log.threads == {QThread.currentThread()}


def test_newest_waiting_request_wins(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("load", gate)
    assert gate.entered.wait(60)
    for number in range(5):
        worker.submit("answer", lambda _job, number=number: number)
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", 4]


def test_newer_request_cancels_the_running_one(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("explain", gate)
    assert gate.entered.wait(60)
    worker.submit("explain", lambda _job: "new")
    qtbot.waitUntil(lambda: bool(log.answers))
    assert [answer for *_, answer in log.answers] == ["new"]
    assert log.failures == []


def test_urgent_request_discards_less_urgent_ones(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("load", gate)
    assert gate.entered.wait(60)
    worker.submit("answer", lambda _job: "answer")
    worker.submit("explain", lambda _job: "explain")
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", "explain"]


def test_less_urgent_request_leaves_a_running_one_alone(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("explain", gate)
    assert gate.entered.wait(60)
    worker.submit("answer", lambda _job: "answer")
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert [answer for *_, answer in log.answers] == ["gate", "answer"]


def test_failures_are_sentences_and_the_worker_goes_on(qtbot, worker):
    log = Log(worker)

    def refuse(_job) -> None:
        raise ImageError("cat.png is empty.")

    worker.submit("explain", refuse)
    qtbot.waitUntil(lambda: len(log.failures) == 1)
    worker.submit("explain", lambda _job: 1 // 0)
    qtbot.waitUntil(lambda: len(log.failures) == 2)
    worker.submit("explain", lambda _job: "fine")
    qtbot.waitUntil(lambda: bool(log.answers))
    assert log.failures[0] == "cat.png is empty."
    assert "ZeroDivisionError" in log.failures[1]
    assert "Traceback" not in log.failures[1]


def test_stop_cancels_what_runs(qtbot, gate):
    worker = Worker(("explain",))
    worker.start()
    worker.submit("explain", gate)
    assert gate.entered.wait(60)
    assert worker.stop(10_000)
    assert gate.job.is_cancelled


def test_a_request_overtaken_before_it_began_never_runs(qtbot, worker, gate):
    log = Log(worker)
    worker.submit("load", gate)
    assert gate.entered.wait(60)
    ran = []
    first = worker.submit("explain", lambda _job: ran.append(1))
    second = worker.submit("explain", lambda _job: ran.append(2))
    assert first.is_cancelled
    assert not second.is_cancelled
    gate.go_on.set()
    qtbot.waitUntil(lambda: len(log.answers) == 2)
    assert ran == [2]


def test_an_answer_that_is_overtaken_on_its_way_can_be_told(qtbot, worker):
    """It has ended before the newer request: its job says that it is of no use."""
    ended = Event()
    job = worker.submit("explain", lambda _job: "old")
    worker.submit("answer", lambda _job: ended.set())
    assert ended.wait(60)  # the old answer waits in the queue of this thread
    worker.submit("explain", lambda _job: "new")
    assert job.is_cancelled


def test_progress_and_parts_come_before_the_answer(qtbot, worker):
    heard: list[tuple[str, object]] = []

    class Ear(QObject):
        @Slot(str, object, object)
        def on_progress(self, _kind: str, _job: Job, progress: Progress) -> None:
            heard.append(("progress", (progress.done, progress.total)))

        @Slot(str, object, object)
        def on_part(self, _kind: str, _job: Job, part: object) -> None:
            heard.append(("part", part))

        @Slot(str, object, object)
        def on_answer(self, _kind: str, _job: Job, answer: object) -> None:
            heard.append(("answer", answer))

    ear = Ear()
    worker.progressed.connect(ear.on_progress)
    worker.delivered.connect(ear.on_part)
    worker.answered.connect(ear.on_answer)

    def work(job: Job) -> str:
        job.report(0, 2)
        job.deliver("half")
        job.report(1, 2)
        return "whole"

    worker.submit("explain", work)
    qtbot.waitUntil(lambda: len(heard) == 4)
    assert heard == [
        ("progress", (0, 2)),
        ("part", "half"),
        ("progress", (1, 2)),
        ("answer", "whole"),
    ]
