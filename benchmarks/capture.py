"""What it costs to capture attention: against plain sdpa, and against eager's matrices.

One ViT-B/16-shaped model with random weights runs in three ways, one after the other in
every round, so that whatever else the machine does falls on all three alike. The ratios
are medians over the rounds, each taken within its round.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch
from transformers import ViTConfig, ViTForImageClassification

from vitviewer import capture

MIB = 1 << 20


@dataclass(frozen=True)
class CaptureCost:
    """Times in seconds, one a round; bytes that are kept after the pass.

    ``largest_error`` is the largest difference between a captured row and eager's.
    """

    plain: list[float]
    captured: list[float]
    eager: list[float]
    rows: list[float]
    captured_bytes: int
    eager_bytes: int
    largest_error: float


def measure(side: int = 224, layers: int = 12, rounds: int = 7) -> CaptureCost:
    """Time the three ways to run a ViT-B/16 on one picture of side × side pixels."""
    model = _model(side, layers)
    values = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    cost = CaptureCost([], [], [], [], *_kept(model, values))
    for _ in range(rounds):
        cost.plain.append(_seconds(lambda: _run(model, values, "sdpa")))
        cost.captured.append(_seconds(lambda: _record(model, values)))
        cost.eager.append(_seconds(lambda: _run(model, values, "eager")))
        recording = _record(model, values)
        cost.rows.append(_seconds(lambda r=recording: r.rows(0)))  # type: ignore[misc]
    return cost


def report(cost: CaptureCost) -> str:
    """Say it in lines of text."""
    captured, eager = cost.captured_bytes / MIB, cost.eager_bytes / MIB
    return "\n".join(
        [
            f"time, capture / plain sdpa:      {_ratio(cost.captured, cost.plain)}",
            f"time, eager attentions / plain:  {_ratio(cost.eager, cost.plain)}",
            f"time, capture / eager:           {_ratio(cost.captured, cost.eager)}",
            f"bytes kept, capture / eager:     {captured / eager:.2f}"
            f" ({captured:.1f} of {eager:.1f} MiB)",
            f"all layers and heads, one query: {_ratio(cost.rows, cost.plain, 4)}"
            " of a plain pass",
            f"largest difference to eager:     {cost.largest_error:.1e}",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="capture", description=__doc__)
    parser.add_argument("--side", type=int, default=224, help="pixels (default: 224)")
    parser.add_argument("--layers", type=int, default=12, help="default: 12")
    parser.add_argument("--rounds", type=int, default=7, help="default: 7")
    chosen = parser.parse_args(argv)
    print(f"Capture: ViT-B/16, {chosen.layers} layers, {chosen.side} pixels")
    print(report(measure(chosen.side, chosen.layers, chosen.rounds)))
    return 0


def _model(side: int, layers: int) -> Any:
    """Return a model whose attention is peaked, as a trained one's is."""
    capture.register()
    torch.manual_seed(0)
    config = ViTConfig(image_size=side, num_hidden_layers=layers, num_labels=1000)
    model = ViTForImageClassification(config).eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            parameter.mul_(4.0)
    return model


def _run(model: Any, values: torch.Tensor, attention: str) -> Any:
    """Run with one of transformers' attention functions; eager keeps its matrices."""
    model.set_attn_implementation(attention)
    with torch.no_grad():
        return model(pixel_values=values, output_attentions=attention == "eager")


def _record(model: Any, values: torch.Tensor) -> capture.Recording:
    with capture.recording() as recording:
        _run(model, values, capture.NAME)
    return recording


def _kept(model: Any, values: torch.Tensor) -> tuple[int, int, float]:
    """Warm up; return the bytes that capture and eager keep, and how they differ."""
    _run(model, values, "sdpa")
    recording = _record(model, values)
    attentions = _run(model, values, "eager").attentions
    errors = [
        float((recording.layer_attention(i, 0, recording.n_tokens) - a[0]).abs().max())
        for i, a in enumerate(attentions)
    ]
    eager_bytes = sum(a.numel() * a.element_size() for a in attentions)
    return recording.n_bytes, eager_bytes, max(errors)


def _seconds(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def _ratio(numerators: list[float], denominators: list[float], digits: int = 2) -> str:
    """Write the median of the rounds' ratios, with the smallest and the largest."""
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    raise SystemExit(main())
