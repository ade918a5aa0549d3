"""The devices that a model can run on here: CUDA, MPS, CPU."""

from __future__ import annotations

import torch

from vitviewer.errors import ModelError
from vitviewer.text import quoted


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device to run on: as wished, else CUDA, then MPS, then CPU.

    Raises
    ------
    ModelError
        If there is no such device.
    """
    if wish == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        mps = torch.backends.mps.is_available()
        return torch.device("mps" if mps else "cpu")
    try:
        device = torch.device(wish)
        torch.zeros(1, device=device)
    except Exception as error:
        raise ModelError(f"There is no device {quoted(wish)}: choose cpu.") from error
    return device


def list_devices() -> tuple[str, ...]:
    """List the devices that a model can run on here, the fastest first."""
    cuda = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return (*cuda, *mps, "cpu")
