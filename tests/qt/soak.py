"""Operations that a restless user does in the window, at random, for as long as wanted.

``python -m tests.qt.soak`` runs the long form of the tests that use them.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.qt.hover_kit import Pointer
from tests.qt.window_kit import Viewer
from vitviewer.maps.colormaps import COLORMAPS
from vitviewer.maps.state import Alpha, Interpolation, Photograph, Scale
from vitviewer.methods.registry import list_methods
from vitviewer.queries import Background, Direction, Fusion, Query, Resolution

_SCRUBBING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)
_PATIENCE_MS = 60_000
_SAMPLE_EVERY = 50
_MALLINFO = (
    getattr(ctypes.CDLL(None), "mallinfo2", None) if os.name == "posix" else None
)
_BYTES_PER_BLOCK = 64


def make_pictures(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write good and bad files to drop; return both lists."""
    noise = np.random.default_rng(0)
    good = []
    for n, size in enumerate([(40, 30), (300, 451), (7, 200), (256, 256)]):
        path = folder / f"good {n}.{'png' if n % 2 else 'jpg'}"
        Image.fromarray(noise.integers(0, 256, (*size, 3), np.uint8)).save(path)
        good.append(path)
    good.append(folder / "clear.png")
    Image.fromarray(noise.integers(0, 256, (90, 70, 4), np.uint8)).save(good[-1])
    whole = good[1].read_bytes()
    contents = {
        "cut.png": whole[: len(whole) // 2],
        "empty.png": b"",
        "text.jpg": b"no picture\n" * 99,
        "head.png": whole[:33],
    }
    bad = [folder / "gone.png", folder / "nothing"]
    bad[1].mkdir()
    for name, data in contents.items():
        bad.append(folder / name)
        bad[-1].write_bytes(data)
    return good, bad


class _MallInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


if _MALLINFO is not None:
    _MALLINFO.restype = _MallInfo


def used_mb() -> float:
    """Return how much memory is in use, in megabytes, as glibc and Python count it.

    What is resident says little: of 72 MB by which it grew in 4,500 operations the
    allocator kept 36 free, in holes that move about. Where there is no glibc it counts.
    """
    if _MALLINFO is None:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    info = _MALLINFO()
    # Python takes small blocks from maps of its own.
    blocks = sys.getallocatedblocks() * _BYTES_PER_BLOCK
    return float(info.uordblks + info.hblkhd + blocks) / 1e6


@dataclass
class Memory:
    """Memory in use in the course of a run: (operations so far, megabytes)."""

    samples: list[tuple[int, float]] = field(default_factory=list)

    def note(self, operations: int) -> None:
        gc.collect()
        self.samples.append((operations, used_mb()))

    def second_half(self) -> tuple[float, float]:
        """Return the growth in MB, and the slope in MB per 100 operations."""
        late = np.array(self.samples[len(self.samples) // 2 :])
        slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
        return float(late[-1, 1] - late[0, 1]), float(100 * slope)


class Soak:
    """The operations, each with what it needs drawn from a dice."""

    def __init__(self, viewer: Viewer, folder: Path, models: list[str]) -> None:
        self.viewer = viewer
        self.models = models
        self.good, self.bad = make_pictures(folder)
        self._exports = folder / "exports"
        self._exports.mkdir()

    def rules(self) -> dict[str, Callable[[random.Random], object]]:
        """Return the operations by name."""
        names = [name for name in dir(self) if name.startswith("op_")]
        return {name: getattr(self, name) for name in names}

    def run(self, operations: int, seed: int) -> Memory:
        """Do so many operations; return what memory they took."""
        dice, memory = random.Random(seed), Memory()
        rules = list(self.rules().values())
        for n in range(operations):
            dice.choice(rules)(dice)
            QApplication.processEvents()
            if n % _SAMPLE_EVERY == _SAMPLE_EVERY - 1:
                self.come_back()
                memory.note(n + 1)
        return memory

    def settle(self) -> None:
        """Wait until no worker has anything to do."""
        controller = self.viewer.controller
        workers = (
            controller.asker.worker,
            controller.opener.worker,
            self.viewer.window.exporter._worker,
        )

        def is_idle() -> bool:
            return not any(worker.is_busy for worker in workers)

        self.viewer.qtbot.waitUntil(is_idle, timeout=_PATIENCE_MS)
        QApplication.processEvents()

    def come_back(self) -> None:
        """Show the first picture to the first model in a window as it was at first.

        Only then can one sample be compared with another: a wall of heads takes 12 MB.
        """
        window, controller = self.viewer.window, self.viewer.controller
        controller.load_model(self.models[0])
        self.settle()
        controller.open([str(self.good[0])])
        window.panels.close_picker()
        window.reset_layout()
        window.resize(1000, 700)
        self.settle()

    def check_alive(self) -> None:
        """Show that after all this a picture still becomes a map."""
        viewer = self.viewer
        self.settle()
        viewer.controller.load_model(self.models[0])
        viewer.drop(self.good[0])
        viewer.qtbot.waitUntil(self._is_first_shown, timeout=_PATIENCE_MS)
        self.settle()

    def _is_first_shown(self) -> bool:
        c = self.viewer.controller
        named = c.picture is not None and c.picture.name == self.good[0].name
        loaded = c.model is not None and c.model.source == self.models[0]
        return named and loaded and c.shown is not None

    # --- what a user may do -------------------------------------------------------

    def op_open_good(self, dice: random.Random) -> None:
        self.viewer.drop(dice.choice(self.good))

    def op_open_bad(self, dice: random.Random) -> None:
        self.viewer.drop(dice.choice(self.bad))

    def op_open_many(self, dice: random.Random) -> None:
        self.viewer.drop(*dice.sample(self.good + self.bad, 4))

    def op_step(self, dice: random.Random) -> None:
        self.viewer.controller.step(dice.choice((-1, 1)))

    def op_scrub(self, dice: random.Random) -> None:
        for _ in range(dice.randrange(1, 20)):
            self.viewer.press(dice.choice(_SCRUBBING))

    def op_switch_model(self, dice: random.Random) -> None:
        self.viewer.controller.load_model(dice.choice(self.models))

    def op_query_patch(self, dice: random.Random) -> None:
        explanation = self.viewer.controller.explanation
        if explanation is not None:
            tokens = explanation.tokens
            row, col = dice.randrange(tokens.rows), dice.randrange(tokens.cols)
            self.viewer.click_patch(row, col)

    def op_query_any(self, dice: random.Random) -> None:
        self.viewer.state.query = Query.patch(dice.randrange(9), dice.randrange(9))

    def op_hover(self, dice: random.Random) -> None:
        pointer, controller = Pointer(self.viewer), self.viewer.controller
        if dice.random() < 0.3:
            self.viewer.press(Qt.Key.Key_H)
        pointer.shift(dice.random() < 0.5)
        for _ in range(dice.randrange(8)):
            if controller.explanation is not None:
                tokens = controller.explanation.tokens
                pointer.to(dice.randrange(tokens.rows), dice.randrange(tokens.cols))
            if dice.random() < 0.5:
                QApplication.processEvents()
        if dice.random() < 0.5:
            pointer.leave()
        pointer.shift(False)

    def op_reset_query(self, _dice: random.Random) -> None:
        self.viewer.window.panels.reset_query()

    def op_fuse(self, dice: random.Random) -> None:
        self.viewer.state.fusion = dice.choice(list(Fusion))

    def op_method(self, dice: random.Random) -> None:
        self.viewer.state.method = dice.choice(list(list_methods()))

    def op_direction(self, dice: random.Random) -> None:
        self.viewer.state.direction = dice.choice(list(Direction))

    def op_paint(self, dice: random.Random) -> None:
        state = self.viewer.state
        state.scale = dice.choice(list(Scale))
        state.colormap = dice.choice(list(COLORMAPS))
        state.interpolation = dice.choice(list(Interpolation))
        state.opacity = dice.random()
        state.alpha = dice.choice(list(Alpha))
        state.photograph = dice.choice(list(Photograph))
        state.show_input = dice.random() < 0.2

    def op_resolution(self, dice: random.Random) -> None:
        model = self.viewer.controller.model
        if model is not None:
            offered = model.resolutions or (Resolution.TRAINED,)
            self.viewer.state.resolution = dice.choice(offered)

    def op_background(self, dice: random.Random) -> None:
        self.viewer.state.background = dice.choice(list(Background))

    def op_export(self, dice: random.Random) -> None:
        exporter = self.viewer.window.exporter
        save = dice.choice((exporter.save_overlay, exporter.save_side_by_side))
        name = dice.choice(("a.png", "b.png", "no/folder/c.png"))
        save(str(self._exports / name))

    def op_copy(self, _dice: random.Random) -> None:
        self.viewer.window.exporter.copy_overlay()

    def op_cancel(self, _dice: random.Random) -> None:
        self.viewer.controller.cancel()

    def op_resize(self, dice: random.Random) -> None:
        self.viewer.window.resize(dice.randrange(300, 1600), dice.randrange(300, 1000))

    def op_dock(self, dice: random.Random) -> None:
        dock = dice.choice(list(self.viewer.window.docks.values()))
        dock.setVisible(not dock.isVisible())

    def op_reset_layout(self, _dice: random.Random) -> None:
        self.viewer.window.reset_layout()

    def op_picker(self, dice: random.Random) -> None:
        panels = self.viewer.window.panels
        if panels.picker is None:
            panels.open_picker()
            panels.picker.line.setText(dice.choice(("", "vit", "a/b", "/tmp", "'")))
        else:
            panels.close_picker()

    def op_zoom(self, dice: random.Random) -> None:
        canvas = self.viewer.canvas
        dice.choice((canvas.fit, canvas.zoom_to_actual))()
        canvas.zoom_by(dice.choice((0.5, 1.25, 4.0)))


def active_timers(viewer: Viewer) -> list[Any]:
    """Return the timers that still run in a window that is closed."""
    owners = (viewer.window, viewer.controller)
    return [t for owner in owners for t in owner.findChildren(QTimer) if t.isActive()]


def main(words: list[str]) -> int:
    """Run the long form of the soak and of the closes."""
    tests = [
        "tests/qt/test_soak.py",
        "tests/qt/lifecycle/test_exits.py",
        "tests/test_writers.py",
    ]
    # In a process of its own: the tests set Qt up before it is imported.
    command = [sys.executable, "-m", "pytest", "--whole", *tests, *words]
    return subprocess.call(command, env={**os.environ, "VITVIEWER_SOAK": "1"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
