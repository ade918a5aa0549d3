"""Change the weights of a saved model, and read what opens from them."""

from __future__ import annotations

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from vitviewer.models.loading import load

PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)
WEIGHTS = "model.safetensors"
QUERY = "vit.encoder.layer.1.attention.attention.query"


def rewrite(folder, edit):
    """Change the tensors of a folder, by name."""
    held = {k: v.clone() for k, v in load_file(folder / WEIGHTS).items()}
    edited = {k: v.clone().contiguous() for k, v in edit(held).items()}
    (folder / WEIGHTS).unlink()
    save_file(edited, folder / WEIGHTS, metadata={"format": "pt"})


def rows(folder):
    """Return every row of every layer, (layers, heads, queries, tokens)."""
    record = load(str(folder), "cpu").run(PICTURE).recording
    return torch.stack([record.rows(i) for i in range(record.n_tokens)], dim=2)


def checks(folder):
    return {c.name: c for c in load(str(folder), "cpu").facts.trust}


def prefixed(prefix):
    return lambda held: {f"{prefix}{k}": v for k, v in held.items()}


def noisy(held):
    torch.manual_seed(1)
    return {k: v + torch.randn_like(v) for k, v in held.items()}
