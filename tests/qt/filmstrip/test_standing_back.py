"""The strip's thread waits while a picture is being opened, which is never delayed."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from vitviewer.pictures.opening import Opened

PATIENCE_S = 60


def test_nothing_is_begun_while_a_picture_is_opened(film, many):
    film.open(many)
    opener, thumbnails = film.viewer.controller.opener, film.strip.thumbnails
    film.qtbot.waitUntil(lambda: film.made(0) is not None and not thumbnails.is_busy)
    release = threading.Event()

    def open_slowly(_job):
        assert release.wait(PATIENCE_S)
        return Opened([], None, "")

    with film.qtbot.waitSignal(opener.worker.started_job):
        opener.worker.submit("open", open_slowly)
    bar, before = film.strip.verticalScrollBar(), len(thumbnails)
    bar.setValue(bar.maximum())
    try:
        film.qtbot.waitUntil(lambda: thumbnails.is_busy)
        with film.qtbot.waitSignal(film.viewer.controller.opener.fetching):
            # Round the event loop once more, by what has nothing to do with the strip.
            opener.fetching.emit("")
        assert len(thumbnails) == before
        assert thumbnails.is_busy
    finally:
        release.set()
    film.qtbot.waitUntil(lambda: film.made(29) is not None)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness there")
def test_its_thread_is_nicer_than_the_one_that_opens(film, many):
    film.open(many)
    film.qtbot.waitUntil(lambda: film.made(0) is not None)
    found: dict[str, int] = {}

    def look(name):
        def call(_job):
            place = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
            found[name] = place
            return Opened([], None, "")

        return call

    film.viewer.controller.opener.worker.submit("open", look("opener"))
    film.strip.thumbnails.worker.submit("make", look("strip"))
    film.qtbot.waitUntil(lambda: len(found) == 2)
    assert found["strip"] > found["opener"]
