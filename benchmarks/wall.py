"""The wall, from the rows at hand to the painted widget, at the size of its dock.

Each time the answer is another one, as while the query follows the pointer. Beside it
stands what a notebook does: one of matplotlib's axes for each head, redrawn.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtGui import QImage

from benchmarks.scrub import at
from vitviewer.answers import Answer, Explanation, ModelFacts
from vitviewer.geometry import Geometry
from vitviewer.maps.resolve import Resolved, resolve
from vitviewer.maps.state import ViewState
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle.app import make_application
from vitviewer.qt.wall.wall import Wall
from vitviewer.queries import Request
from vitviewer.tokens import TokenLayout

SIZE = (1494, 272)
FRAMES, REDRAWS = 40, 2
PREFIX = ("class", "register 1", "register 2", "register 3", "register 4")


@dataclass(frozen=True)
class Case:
    """How many layers and heads there are, and the side of their grid of patches."""

    layers: int
    heads: int
    side: int


CASES = [
    Case(layers, heads, side)
    for layers, heads in ((12, 12), (24, 16), (48, 32))
    for side in (14, 37)
]


def main(_argv: Sequence[str] = ()) -> None:
    """Print the time of a frame at one and at two device pixels, and matplotlib's."""
    application = make_application()
    print(f"            {SIZE[0]} × {SIZE[1]}: p50      p95   |  2x: p50     p95   |")
    for case in CASES:
        answers = shown(case)
        once, twice = (paint(answers, ratio) for ratio in (1, 2))
        seconds = float(np.median(redraw(answers[:REDRAWS])))
        name = f"{case.layers * case.heads} tiles of {case.side}²"
        print(
            f"  {name:>17}  {at(once, 50)} {at(once, 95)}  | {at(twice, 50)} "
            f"{at(twice, 95)} | matplotlib {seconds * 1e3:6.0f} ms  "
            f"× {seconds / float(np.median(once)):.0f}",
            flush=True,
        )
    application.processEvents()


def shown(case: Case) -> list[Resolved]:
    """Make up what would be shown of some answers, one after another."""
    random = np.random.default_rng(0)
    tokens = TokenLayout.of_grid(PREFIX, case.side, case.side)
    size = 16 * case.side
    geometry = Geometry((size, size), (size, size), (0, 0), (size, size), (16, 16))
    state = ViewState()
    pixels = np.zeros((1, 1, 3), np.uint8)
    made = []
    for _ in range(8):
        values = random.random((case.layers, case.heads, tokens.n_tokens), np.float32)
        values **= 4
        values /= values.sum(axis=-1, keepdims=True)
        rows = Answer(Request(), values, tokens.n_tokens)
        explanation = Explanation(
            facts(case),
            geometry,
            tokens,
            rows,
            pixels,
            None,
            0.0,
        )
        state.layer = case.layers - 1
        made.append(resolve(explanation, rows, state))
    return made


def facts(case: Case) -> ModelFacts:
    """Say of a model what the words around the maps need."""
    side = 16 * case.side
    return ModelFacts(
        name="benchmark",
        source="benchmark",
        family="ViT",
        n_layers=case.layers,
        n_heads=case.heads,
        n_parameters=0,
        patch_size=(16, 16),
        input_size=(side, side),
        special_tokens=PREFIX,
        labels=None,
        multi_label=False,
        processor="",
        dtype="float32",
        device="cpu",
        capture="",
    )


def paint(answers: Sequence[Resolved], ratio: int) -> list[float]:
    """Return the seconds from each answer to the painted widget."""
    controller = Controller()
    wall = Wall(controller)
    wall.devicePixelRatioF = lambda: float(ratio)  # type: ignore[method-assign]
    wall.resize(*SIZE)
    wall.show()
    width, height = SIZE
    screen = QImage(width * ratio, height * ratio, QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(ratio)
    times = []
    for frame in range(FRAMES + 8):
        start = time.perf_counter()
        wall.show_map(answers[frame % len(answers)])
        wall.render(screen)
        times.append(time.perf_counter() - start)
    wall.hide()
    wall.deleteLater()
    controller.close()
    return times[8:]


def redraw(answers: Sequence[Resolved]) -> list[float]:
    """Return the seconds that matplotlib takes for each answer, an axes a head."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    first = answers[0]
    maps = first.explanation.tokens.grid(first.answer.values)
    layers, heads = maps.shape[:2]
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    grid = figure.subplots(layers, heads, squeeze=False)
    images = []
    for layer in range(layers):
        for head in range(heads):
            grid[layer, head].set_axis_off()
            images.append(grid[layer, head].imshow(maps[layer, head], cmap="inferno"))
    times = []
    for answer in answers:
        start = time.perf_counter()
        values = answer.explanation.tokens.grid(answer.answer.values)
        for image, one in zip(images, values.reshape(-1, *maps.shape[2:]), strict=True):
            image.set_data(one)
            image.autoscale()
        canvas.draw()
        times.append(time.perf_counter() - start)
    return times
