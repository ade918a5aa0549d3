"""What a question costs that comes after the pass, in ratios to the pass itself.

Where a patch looks (a row), what looks at it (a column), the patches' mean in both
directions, and a rollout; each for all layers and heads. Rows and columns are asked one
patch after another, as they are while the pointer moves. A column is also asked of a
recording without the attention kernel's normalisers, as on machines whose kernel does
not tell them: the first one makes them, the next ones have them.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter

import torch

from benchmarks.shapes import build
from vitviewer.capture import attention_function as capture
from vitviewer.capture.recording import Recording
from vitviewer.methods.rollout import rollout
from vitviewer.queries import Direction, Fusion

SHAPES = ("ViT-B/16@224", "DINOv2-S@448", "DINOv2-S@518", "DINOv2-B@518")
ROUNDS = 9
PASS = "the pass"
IN_A_ROW = {
    "a row": 20,
    "a column": 20,
    "a column, normalisers made before": 20,
}
"""How many tokens are asked about, one after another."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="questions", description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--dtype", default="float32", help="default: float32")
    chosen = parser.parse_args(argv)
    for name in chosen.shapes or SHAPES:
        _report(name, getattr(torch, chosen.dtype))
    return 0


def _report(name: str, dtype: torch.dtype) -> None:
    """Print a table for one model."""
    model, values = build(name, capture.NAME, dtype=dtype)

    def run(_: int = 0) -> Recording:
        with capture.recording(expected=model.config.num_hidden_layers) as recording:
            model(pixel_values=values)
        return recording

    with torch.no_grad():
        recording = run()
        times = _measure({PASS: run, **_questions(recording)})
    shape = f"{recording.n_tokens} tokens, {len(recording.layers)} layers"
    print(f"{name}: {shape} of {recording.n_heads} heads", flush=True)
    usual = statistics.median(times[PASS])
    for what, seconds in times.items():
        middle = statistics.median(seconds)
        ratio = (
            f"1/{usual / middle:.0f}" if middle < usual / 2 else f"{middle / usual:.2f}"
        )
        print(f"  {what:34} {1e3 * middle:8.1f} ms   {ratio}", flush=True)


def _questions(recording: Recording) -> dict[str, Callable[[int], object]]:
    """Return what can be asked of a token."""
    patches = range(1, recording.n_tokens)
    bare = _without_normalisers(recording)
    bare.columns(0)

    def rolled(direction: Direction, token: int) -> torch.Tensor:
        query = torch.zeros(recording.n_tokens)
        query[token] = 1.0
        return rollout(recording, query, Fusion.MEAN, direction)

    return {
        "a row": recording.rows,
        "a column": recording.columns,
        "a column, normalisers made before": bare.columns,
        "the column that makes them": (
            lambda token: _without_normalisers(recording).columns(token)
        ),
        "the patches' mean row": lambda _: recording.mean_rows(patches),
        "the patches' mean column": lambda _: recording.mean_columns(patches),
        "rollout": partial(rolled, Direction.FROM),
        "rollout, backwards": partial(rolled, Direction.TO),
    }


def _without_normalisers(recording: Recording) -> Recording:
    return replace(recording, layers=[replace(a, lse=None) for a in recording.layers])


def _measure(works: dict[str, Callable[[int], object]]) -> dict[str, list[float]]:
    """Time everything by turns, after one turn to warm up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS + 1):
        for name, work in works.items():
            for token in range(IN_A_ROW.get(name, 1)):
                start = perf_counter()
                work(token)
                if number:
                    times[name].append(perf_counter() - start)
    return times


if __name__ == "__main__":
    raise SystemExit(main())
