"""No cancel is lost, however requests and cancels fall between one another."""

from __future__ import annotations

import random
from itertools import count
from threading import Lock

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot

from vitviewer.engine.engine import Engine
from vitviewer.jobs import Job
from vitviewer.pictures.picture import from_pixels
from vitviewer.qt.worker import Worker
from vitviewer.queries import Query, QueryKind, Request

REQUESTS = 400
QUESTIONS = [
    Request(),
    Request(query=Query(QueryKind.MEAN)),
    Request("rollout"),
    Request(query=Query.patch(1, 1)),
]


class Watch:
    """The order of all checks and cancels, over all threads."""

    def __init__(self) -> None:
        self._clock, self._lock = count(), Lock()
        self.checked: dict[Job, int] = {}
        self.cancelled: dict[Job, int] = {}

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        check, cancel = Job.check, Job.cancel

        def watched_check(job: Job) -> None:
            with self._lock:
                self.checked[job] = next(self._clock)
            check(job)

        def watched_cancel(job: Job) -> None:
            cancel(job)
            with self._lock:
                self.cancelled.setdefault(job, next(self._clock))

        monkeypatch.setattr(Job, "check", watched_check)
        monkeypatch.setattr(Job, "cancel", watched_cancel)

    def is_lost(self, job: Job) -> bool:
        """Tell whether a job was cancelled before its last check."""
        never = next(self._clock)
        return self.cancelled.get(job, never) < self.checked[job]


class Ear(QObject):
    """Collect the jobs that were answered."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.answered: list[Job] = []
        self.failed: list[str] = []
        worker.answered.connect(self.on_answer)
        worker.failed.connect(self.on_failure)

    @Slot(str, object, object)
    def on_answer(self, _kind: str, job: Job, _answer: object) -> None:
        self.answered.append(job)

    @Slot(str, object, str)
    def on_failure(self, _kind: str, _job: Job, sentence: str) -> None:
        self.failed.append(sentence)


@pytest.mark.parametrize("seed", range(3))
def test_a_flood_of_requests_loses_no_cancel(qtbot, monkeypatch, tiny_vit, seed):
    dice, watch = random.Random(seed), Watch()
    engine = Engine()
    engine.load(tiny_vit, "cpu")
    noise = np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    picture = from_pixels(noise, "noise")
    engine.explain(picture)
    watch.patch(monkeypatch)
    worker = Worker(("explain", "answer"))
    ear = Ear(worker)
    worker.start()
    jobs: list[Job] = []
    for _ in range(REQUESTS):
        if dice.random() < 0.3:
            call = lambda job: engine.explain(picture, job=job)  # noqa: E731
            jobs.append(worker.submit("explain", call))
        else:
            question = dice.choice(QUESTIONS)
            call = lambda job, q=question: engine.answer(q, job)  # noqa: E731
            jobs.append(worker.submit("answer", call))
        for _ in range(dice.randrange(4)):
            qtbot.wait(0)  # let the worker come to some random point
        if dice.random() < 0.5:
            dice.choice(jobs[-3:]).cancel()
        if dice.random() < 0.1:
            worker.discard("explain")
    last = worker.submit("explain", lambda job: engine.explain(picture, job=job))
    qtbot.waitUntil(lambda: last in ear.answered, timeout=60_000)
    assert worker.stop(30_000)
    assert not ear.failed
    assert len(watch.cancelled) > REQUESTS / 4
    assert any(job in watch.checked for job in watch.cancelled)
    assert [job for job in ear.answered if watch.is_lost(job)] == []
