"""A job is cancelled for good, and tells how far it is by its pace so far."""

from __future__ import annotations

import pytest

from vitviewer import jobs
from vitviewer.errors import Cancelled
from vitviewer.jobs import Job, Progress


def test_a_cancel_stays_and_reaches_every_way_out():
    job = Job(lambda _progress: pytest.fail("told"), lambda _part: pytest.fail("given"))
    job.check()
    job.cancel()
    job.cancel()
    assert job.is_cancelled
    for leave in (job.check, lambda: job.report(1, 2), lambda: job.deliver("part")):
        with pytest.raises(Cancelled):
            leave()


def test_progress_and_parts_are_handed_on(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(jobs, "monotonic", lambda: now[0])
    told: list[Progress] = []
    given: list[object] = []
    job = Job(told.append, given.append)
    job.report(0, 10)
    now[0] += 4.0
    job.report(2, 10)
    now[0] += 6.0
    job.report(10, 10)
    job.deliver("a part")
    assert told == [Progress(0, 10, None), Progress(2, 10, 16.0), Progress(10, 10, 0.0)]
    assert [str(p) for p in told] == ["0 of 10", "2 of 10, 16 s left", "10 of 10"]
    assert given == ["a part"]


def test_nobody_need_listen():
    job = Job()
    job.report(1, 2)
    job.deliver("a part")
