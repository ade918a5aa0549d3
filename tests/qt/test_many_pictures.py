"""A folder of 100,000 pictures opens while the window stays live."""

from __future__ import annotations

import os
from time import monotonic, process_time

import pytest
from PySide6.QtCore import QObject, QTimer, Slot

from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.withstand import record
from vitviewer.qt.lifecycle.session_keeper import SessionKeeper

COUNT = 100_000
LONGEST_GAP_S = 0.25


class Heartbeat(QObject):
    """Beat every 10 ms in the window's thread, and note the longest gap.

    A gap in which other programs had the processor counts as long as ours worked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = monotonic(), process_time()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(10)

    @Slot()
    def _beat(self) -> None:
        now = monotonic(), process_time()
        gap = min(new - old for new, old in zip(now, self._last, strict=True))
        self.longest = max(self.longest, gap)
        self._last = now


@pytest.fixture
def folder(tmp_path, chelsea):
    folder = tmp_path / "many"
    folder.mkdir()
    save_picture(folder, "picture 0.png", chelsea)
    # Two more directories' worth of names: one file each, linked many times.
    source = folder / "picture 1.png"
    source.touch()
    for n in range(2, COUNT):
        if n % 30_000 == 0:  # a file system may allow some 65,000 links
            source = folder / f"picture {n}.png"
            source.touch()
        else:
            os.link(source, folder / f"picture {n}.png")
    return folder


def test_the_window_stays_live(qtbot, tiny_vit, tmp_path, folder):
    viewer = make_viewer(qtbot, tiny_vit)
    keeper = SessionKeeper(viewer.controller, tmp_path / "session.json")
    heart, began = Heartbeat(), monotonic()
    viewer.drop(folder)
    viewer.wait_for_map("picture 0.png")
    for _ in range(3):
        viewer.controller.step(1)
        qtbot.waitUntil(viewer.window.notice.isVisible)
        viewer.window.notice.hide()
    viewer.controller.step(-COUNT)
    viewer.wait_for_map("picture 0.png")
    seconds, gap = monotonic() - began, heart.longest
    live = gap <= LONGEST_GAP_S
    record("longest freeze, 100,000 pictures", tried=1, expected=live, worst_s=gap)
    assert len(viewer.controller.playlist) == COUNT
    assert viewer.controller.playlist.index == 0
    assert keeper.close()
    close_viewer(viewer)
    assert live, f"{gap:.3f} s without a heartbeat, of {seconds:.1f} s"
