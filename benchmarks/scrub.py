"""A scrub, from the key to the painted frame, in the real window.

The same arrows that a user presses step through layers and heads. Two clocks run: one
stops when the picture with its map is on the screen, the other when the rest of the
window has followed. Beside them stands what a notebook does: matplotlib redraws its
picture and the overlay.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from vitviewer.engine.engine import Engine
from vitviewer.jobs import Job
from vitviewer.pictures.picture import Picture, from_pixels
from vitviewer.qt.canvas.overlay_view import OverlayView
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application, wake
from vitviewer.qt.lifecycle.garbage import Collector
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow
from vitviewer.qt.worker import Worker
from vitviewer.queries import Resolution

SIZES = {"0.3 MP": (640, 480), "2 MP": (1632, 1224), "12 MP": (4000, 3000)}
SIZES["48 MP"] = (8000, 6000)
STEPS, REDRAWS = 200, 5
WINDOW = (1200, 800)
PATIENCE_S = 60.0


def main(_argv: Sequence[str] = ()) -> None:
    """Print the latency of a scrub, quiet and beside a running ViT-B."""
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        model = save_vit_base(Path(folder))
        bench = Bench(application, model)
        print(
            "            the picture: p50, p95   the window   "
            "|  picture while ViT-B runs  | matplotlib  ratio"
        )
        for name, size in SIZES.items():
            bench.open(photo(*size))
            quiet, whole = bench.scrub(STEPS)
            with passes_running(model):
                busy, _ = bench.scrub(STEPS)
            print(
                f"  {name:>7}  {at(quiet, 50)} {at(quiet, 95)}  {at(whole, 50)}  "
                f"| {at(busy, 50)} {at(busy, 95)} "
                f"| {notebook(bench, float(np.median(quiet)))}",
                flush=True,
            )
        bench.close()


def notebook(bench: Bench, ours_s: float) -> str:
    """Say what matplotlib takes for the same step, if it is there to be asked."""
    if find_spec("matplotlib") is None:
        return "not installed"
    seconds = float(np.median(redraw(bench.picture, bench.maps(REDRAWS))))
    return f"{seconds * 1e3:7.0f} ms  × {seconds / ours_s:.0f}"


def at(seconds: Sequence[float], percentile: float) -> str:
    """Write a percentile in milliseconds."""
    return f"{np.percentile(seconds, percentile) * 1e3:5.1f} ms"


def save_vit_base(folder: Path) -> Path:
    """Save a ViT-B/16 with random weights."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.manual_seed(0)
    ViTForImageClassification(ViTConfig(num_labels=1000)).save_pretrained(folder)
    ViTImageProcessorPil().save_pretrained(folder)
    return folder


def photo(width: int, height: int) -> Picture:
    """Make a picture with soft structure, as large as asked for."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(x / 97 + k) * np.cos(y / 61 - k) for k in range(3)]
    pixels = np.stack([128 + 100 * wave for wave in waves], axis=-1)
    return from_pixels(pixels.astype(np.uint8), f"{width}x{height}", "benchmark")


class Bench:
    """The real window, driven by key events."""

    def __init__(self, application: QApplication, model: Path) -> None:
        self._application = application
        self._collector = Collector(application)
        self.controller = Controller(wake=wake)
        self._window = MainWindow(self.controller, Settings(), remember_layout=False)
        self._window.resize(*WINDOW)
        self._window.show()
        self._wait(lambda: self._window.stage is not None)
        self.controller.load_model(str(model))
        self._wait(lambda: self.controller.model is not None)
        self.picture = photo(8, 8)

    def open(self, picture: Picture) -> None:
        """Show a picture and wait for its map."""
        self.picture = picture
        self.controller.opener.show(picture)
        self._wait(lambda: self.controller.shown is not None)

    def scrub(self, steps: int) -> tuple[list[float], list[float]]:
        """Press arrows; return the seconds to each picture and to each window."""
        assert self._window.stage is not None
        assert self.controller.model is not None
        canvas = self._window.stage.canvas
        n = self.controller.model.n_layers - 1
        keys = [Qt.Key.Key_Down] * n + [Qt.Key.Key_Right]
        keys += [Qt.Key.Key_Up] * n + [Qt.Key.Key_Right]
        self.controller.state.layer = n
        for _ in range(5):
            self._application.processEvents()
        clock = Clock(self.controller, canvas)
        pictures, windows = [], []
        for step in range(steps + 20):
            clock.start()
            event = QKeyEvent(
                QEvent.Type.KeyPress,
                keys[step % len(keys)],
                Qt.KeyboardModifier.NoModifier,
            )
            start = time.perf_counter()
            self._application.postEvent(canvas, event)
            while clock.is_running:
                self._application.processEvents()
                if time.perf_counter() - start > PATIENCE_S:
                    raise TimeoutError("The window was not painted.")
            pictures.append(clock.picture_at - start)
            windows.append(clock.window_at - start)
        clock.stop()
        return pictures[20:], windows[20:]

    def maps(self, count: int) -> list[np.ndarray]:
        """Return some maps of the picture, one a layer."""
        explanation = self.controller.explanation
        assert explanation is not None
        return [
            explanation.tokens.grid(explanation.rows.values[layer].mean(0))
            for layer in range(count)
        ]

    def close(self) -> None:
        """Close the window and end its threads."""
        self._window.close()
        self.controller.close(60_000)

    def _wait(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        flags = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        while not ready():
            self._application.processEvents(flags, 50)
            if time.monotonic() > end:
                raise TimeoutError("The window never got there.")
        for _ in range(5):
            self._application.processEvents()


class Clock(QObject):
    """Tell when a step's picture is on the screen, and when the rest has followed."""

    def __init__(self, controller: Controller, canvas: OverlayView) -> None:
        super().__init__()
        self.picture_at = self.window_at = 0.0
        self._is_painted = False
        self._viewport = canvas.viewport()
        self._viewport.installEventFilter(self)
        self._map_changed = controller.map_changed
        self._map_changed.connect(self._on_map)  # after the canvas

    @property
    def is_running(self) -> bool:
        """Whether something is still to be painted."""
        return not self.window_at

    def start(self) -> None:
        """Wait for the next step."""
        self.picture_at = self.window_at = 0.0
        self._is_painted = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note that the canvas is painted, and let the event pass."""
        self._is_painted |= event.type() == QEvent.Type.Paint
        return False

    def _on_map(self, _shown: object) -> None:
        if not self._is_painted:
            raise RuntimeError("The canvas was not painted first.")
        self.picture_at = time.perf_counter()
        # Behind all that is still to be painted.
        priority = Qt.EventPriority.LowEventPriority.value - 1
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), priority)

    def customEvent(self, _event: QEvent) -> None:
        """Stop: all is painted."""
        self.window_at = time.perf_counter()

    def stop(self) -> None:
        """Look at no more steps."""
        self._viewport.removeEventFilter(self)
        self._map_changed.disconnect(self._on_map)


@contextmanager
def passes_running(model: Path) -> Iterator[None]:
    """Keep a worker like the window's own busy with one pass after another."""
    engine = Engine()
    engine.load(str(model))
    worker = Worker(("explain",))
    again = partial(_run_passes, engine, photo(640, 480))
    worker.start()
    worker.submit("explain", again)
    try:
        yield
    finally:
        worker.stop(60_000)


def _run_passes(engine: Engine, picture: Picture, job: Job) -> None:
    while True:  # a pass that is cancelled, or the check between two, ends this
        job.check()
        engine.explain(picture, Resolution.TRAINED, job)


def redraw(picture: Picture, maps: Sequence[np.ndarray]) -> list[float]:
    """Return the seconds that matplotlib takes for each map, picture and all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WINDOW[0] / 100, WINDOW[1] / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    width, height = picture.size
    axes.imshow(picture.pixels)
    overlay = axes.imshow(
        maps[0], cmap="inferno", alpha=0.6, extent=(0, width, height, 0)
    )
    times = []
    for values in maps:
        start = time.perf_counter()
        overlay.set_data(values)
        overlay.autoscale()
        canvas.draw()
        times.append(time.perf_counter() - start)
    return times
