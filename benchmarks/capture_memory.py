"""The memory that one pass adds at its peak, in a process of its own.

``python -m benchmarks.capture_memory SHAPE MODE`` prints bytes; the mode is plain,
capture or eager. The kernel counts the peak (VmHWM, which can be set back).
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

MODES = ("plain", "capture", "eager")


def peak_bytes(shape: str, mode: str) -> int:
    """Return what one pass adds at its peak, measured in a new process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.capture_memory", shape, mode],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])


def measure(shape: str, mode: str) -> int:
    """Run on a small input to load all code, then count one pass."""
    import torch

    from benchmarks.shapes import build
    from vitviewer.capture import attention_function as capture

    names = {"plain": "sdpa", "capture": capture.NAME, "eager": "eager"}
    model, values = build(shape, names[mode])
    with torch.no_grad():
        _run(model, values[..., :112, :112], mode, **_small(shape))
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmHWM")
    with torch.no_grad():
        kept = _run(model, values, mode)
    after = status("VmHWM")
    del kept
    return after - before


def _run(model: Any, values: Any, mode: str, **options: Any) -> Any:
    from vitviewer.capture import attention_function as capture

    n_layers = model.config.num_hidden_layers
    if mode == "capture":
        with capture.recording(expected=n_layers) as recording:
            model(pixel_values=values, **options)
        return recording
    return model(pixel_values=values, output_attentions=mode == "eager", **options)


def _small(shape: str) -> dict[str, bool]:
    """Return what a smaller input than the trained one needs."""
    return {"interpolate_pos_encoding": True} if shape.startswith("ViT") else {}


def status(field: str) -> int:
    """Read a field of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    print(measure(sys.argv[1], sys.argv[2]))
