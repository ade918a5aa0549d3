"""Objects of Qt are freed by the window's thread, however much others allocate."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QThread

from vitviewer.qt.lifecycle.garbage import Collector

_CYCLES = 1000


class Allocating(QThread):
    """Make so many objects that Python would collect here, many times over."""

    def run(self) -> None:
        for _ in range(100):
            _ = [[n] for n in range(50_000)]


@pytest.fixture
def rarely():
    """Let Python collect only when very much was allocated, as the worker does."""
    usual = gc.get_threshold()
    gc.set_threshold(20_000, *usual[1:])
    yield
    gc.set_threshold(*usual)


def freeing_threads(qtbot) -> set[int]:
    """Leave cycles with objects of Qt in them; return who freed them."""
    freed: list[int] = []
    for _ in range(_CYCLES):
        leaving = QObject()
        leaving.itself = leaving
        weakref.finalize(leaving, lambda: freed.append(threading.get_ident()))
    del leaving
    worker = Allocating()
    worker.start()
    qtbot.waitUntil(
        lambda: len(freed) == _CYCLES and worker.isFinished(), timeout=60_000
    )
    return set(freed)


@pytest.fixture(autouse=True)
def no_garbage_left():
    """Leave collecting to Python, unlike for the other tests of the window."""
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def collector(qapp):
    collector = Collector(qapp)
    yield
    collector.stop()


@pytest.mark.usefixtures("collector")
def test_the_window_s_thread_collects(qtbot):
    gc.collect()
    assert freeing_threads(qtbot) == {threading.get_ident()}


def test_without_a_collector_the_worker_would(qtbot, rarely):
    gc.collect()
    assert gc.isenabled()
    assert freeing_threads(qtbot) != {threading.get_ident()}
