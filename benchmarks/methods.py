"""What a method costs on top of the pass, as parts of the pass: time, and memory.

The methods that explain an answer run the pass again with gradients. Beside them stands
eager autograd, which keeps every attention matrix and its gradient, as the papers' own
code does. Memory is what is added at the peak to the model that is loaded, each in a
process of its own (``python -m benchmarks.methods --one SHAPE WORK``).
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
import transformers

from benchmarks.capture_memory import status
from benchmarks.shapes import SHAPES, SMALL_SHAPES
from vitviewer.capture import attention_function as capture
from vitviewer.capture.recording import Recording
from vitviewer.capture.replay import Replay
from vitviewer.methods.budget import budget
from vitviewer.methods.chefer import relevance
from vitviewer.methods.targets import logit
from vitviewer.queries import Target

NAMES = ("ViT-B/16@224", "DINOv2-B@518")
ROUNDS = 5
TARGET = logit(Target(3))
_CLASSES = {
    "ViTModel": "ViTForImageClassification",
    "Dinov2Model": "Dinov2ForImageClassification",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="methods", description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(NAMES))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.one:
        print(added_bytes(*chosen.one))
        return 0
    for name in chosen.shapes or NAMES:
        report(name)
    return 0


def report(name: str) -> None:
    """Print a table for one model."""
    works = Works(name)
    times = measure(works.all())
    peaks = {work: peak(name, work) for work in times}
    usual = statistics.median(times["the pass"])
    eager = peaks["eager autograd"]
    print(f"{name}, {works.recording.n_tokens} tokens: as parts of the pass")
    for work, seconds in times.items():
        middle = statistics.median(seconds)
        memory = peaks[work] / 2**20
        print(
            f"  {work:18} {1e3 * middle:8.0f} ms  {middle / usual:5.2f}   "
            f"{memory:7.0f} MiB  1/{eager / max(peaks[work], 1):.1f} of eager's",
            flush=True,
        )


class Works:
    """A classifier of a published shape, and what is done with it."""

    def __init__(self, name: str) -> None:
        shape = {**SHAPES, **SMALL_SHAPES}[name]
        capture.register()
        torch.manual_seed(0)
        architecture = getattr(transformers, _CLASSES[shape.architecture])
        config = architecture.config_class(**shape.config, num_labels=1000)
        self._module = architecture._from_config(
            config, attn_implementation=capture.NAME
        )
        self._module.eval().requires_grad_(False)
        size = (1, 3, shape.side, shape.side)
        self._values = torch.randn(size, generator=torch.Generator().manual_seed(0))
        self._replay = Replay(
            self._module, {"pixel_values": self._values}, config.num_hidden_layers
        )
        self.recording = Recording()

    def all(self) -> dict[str, Callable[[], object]]:
        """Return everything that is measured, the pass first."""
        return {
            "the pass": self.recorded,
            "budget": self.budget,
            "chefer": self.chefer,
            "token-gradient": self.gradients,
            "eager autograd": self.eager,
        }

    def recorded(self) -> None:
        """Run the pass as the program does."""
        n = self._module.config.num_hidden_layers
        with torch.no_grad(), capture.recording(expected=n) as recording:
            self._module(pixel_values=self._values)
        self.recording = recording

    def budget(self) -> object:
        """Split the logit up."""
        from vitviewer.capture.direct_path import direct_path

        path = direct_path(self._replay, TARGET)
        with torch.no_grad():
            return budget(self.recording, path)

    def gradients(self) -> Any:
        """Differentiate the logit; Grad-CAM does no more."""
        from vitviewer.capture.gradients import gradients

        return gradients(self._replay, TARGET)

    def chefer(self) -> object:
        """Roll gradient × attention out."""
        found = self.gradients()
        readout = torch.zeros(self.recording.n_tokens)
        readout[0] = 1.0
        with torch.no_grad():
            return relevance(self.recording, found, readout)

    def eager(self) -> object:
        """Keep every matrix and its gradient; the matrices' product is left out."""
        self._module.set_attn_implementation("eager")
        # The graph has to begin before the first layer's attention.
        values = self._values.detach().requires_grad_()
        output = self._module(pixel_values=values, output_attentions=True)
        found = torch.autograd.grad(TARGET(output), output.attentions)
        kept = [
            (a * g).clamp_min(0.0).mean(1)
            for a, g in zip(output.attentions, found, strict=True)
        ]
        self._module.set_attn_implementation(capture.NAME)
        return kept


def measure(works: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time everything by turns, after one turn to warm up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS + 1):
        for name, work in works.items():
            start = perf_counter()
            work()
            if number:
                times[name].append(perf_counter() - start)
    return times


def peak(name: str, work: str) -> int:
    """Return what a work adds at its peak, measured in a new process."""
    command = [sys.executable, "-m", "benchmarks.methods", "--one", name, work]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def added_bytes(name: str, work: str) -> int:
    """Run on a small model to load all code, then count one work on the one asked."""
    for each in Works("ViT-S/16@224").all().values():
        partial(each)()
    works = Works(name)
    if work != "the pass":
        works.recorded()
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmHWM")
    kept = works.all()[work]()
    after = status("VmHWM")
    del kept
    return after - before


if __name__ == "__main__":
    raise SystemExit(main())
