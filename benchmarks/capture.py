"""What it costs to record attention: against plain sdpa, and against eager's matrices.

Models with random weights run in three ways, one after the other in every round, so
that whatever else the machine does falls on all three alike. The ratios are medians
over the rounds, each taken within its round; memory is measured in processes of its
own.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch

from benchmarks.capture_memory import MODES, peak_bytes
from benchmarks.shapes import SHAPES, build
from vitviewer.capture import attention_function as capture
from vitviewer.methods.rollout import rollout
from vitviewer.queries import Direction, Fusion

MIB = 1 << 20
ROUNDS = {"ViT-B/16@224": 9, "ViT-L/16@384": 3, "DINOv2-B@518": 3, "DINOv2-L@518": 3}
ATTENTION = {"plain": "sdpa", "capture": capture.NAME, "eager": "eager"}


@dataclass
class Cost:
    """Times in seconds, one a round."""

    passes: dict[str, list[float]] = field(
        default_factory=lambda: {m: [] for m in MODES}
    )
    query: list[float] = field(default_factory=list)
    rollout: list[float] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="capture", description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda, mps")
    parser.add_argument("--dtype", default="float32", help="default: float32")
    chosen = parser.parse_args(argv)
    for name in chosen.shapes or SHAPES:
        print(name, flush=True)
        report(measure(name, chosen.device, getattr(torch, chosen.dtype)))
        if chosen.device == "cpu":
            report_memory({mode: peak_bytes(name, mode) for mode in MODES})
    return 0


def measure(name: str, device: str, dtype: torch.dtype) -> Cost:
    """Time the three ways to run one shape, a query, and a rollout."""
    model, values = build(name, "sdpa", device, dtype)
    cost = Cost()
    for _ in range(ROUNDS[name] + 1):
        for mode in MODES:
            model.set_attn_implementation(ATTENTION[mode])
            cost.passes[mode].append(_seconds(lambda m=mode: _run(model, values, m)))
        model.set_attn_implementation(capture.NAME)
        recording = _run(model, values, "capture")
        cost.query.append(_seconds(lambda r=recording: r.rows(r.n_tokens // 2)))
        cost.rollout.append(_seconds(lambda r=recording: _rollout(r)))
    for times in (*cost.passes.values(), cost.query, cost.rollout):
        del times[0]  # it warmed the machine up
    return cost


def report(cost: Cost) -> None:
    """Print the ratios, and what a question costs."""
    plain, captured, eager = (cost.passes[mode] for mode in MODES)
    print(f"  time, capture / plain sdpa:      {_ratio(captured, plain)}")
    print(f"  time, eager attentions / plain:  {_ratio(eager, plain)}")
    query, roll = statistics.median(cost.query), statistics.median(cost.rollout)
    print(f"  one query, all layers and heads: {query * 1e3:.1f} ms")
    print(f"  rollout of one query:            {roll * 1e3:.0f} ms")


def report_memory(peaks: dict[str, int]) -> None:
    """Print what a pass adds at its peak."""
    plain, captured, eager = (peaks[mode] / MIB for mode in MODES)
    print(
        f"  peak memory, capture / eager:    1/{eager / captured:.1f} "
        f"({captured:.0f} of {eager:.0f} MiB; a plain pass: {plain:.0f})",
        flush=True,
    )


def _run(model: Any, values: torch.Tensor, mode: str) -> Any:
    with torch.no_grad():
        if mode != "capture":
            return model(pixel_values=values, output_attentions=mode == "eager")
        with capture.recording(expected=model.config.num_hidden_layers) as recording:
            model(pixel_values=values)
        return recording


def _rollout(recording: Any) -> torch.Tensor:
    query = torch.zeros(recording.n_tokens, device=recording.device)
    query[0] = 1.0
    return rollout(recording, query, Fusion.MEAN, Direction.FROM)


def _seconds(call: Callable[[], object]) -> float:
    _wait()
    start = perf_counter()
    call()
    _wait()
    return perf_counter() - start


def _wait() -> None:
    """Wait for a GPU to finish, so that its time is counted."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _ratio(numerators: list[float], denominators: list[float]) -> str:
    """Write the median of the rounds' ratios, with the smallest and the largest."""
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
